// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/ctl/Command.h"
#include "app/ctl/Conversation.h"
#include "app/ctl/PostureText.h"
#include "app/ctl/SignalWatch.h"
#include "app/ctl/TranscriptText.h"
#include "core/base/WorkerPool.h"
#include "core/git/GitProcess.h"

#include <QSet>
#include <QTemporaryDir>

#include <memory>
#include <optional>

namespace paddock::ctl {

/// `demo`: a whole session on a sample repository, with a script in place of a model, and a check
/// of everything it promises. What it made is taken away whatever happens.
class DemoCommand final : public Command
{
    Q_OBJECT
public:
    DemoCommand(const Arguments &arguments, Console &console);
    ~DemoCommand() override;
    void begin() override;

protected:
    void failWith(const Error &error) override;

private:
    [[nodiscard]] Result<QString> chooseFolder();
    void makeRepository(const QString &folder);
    void checkHealth();
    void startSession();
    void watchSession();
    void onNotified(const QString &method, const QJsonObject &params);
    void onSession(const QJsonValue &json);
    void onEntry(const sessions::ConversationEntry &entry);
    void answerQuestions();
    void maybeTurnOver();
    void showPosture();
    void bringOver();
    void showDiff();
    void finishSession();
    void checkBranch(const QString &branch);
    void cleanUp();
    void removeSession();
    void removeProject();
    void sayResult();
    void check(bool holds, const QString &what);
    void heading(const QString &text);

    WorkerPool m_pool;
    git::GitProcess m_git;
    std::unique_ptr<QTemporaryDir> m_temporary;
    std::unique_ptr<SignalWatch> m_signals;
    QString m_folder; ///< of the sample repository
    QString m_project;
    std::optional<sessions::Session> m_session;
    TranscriptText m_text;
    std::unique_ptr<Conversation> m_conversation;
    QSet<QString> m_answered;
    bool m_turnEnded = false;
    bool m_turnFailed = false;
    bool m_isTurnOver = false;
    bool m_isCleaning = false;
    QString m_head;
    QStringList m_broken; ///< checks that do not hold
    int m_checks = 0;
    bool m_failed = false;
    QJsonObject m_result;
};

} // namespace paddock::ctl
