// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QList>
#include <QObject>
#include <QSocketNotifier>

#include <csignal>
#include <memory>
#include <utility>

namespace paddock::ctl {

/// Unix signals as Qt signals, from the event loop. One object at a time; the handlers of before
/// come back when it goes. Main thread.
class SignalWatch : public QObject
{
    Q_OBJECT
    Q_DISABLE_COPY_MOVE(SignalWatch)

public:
    explicit SignalWatch(const QList<int> &numbers, QObject *parent = nullptr);
    ~SignalWatch() override;

Q_SIGNALS:
    void caught(int number);

private:
    void onReadable();

    std::unique_ptr<QSocketNotifier> m_notifier;
    QList<std::pair<int, struct sigaction>> m_before;
};

} // namespace paddock::ctl
