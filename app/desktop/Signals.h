// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QObject>
#include <QSocketNotifier>

#include <memory>

namespace paddock::desktop {

/// SIGTERM, SIGINT and SIGHUP as a signal in the event loop. One per process.
class Signals final : public QObject
{
    Q_OBJECT

public:
    explicit Signals(QObject *parent = nullptr);
    ~Signals() override;
    Q_DISABLE_COPY_MOVE(Signals)

Q_SIGNALS:
    void terminateRequested();

private:
    int m_readEnd = -1;
    int m_writeEnd = -1;
    std::unique_ptr<QSocketNotifier> m_notifier;
};

} // namespace paddock::desktop
