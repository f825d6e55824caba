// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/control/ControlMethods.h"

#include "core/control/ChangesMethods.h"
#include "core/control/Json.h"
#include "core/control/MethodHelpers.h"
#include "core/control/ProjectMethods.h"
#include "core/control/SessionWatch.h"

#include <QCoreApplication>
#include <QJsonArray>

#include <algorithm>

using namespace Qt::StringLiterals;

namespace paddock::control {

using namespace methods;

namespace {

/// A page of a conversation stays well below the limit of an answer, however long its entries are.
constexpr qint64 kConversationPageBytes = 4 * kMiB;
constexpr int kConversationPageEntries = 1000;

void answerSession(const ControlRequest &request, const SessionId &id)
{
    const auto session = services(request).sessions->find(id);
    if (session) {
        request.answer({{u"session"_s, toJson(*session)}});
    } else {
        request.refuse(Error(ErrorKind::NotFound,
                             translated("The session %1 is gone already.").arg(id.value)));
    }
}

/// What a list on a terminal shows; a fifth of the whole.
QJsonObject briefJson(const sessions::Session &session)
{
    return {{u"id"_s, session.id.value},
            {u"title"_s, session.title},
            {u"state"_s, sessions::stateName(session.state)},
            {u"substate"_s, session.substate},
            {u"agent"_s, session.adapter},
            {u"project"_s, session.projectName},
            {u"projectId"_s, session.projectId.value}};
}

// owner.*

void ownerInfo(JsonReader &, const ControlRequest &request)
{
    const OwnerInfo &info = request.connection()->info();
    request.answer({{u"program"_s, info.program},
                    {u"version"_s, info.version},
                    {u"protocol"_s, kProtocolVersion},
                    {u"processId"_s, QCoreApplication::applicationPid()},
                    {u"startedAt"_s, info.startedAt.toString(Qt::ISODateWithMs)}});
}

void ownerShutdown(JsonReader &, const ControlRequest &request)
{
    request.answer({});
    request.connection()->requestShutdown();
}

// health.*, image.*

void healthGet(JsonReader &params, const ControlRequest &request)
{
    const bool look = params.optionalBoolean(u"check", true);
    if (areWrong(params, request))
        return;
    facade::HealthService *health = services(request).health;
    if (!look) {
        request.answer({{u"health"_s, healthToJson(health->current())}});
        return;
    }
    forwardQuery(health->check(), request, [](const facade::Health &value) {
        return QJsonObject{{u"health"_s, healthToJson(value)}};
    });
}

void imageList(JsonReader &, const ControlRequest &request)
{
    forwardQuery(
        services(request).images->list(), request, [](const QList<facade::ImageInfo> &images) {
            QJsonArray array;
            for (const facade::ImageInfo &image : images)
                array.append(toJson(image));
            return QJsonObject{{u"images"_s, array}};
        });
}

void imageRecipes(JsonReader &, const ControlRequest &request)
{
    request.answer(
        {{u"recipes"_s, QJsonArray::fromStringList(services(request).images->recipes())}});
}

void imageBuild(JsonReader &params, const ControlRequest &request)
{
    const QString recipe = params.text(u"recipe");
    const bool always = params.optionalBoolean(u"always");
    if (areWrong(params, request))
        return;
    facade::ImageService *images = services(request).images;
    if (!images->recipes().contains(recipe)) {
        request.refuse(
            Error(ErrorKind::NotFound, translated("There is no image recipe %1.").arg(recipe))
                .withRemedy(translated("Recipes are: %1.").arg(images->recipes().join(u", "_s))));
        return;
    }
    using Rebuild = facade::ImageService::Rebuild;
    std::shared_ptr<facade::ImageBuild> build =
        images->build(actor(), recipe, always ? Rebuild::Always : Rebuild::IfChanged);
    ControlConnection *connection = request.connection();
    QObject::connect(
        build.get(), &facade::ImageBuild::log, connection, [request](const QString &line) {
            request.notify(u"image.log"_s, {{u"line"_s, line}});
        });
    QObject::connect(
        build.get(), &facade::ImageBuild::progress, connection, [request](int step, int steps) {
            request.notify(u"image.progress"_s, {{u"step"_s, step}, {u"steps"_s, steps}});
        });
    QObject::connect(build.get(),
                     &facade::ImageBuild::finished,
                     connection,
                     [request](const Result<QString> &image) {
                         if (image)
                             request.answer({{u"image"_s, *image}});
                         else
                             request.refuse(image.error());
                     });
    request.onCancel([raw = build.get()] { raw->cancel(); });
    request.keep(build);
}

// session.*

void sessionList(JsonReader &params, const ControlRequest &request)
{
    const bool brief = params.optionalBoolean(u"brief");
    if (areWrong(params, request))
        return;
    QJsonArray array;
    for (const sessions::Session &session : services(request).sessions->list())
        array.append(brief ? briefJson(session) : toJson(session));
    request.answer({{u"sessions"_s, array}});
}

void sessionShow(JsonReader &params, const ControlRequest &request)
{
    if (const auto id = sessionParam(params, request))
        answerSession(request, *id);
}

void sessionStart(JsonReader &params, const ControlRequest &request)
{
    const auto options = startOptionsFromJson(params.raw());
    if (!options) {
        request.refuse(Error(ErrorKind::InvalidArgument, options.error().message),
                       RpcCode::InvalidParams);
        return;
    }
    auto pending = services(request).sessions->start(actor(), *options);
    pending.then(request.connection(), [request](const Result<SessionId> &id) {
        if (id)
            answerSession(request, *id);
        else
            request.refuse(id.error());
    });
}

void sessionSend(JsonReader &params, const ControlRequest &request)
{
    const QString text = params.text(u"text");
    if (const auto id = sessionParam(params, request))
        forward(services(request).sessions->send(actor(), *id, text), request);
}

void sessionStop(JsonReader &params, const ControlRequest &request)
{
    if (const auto id = sessionParam(params, request))
        forward(services(request).sessions->stop(actor(), *id), request);
}

void sessionRestart(JsonReader &params, const ControlRequest &request)
{
    if (const auto id = sessionParam(params, request))
        forward(services(request).sessions->restart(actor(), *id), request);
}

void sessionFinish(JsonReader &params, const ControlRequest &request)
{
    using Branch = sessions::FinishOptions::Branch;
    const bool discard = params.optionalBoolean(u"discardBranch");
    if (const auto id = sessionParam(params, request)) {
        forward(services(request).sessions->finish(
                    actor(), *id, {.branch = discard ? Branch::Discard : Branch::Keep}),
                request);
    }
}

void sessionRemove(JsonReader &params, const ControlRequest &request)
{
    using Work = sessions::RemoveOptions::Work;
    const bool discard = params.optionalBoolean(u"discardWork");
    if (const auto id = sessionParam(params, request)) {
        forward(services(request).sessions->remove(
                    actor(), *id, {.work = discard ? Work::Discard : Work::Protect}),
                request);
    }
}

void sessionAnswer(JsonReader &params, const ControlRequest &request)
{
    using Answer = facade::SessionService::PermissionAnswer;
    const QString question = params.text(u"question");
    const bool allow = params.boolean(u"allow");
    if (const auto id = sessionParam(params, request)) {
        forward(services(request).sessions->answerPermission(
                    actor(), *id, question, allow ? Answer::AllowOnce : Answer::RejectOnce),
                request);
    }
}

void sessionCancelTurn(JsonReader &params, const ControlRequest &request)
{
    if (const auto id = sessionParam(params, request))
        forward(services(request).sessions->cancelTurn(actor(), *id), request);
}

void sessionConversation(JsonReader &params, const ControlRequest &request)
{
    const qint64 after = params.optionalInteger(u"after");
    const qint64 asked = params.optionalInteger(u"limit", kConversationPageEntries);
    const auto id = sessionParam(params, request);
    if (!id)
        return;
    const int limit = static_cast<int>(std::clamp<qint64>(asked, 1, kConversationPageEntries));
    forwardQuery(services(request).sessions->conversation(*id, after, limit),
                 request,
                 [limit](const QList<sessions::ConversationEntry> &entries) {
                     QJsonArray array;
                     qint64 bytes = 0;
                     for (const sessions::ConversationEntry &entry : entries) {
                         bytes += entry.bytes.size();
                         if (bytes > kConversationPageBytes && !array.isEmpty())
                             break;
                         array.append(toJson(entry));
                     }
                     const bool more = array.size() < entries.size() || entries.size() == limit;
                     return QJsonObject{{u"entries"_s, array}, {u"more"_s, more}};
                 });
}

void sessionDiff(JsonReader &params, const ControlRequest &request)
{
    if (const auto id = sessionParam(params, request)) {
        forwardQuery(
            services(request).sessions->diff(*id), request, [](const facade::SessionDiff &diff) {
                return QJsonObject{{u"diff"_s, toJson(diff)}};
            });
    }
}

void sessionImport(JsonReader &params, const ControlRequest &request)
{
    if (const auto id = sessionParam(params, request)) {
        forward(services(request).sessions->import(actor(), *id), request, [](const QString &head) {
            return QJsonObject{{u"headCommit"_s, head}};
        });
    }
}

void sessionPosture(JsonReader &params, const ControlRequest &request)
{
    if (const auto id = sessionParam(params, request)) {
        forwardQuery(
            services(request).sessions->posture(*id), request, [](const QJsonObject &posture) {
                return QJsonObject{{u"posture"_s, posture}};
            });
    }
}

void sessionWatch(JsonReader &params, const ControlRequest &request)
{
    const QStringList ids = params.optionalTexts(u"ids");
    if (areWrong(params, request))
        return;
    request.connection()->watch().setFilter(QSet<QString>(ids.cbegin(), ids.cend()));
    // The state at this moment: nothing is lost between it and the first notification.
    QJsonArray array;
    for (const sessions::Session &session : services(request).sessions->list()) {
        if (ids.isEmpty() || ids.contains(session.id.value))
            array.append(toJson(session));
    }
    request.answer({{u"sessions"_s, array}});
}

void eventsWatch(JsonReader &params, const ControlRequest &request)
{
    sessionWatch(params, request);
    if (params.isOk())
        request.connection()->watchServices();
}

void becomeTerminal(Result<std::unique_ptr<facade::Terminal>> terminal,
                    const TerminalSize &size,
                    const ControlRequest &request)
{
    if (!terminal) {
        request.refuse(terminal.error());
        return;
    }
    (*terminal)->resize(size.columns, size.rows);
    request.becomeTerminal(std::move(*terminal));
}

TerminalSize sizeParams(JsonReader &params)
{
    const auto bounded = [&params](QStringView key, qint64 fallback) {
        return static_cast<int>(std::clamp<qint64>(params.optionalInteger(key, fallback), 1, 1000));
    };
    return {bounded(u"columns", 80), bounded(u"rows", 24)};
}

void sessionAttach(JsonReader &params, const ControlRequest &request)
{
    const TerminalSize size = sizeParams(params);
    if (const auto id = sessionParam(params, request))
        becomeTerminal(services(request).sessions->attach(actor(), *id), size, request);
}

void sessionShell(JsonReader &params, const ControlRequest &request)
{
    const TerminalSize size = sizeParams(params);
    if (const auto id = sessionParam(params, request)) {
        becomeTerminal(services(request).sessions->shell(actor(), *id, size.columns, size.rows),
                       size,
                       request);
    }
}

const MethodTable &table()
{
    static const MethodTable methods = [] {
        MethodTable all{
            {u"owner.info"_s, ownerInfo},
            {u"owner.shutdown"_s, ownerShutdown},
            {u"events.watch"_s, eventsWatch},
            {u"health.get"_s, healthGet},
            {u"image.list"_s, imageList},
            {u"image.recipes"_s, imageRecipes},
            {u"image.build"_s, imageBuild},
            {u"session.list"_s, sessionList},
            {u"session.show"_s, sessionShow},
            {u"session.start"_s, sessionStart},
            {u"session.send"_s, sessionSend},
            {u"session.stop"_s, sessionStop},
            {u"session.restart"_s, sessionRestart},
            {u"session.finish"_s, sessionFinish},
            {u"session.remove"_s, sessionRemove},
            {u"session.answer"_s, sessionAnswer},
            {u"session.cancelTurn"_s, sessionCancelTurn},
            {u"session.conversation"_s, sessionConversation},
            {u"session.diff"_s, sessionDiff},
            {u"session.import"_s, sessionImport},
            {u"session.posture"_s, sessionPosture},
            {u"session.watch"_s, sessionWatch},
            {u"session.attach"_s, sessionAttach},
            {u"session.shell"_s, sessionShell},
        };
        all.insert(changesMethods());
        all.insert(projectMethods());
        return all;
    }();
    return methods;
}

} // namespace

void callControlMethod(const QString &method,
                       const QJsonObject &params,
                       const ControlRequest &request)
{
    const Handler handler = table().value(method);
    if (!handler) {
        request.refuse(Error(ErrorKind::NotFound,
                             translated("This owner knows no request %1.").arg(method.left(64)))
                           .withRemedy(translated("paddockctl and the running Paddock may be of "
                                                  "different versions: end the running one, with "
                                                  "paddockctl serve --stop, and try again.")),
                       RpcCode::MethodNotFound);
        return;
    }
    JsonReader reader{QJsonValue(params), u"params"_s};
    handler(reader, request);
}

QStringList controlMethodNames()
{
    QStringList names = table().keys();
    names.sort();
    return names;
}

} // namespace paddock::control
