// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/Pending.h"
#include "core/control/Protocol.h"
#include "core/control/TerminalFrame.h"

#include <QJsonObject>
#include <QObject>

#include <memory>

namespace paddock::control {

/// The other end of ControlServer: one connection to the owner. Main thread.
///
/// Calls fail with what the owner answered, or with OwnerUnreachable when the connection ends
/// first. Cancelling the Pending of a call cancels it in the owner.
class ControlClient : public QObject
{
    Q_OBJECT
    Q_DISABLE_COPY_MOVE(ControlClient)

public:
    explicit ControlClient(ControlLimits limits = {}, QObject *parent = nullptr);
    ~ControlClient() override;

    /// OwnerUnreachable when nobody listens at \a path; PermissionDenied when somebody else does.
    [[nodiscard]] Pending<Done> connectTo(const QString &path);
    [[nodiscard]] bool isConnected() const;
    void close();

    [[nodiscard]] Pending<QJsonObject> call(const QString &method, const QJsonObject &params = {});

    /// A call after whose answer the connection is a terminal. Its bytes are kept until
    /// startTerminal().
    [[nodiscard]] Pending<QJsonObject> callForTerminal(const QString &method,
                                                       const QJsonObject &params);
    void startTerminal();
    void writeTerminal(const QByteArray &bytes);
    void resizeTerminal(TerminalSize size);

Q_SIGNALS:
    void notified(const QString &method, const QJsonObject &params);
    void terminalOutput(const QByteArray &bytes);
    /// The program ended, or the terminal was lost. Once.
    void terminalClosed(const paddock::Result<int> &exitCode);
    /// Once, unless close() was called.
    void disconnected(const paddock::Error &error);

private:
    class Private;
    std::unique_ptr<Private> d;
};

} // namespace paddock::control
