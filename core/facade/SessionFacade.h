// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/facade/Services.h"
#include "core/facade/SessionAccess.h"
#include "core/sessions/SessionManager.h"

namespace paddock::facade {

class ProjectFacade;

/// The sessions as the doors see them. Borrows the manager and the services behind it.
class SessionFacade final : public SessionService
{
    Q_OBJECT

public:
    SessionFacade(sessions::SessionManager &manager,
                  const sessions::SessionServices &services,
                  ProjectFacade &projects);

    [[nodiscard]] QList<sessions::Session> list() const override;
    [[nodiscard]] std::optional<sessions::Session> find(const SessionId &id) const override;
    [[nodiscard]] Pending<SessionId> start(const Actor &actor,
                                           const sessions::StartOptions &options) override;
    [[nodiscard]] Pending<Done> stop(const Actor &actor, const SessionId &id) override;
    [[nodiscard]] Pending<Done> restart(const Actor &actor, const SessionId &id) override;
    [[nodiscard]] Pending<Done> finish(const Actor &actor,
                                       const SessionId &id,
                                       const sessions::FinishOptions &options) override;
    [[nodiscard]] Pending<Done> remove(const Actor &actor,
                                       const SessionId &id,
                                       const sessions::RemoveOptions &options) override;
    [[nodiscard]] Pending<Done>
    send(const Actor &actor, const SessionId &id, const QString &text) override;
    [[nodiscard]] Pending<Done> answerPermission(const Actor &actor,
                                                 const SessionId &id,
                                                 const QString &requestId,
                                                 PermissionAnswer answer) override;
    [[nodiscard]] Pending<Done> cancelTurn(const Actor &actor, const SessionId &id) override;
    [[nodiscard]] Pending<QList<sessions::ConversationEntry>>
    conversation(const SessionId &id, qint64 after, int limit) override;
    [[nodiscard]] Pending<SessionDiff> diff(const SessionId &id) override;
    [[nodiscard]] Pending<QString> import(const Actor &actor, const SessionId &id) override;
    [[nodiscard]] Result<std::unique_ptr<Terminal>> attach(const Actor &actor,
                                                           const SessionId &id) override;
    [[nodiscard]] Result<std::unique_ptr<Terminal>>
    shell(const Actor &actor, const SessionId &id, int columns, int rows) override;
    [[nodiscard]] Pending<QJsonObject> posture(const SessionId &id) override;

private:
    /// The diff of what the host has, without asking the container.
    [[nodiscard]] Pending<SessionDiff> diffOnHost(const SessionId &id);

    sessions::SessionManager &m_manager;
    const sessions::SessionServices &m_services;
    SessionAccess m_access;
    ProjectFacade &m_projects;
};

} // namespace paddock::facade
