// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/ctl/SessionCommands.h"

#include "app/ctl/ChangesText.h"
#include "app/ctl/PostureText.h"
#include "app/ctl/SafeText.h"
#include "core/control/Json.h"

#include <QCoreApplication>
#include <QStringDecoder>

#include <cerrno>
#include <cstring>
#include <unistd.h>

using namespace Qt::StringLiterals;

namespace paddock::ctl {

namespace {

QString translated(const char *text)
{
    return QCoreApplication::translate("Ctl", text);
}

} // namespace

Result<QString> readStandardInput(qint64 maxBytes)
{
    QByteArray bytes;
    QByteArray buffer(64 * 1024, Qt::Uninitialized);
    for (;;) {
        const ssize_t count =
            ::read(STDIN_FILENO, buffer.data(), static_cast<std::size_t>(buffer.size()));
        if (count < 0 && errno == EINTR)
            continue;
        if (count < 0) {
            return fail(Error(ErrorKind::IoFailed, translated("Standard input cannot be read."))
                            .withDetail(QString::fromLocal8Bit(std::strerror(errno))));
        }
        if (count == 0)
            break;
        bytes.append(buffer.constData(), count);
        if (bytes.size() > maxBytes) {
            return fail(ErrorKind::FileTooLarge,
                        translated("The message is longer than %1.").arg(formatByteSize(maxBytes)));
        }
    }
    QStringDecoder decoder(QStringDecoder::Utf8, QStringDecoder::Flag::Stateless);
    QString text = decoder(bytes);
    if (decoder.hasError())
        return fail(ErrorKind::InvalidArgument, translated("The message is not UTF-8 text."));
    while (text.endsWith(u'\n'))
        text.chop(1);
    return text;
}

void ListCommand::begin()
{
    withOwner([this] {
        const QJsonObject params{{u"brief"_s, !console().isJson()}};
        call(u"session.list"_s, params, [this](const QJsonObject &answer) {
            QJsonArray array = answer.value(u"sessions").toArray();
            const QString project = arguments().value(u"project"_s);
            if (!project.isEmpty()) {
                QJsonArray kept;
                for (const QJsonValue &value : array) {
                    if (value[u"project"].toString() == project ||
                        value[u"projectId"].toString() == project)
                        kept.append(value);
                }
                array = kept;
            }
            if (console().isJson()) {
                console().printJson(array);
                end();
                return;
            }
            QList<QStringList> rows;
            rows.reserve(array.size());
            for (const QJsonValue &value : array) {
                const QString state = value[u"state"].toString();
                const QString substate = value[u"substate"].toString();
                rows.append({value[u"id"].toString(),
                             substate.isEmpty() ? state : state + u" ("_s + substate + u')',
                             value[u"agent"].toString(),
                             value[u"project"].toString(),
                             value[u"title"].toString()});
            }
            if (rows.isEmpty())
                console().note(translated("There are no sessions. Start one: paddockctl session "
                                          "start -m TEXT"));
            else
                console().printTable({u"ID"_s, u"STATE"_s, u"AGENT"_s, u"PROJECT"_s, u"TITLE"_s},
                                     rows);
            end();
        });
    });
}

void ShowCommand::begin()
{
    withOwner([this] {
        if (arguments().has(u"posture"_s)) {
            showPosture();
            return;
        }
        call(u"session.show"_s, {{u"id"_s, arguments().at(0)}}, [this](const QJsonObject &answer) {
            const auto session = take(control::sessionFromJson(answer.value(u"session")));
            if (!session)
                return;
            if (console().isJson()) {
                console().printJson(control::toJson(*session));
                end();
                return;
            }
            showHeader(*session);
            showConversation(*session);
        });
    });
}

void ShowCommand::showPosture()
{
    call(u"session.posture"_s, {{u"id"_s, arguments().at(0)}}, [this](const QJsonObject &answer) {
        const QJsonObject posture = answer.value(u"posture").toObject();
        if (console().isJson())
            console().printJson(posture);
        else
            console().print(postureTable(posture));
        end();
    });
}

void ShowCommand::showHeader(const sessions::Session &session)
{
    const auto line = [this](const QString &name, const QString &value) {
        if (!value.isEmpty())
            console().print(name.leftJustified(10) + safeLine(value));
    };
    line(translated("Session"), session.id.value);
    line(translated("Title"), session.title);
    line(translated("State"),
         stateText(session) +
             (session.stepTitle.isEmpty() ? QString() : u": "_s + session.stepTitle));
    if (session.failure) {
        line(translated("Failure"), session.failure->message);
        line({}, session.failure->detail);
        line({}, session.failure->remedy);
    }
    line(translated("Agent"), session.adapter);
    line(translated("Project"), session.projectName + u" ("_s + session.projectPath + u')');
    line(translated("Mode"), sessions::modeName(session.mode));
    line(translated("Image"), session.image + u" ("_s + session.imageSource + u')');
    line(translated("Container"), shortCommit(session.containerId.value));
    line(translated("Branch"), session.branch);
    line(translated("Worktree"), session.worktree);
    line(translated("Commits"),
         shortCommit(session.baseCommit) + u".."_s + shortCommit(session.headCommit));
    console().print({});
}

void ShowCommand::showConversation(const sessions::Session &session)
{
    m_isOver = !arguments().has(u"follow"_s) || sessions::isEnded(session.state);
    m_conversation = std::make_unique<Conversation>(owner().client(), session.id.value);
    connect(m_conversation.get(),
            &Conversation::entry,
            this,
            [this](const sessions::ConversationEntry &entry) {
                for (const QString &text : m_text.append(entry))
                    console().print(text);
            });
    connect(m_conversation.get(), &Conversation::failed, this, &ShowCommand::failWith);
    connect(m_conversation.get(), &Conversation::caughtUp, this, [this] {
        if (m_isOver)
            endShowing();
    });
    if (m_isOver)
        m_conversation->read();
    else
        follow();
}

void ShowCommand::follow()
{
    connect(&owner().client(),
            &control::ControlClient::notified,
            this,
            [this](const QString &method, const QJsonObject &params) {
                if (method == u"session.conversationGrew") {
                    m_conversation->read();
                } else if (method == u"session.removed") {
                    m_isOver = true;
                    endShowing();
                } else if (const auto session =
                               control::sessionFromJson(params.value(u"session"))) {
                    console().status(session->stepTitle.isEmpty() ? stateText(*session)
                                                                  : session->stepTitle);
                    if (sessions::isEnded(session->state)) {
                        m_isOver = true;
                        m_conversation->read();
                    }
                }
            });
    connect(&owner().client(), &control::ControlClient::disconnected, this, &ShowCommand::failWith);
    call(u"session.watch"_s,
         {{u"ids"_s, QJsonArray{arguments().at(0)}}},
         [this](const QJsonObject &answer) {
             const auto session =
                 control::sessionFromJson(answer.value(u"sessions").toArray().at(0));
             m_isOver = !session || sessions::isEnded(session->state);
             m_conversation->read();
         });
}

void ShowCommand::endShowing()
{
    for (const QString &text : m_text.finish())
        console().print(text);
    for (const acp::PermissionRow &question : m_text.openQuestions()) {
        console().print(translated("The agent waits for an answer: paddockctl session answer %1 "
                                   "--question %2 allow|reject")
                            .arg(arguments().at(0), question.requestId));
    }
    end();
}

void SendCommand::begin()
{
    QString text = arguments().at(1);
    if (text.isEmpty() || text == u"-") {
        const auto read = take(readStandardInput(kMaxPromptBytes));
        if (!read)
            return;
        text = *read;
    }
    if (text.trimmed().isEmpty()) {
        failWith(Error(ErrorKind::InvalidArgument, translated("The message is empty.")));
        return;
    }
    withOwner([this, text] { send(text); });
}

void SendCommand::send(const QString &text)
{
    const QString id = arguments().at(0);
    // The state before is needed to tell the end of this turn from the end of the last one.
    call(u"session.show"_s, {{u"id"_s, id}}, [this, id, text](const QJsonObject &before) {
        const auto session = take(control::sessionFromJson(before.value(u"session")));
        if (!session)
            return;
        const QDateTime since = session->updatedAt;
        const auto answered = [this](const sessions::Session &now) {
            if (console().isJson())
                console().printJson(control::toJson(now));
            else
                console().print(translated("Session %1 is %2.").arg(now.id.value, stateText(now)));
            end();
        };
        call(u"session.send"_s,
             {{u"id"_s, id}, {u"text"_s, text}},
             [this, id, since, answered](const QJsonObject &) {
                 if (arguments().has(u"wait"_s)) {
                     waitUntilSettled(id, answered, {.newerThan = since});
                     return;
                 }
                 call(u"session.show"_s,
                      {{u"id"_s, id}},
                      [this, answered](const QJsonObject &after) {
                          const auto now = take(control::sessionFromJson(after.value(u"session")));
                          if (now)
                              answered(*now);
                      });
             });
    });
}

void AnswerCommand::begin()
{
    withOwner([this] {
        if (arguments().has(u"question"_s)) {
            answer(arguments().value(u"question"_s), {});
            return;
        }
        m_conversation = std::make_unique<Conversation>(owner().client(), arguments().at(0));
        connect(m_conversation.get(),
                &Conversation::entry,
                this,
                [this](const sessions::ConversationEntry &entry) {
                    static_cast<void>(m_text.append(entry));
                });
        connect(m_conversation.get(), &Conversation::failed, this, &AnswerCommand::failWith);
        connect(m_conversation.get(), &Conversation::caughtUp, this, [this] {
            const auto open = m_text.openQuestions();
            if (open.isEmpty()) {
                failWith(Error(
                    ErrorKind::NotFound,
                    translated("The agent of session %1 asks nothing.").arg(arguments().at(0))));
                return;
            }
            answer(open.first().requestId, open.first().title);
        });
        m_conversation->read();
    });
}

void AnswerCommand::answer(const QString &question, const QString &title)
{
    const bool allow = arguments().at(1) == u"allow";
    call(u"session.answer"_s,
         {{u"id"_s, arguments().at(0)}, {u"question"_s, question}, {u"allow"_s, allow}},
         [this, question, title, allow](const QJsonObject &) {
             if (console().isJson()) {
                 console().printJson(QJsonObject{{u"id"_s, arguments().at(0)},
                                                 {u"question"_s, question},
                                                 {u"answer"_s, arguments().at(1)}});
             } else {
                 console().print(
                     (allow ? translated("Allowed once: %1") : translated("Rejected: %1"))
                         .arg(safeLine(title.isEmpty() ? question : title)));
             }
             end();
         });
}

void DiffCommand::begin()
{
    withOwner([this] {
        console().status(translated("Comparing…"));
        call(u"session.diff"_s, {{u"id"_s, arguments().at(0)}}, [this](const QJsonObject &answer) {
            const auto diff = take(control::diffFromJson(answer.value(u"diff")));
            if (!diff)
                return;
            if (console().isJson()) {
                console().printJson(control::toJson(*diff));
                end();
                return;
            }
            if (arguments().has(u"stat"_s)) {
                QList<QStringList> rows;
                for (const facade::DiffFile &file : diff->files) {
                    rows.append({file.status,
                                 file.added < 0 ? u"binary"_s : u"+%1"_s.arg(file.added),
                                 file.added < 0 ? QString() : u"-%1"_s.arg(file.removed),
                                 file.path});
                }
                if (!rows.isEmpty())
                    console().printTable({u"STATUS"_s, u"ADDED"_s, u"REMOVED"_s, u"FILE"_s}, rows);
            } else {
                console().printBytes(diff->patch);
            }
            if (diff->files.isEmpty())
                console().note(translated("Nothing has changed."));
            if (diff->truncated)
                console().note(
                    translated("The diff was cut; see the rest with git diff %1..%2")
                        .arg(shortCommit(diff->baseCommit), shortCommit(diff->headCommit)));
            for (const QString &warning : diff->warnings)
                console().note(translated("Look at this closely: %1").arg(warning));
            end();
        });
    });
}

void ChangeCommand::begin()
{
    const QString what = arguments().command->name.section(u' ', 1);
    QJsonObject params{{u"id"_s, arguments().at(0)}};
    if (arguments().has(u"discard-branch"_s))
        params.insert(u"discardBranch"_s, true);
    if (arguments().has(u"discard-work"_s))
        params.insert(u"discardWork"_s, true);
    withOwner([this, what, params] {
        console().status(translated("Waiting for %1 of %2…").arg(what, arguments().at(0)));
        call(u"session."_s + what, params, [this, what](const QJsonObject &) {
            if (what == u"remove") {
                if (console().isJson())
                    console().printJson(
                        QJsonObject{{u"id"_s, arguments().at(0)}, {u"removed"_s, true}});
                else
                    console().print(translated("Session %1 is removed.").arg(arguments().at(0)));
                end();
                return;
            }
            call(u"session.show"_s,
                 {{u"id"_s, arguments().at(0)}},
                 [this](const QJsonObject &answer) {
                     const auto now = take(control::sessionFromJson(answer.value(u"session")));
                     if (!now)
                         return;
                     if (console().isJson())
                         console().printJson(control::toJson(*now));
                     else
                         console().print(
                             translated("Session %1 is %2.").arg(now->id.value, stateText(*now)));
                     end();
                 });
        });
    });
}

} // namespace paddock::ctl
