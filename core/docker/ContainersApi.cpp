// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/docker/ContainersApi.h"

#include "core/base/Bytes.h"
#include "core/docker/Apis.h"
#include "core/docker/BodyStream.h"
#include "core/docker/FinishLater.h"
#include "core/docker/HijackedStream.h"
#include "core/docker/JsonHelpers.h"
#include "core/docker/JsonStream.h"
#include "core/docker/Transport.h"

#include <QCoreApplication>
#include <QJsonDocument>
#include <QRegularExpression>

using namespace Qt::StringLiterals;

namespace paddock::docker {

namespace {

constexpr std::chrono::seconds kMaxGrace{3600};

QString flag(bool value)
{
    return value ? u"1"_s : u"0"_s;
}

Result<ProcessTable> processTableFromBody(const QByteArray &body)
{
    const auto object = parseJsonObject(body);
    if (!object)
        return fail(object.error());
    JsonReader reader(*object, u"top"_s);
    ProcessTable table;
    table.titles = reader.texts(u"Titles");
    if (const auto error = reader.error())
        return fail(*error);
    const QJsonArray processes = object->value(u"Processes"_s).toArray();
    for (const QJsonValue process : processes) {
        QStringList row;
        const QJsonArray cells = process.toArray();
        for (const QJsonValue cell : cells)
            row.append(cell.toString());
        table.rows.append(row);
    }
    return table;
}

class StatsStreamImpl final : public StatsStream
{
public:
    StatsStreamImpl(Transport &transport, ApiCall call)
        : m_stream(std::make_unique<JsonStream>(transport, std::move(call)))
    {
        connect(m_stream.get(), &JsonStream::object, this, [this](const QJsonObject &object) {
            const auto stats = containerStatsFromJson(object);
            if (!stats) {
                m_stream->end(fail(stats.error()));
                return;
            }
            // A container that ended gives samples of the year 1.
            if (stats->read.isValid())
                Q_EMIT sample(*stats);
        });
        connect(m_stream.get(), &JsonStream::finished, this, &StatsStream::finished);
    }
    explicit StatsStreamImpl(const Error &error)
    {
        finishLater(static_cast<StatsStream *>(this), Result<Done>(fail(error)));
    }

private:
    std::unique_ptr<JsonStream> m_stream;
};

class ContainersApiImpl final : public ContainersApi
{
public:
    explicit ContainersApiImpl(Transport &transport)
        : m_transport(transport)
    {
    }

    Pending<CreatedContainer> create(const QString &name, const QJsonObject &body) override
    {
        const auto checked = checkedName(name, u"container"_s);
        if (!checked)
            return Pending<CreatedContainer>::ready(fail(checked.error()));
        if (body.value(u"Image"_s).toString().isEmpty()) {
            return Pending<CreatedContainer>::ready(
                fail(ErrorKind::InvalidArgument,
                     QCoreApplication::translate("Docker", "A container needs an image.")));
        }
        ApiCall call;
        call.action = Action::ContainerCreate;
        call.method = "POST";
        call.path = "/containers/create";
        call.query = {{"name", name}};
        call.contentType = "application/json";
        call.body = QJsonDocument(body).toJson(QJsonDocument::Compact);
        call.pace = Pace::Work;
        return m_transport.send<CreatedContainer>(
            call, [](const ApiResponse &response) -> Result<CreatedContainer> {
                const auto object = parseJsonObject(response.body);
                if (!object)
                    return fail(object.error());
                JsonReader reader(*object, u"created"_s);
                CreatedContainer created{ContainerId{reader.text(u"Id")},
                                         reader.optionalTexts(u"Warnings")};
                if (const auto error = reader.error())
                    return fail(*error);
                return created;
            });
    }

    Pending<Done> start(const ContainerId &id) override
    {
        return verb(Action::ContainerStart, "POST", id, "/start");
    }

    Pending<Done> stop(const ContainerId &id, const StopOptions &options) override
    {
        const auto grace = std::clamp(options.grace, std::chrono::seconds(0), kMaxGrace);
        return verb(Action::ContainerStop,
                    "POST",
                    id,
                    "/stop",
                    {{"t", QString::number(grace.count())}},
                    std::chrono::duration_cast<std::chrono::milliseconds>(grace));
    }

    Pending<Done> kill(const ContainerId &id, const QString &signal) override
    {
        static const QRegularExpression pattern(u"\\A(SIG)?[A-Z0-9+]{1,12}\\z"_s);
        if (!pattern.match(signal).hasMatch()) {
            return Pending<Done>::ready(
                fail(ErrorKind::InvalidArgument,
                     QCoreApplication::translate("Docker", "\"%1\" is not the name of a signal.")
                         .arg(signal.left(40))));
        }
        return verb(Action::ContainerKill, "POST", id, "/kill", {{"signal", signal}});
    }

    Pending<Done> remove(const ContainerId &id, const RemoveOptions &options) override
    {
        const auto path = pathOf(id, {});
        if (!path)
            return Pending<Done>::ready(fail(path.error()));
        ApiCall call;
        call.action = Action::ContainerRemove;
        call.method = "DELETE";
        call.path = *path;
        call.query = {{"force", flag(options.force)}, {"v", flag(options.volumes)}};
        call.pace = Pace::Work;
        return chain<Done>(
            m_transport.send(call), [](const Result<ApiResponse> &response) -> Result<Done> {
                if (response || response.error().kind == ErrorKind::ContainerNotFound)
                    return Done{};
                return fail(response.error());
            });
    }

    Pending<Done> pause(const ContainerId &id) override
    {
        return verb(Action::ContainerOther, "POST", id, "/pause");
    }

    Pending<Done> unpause(const ContainerId &id) override
    {
        return verb(Action::ContainerOther, "POST", id, "/unpause");
    }

    Pending<Done> rename(const ContainerId &id, const QString &name) override
    {
        const auto checked = checkedName(name, u"container"_s);
        if (!checked)
            return Pending<Done>::ready(fail(checked.error()));
        return verb(Action::ContainerOther, "POST", id, "/rename", {{"name", name}});
    }

    Pending<Done> resize(const ContainerId &id, TerminalSize size) override
    {
        return verb(Action::ContainerOther,
                    "POST",
                    id,
                    "/resize",
                    {{"h", QString::number(size.rows)}, {"w", QString::number(size.columns)}});
    }

    Pending<QList<ContainerSummary>> list(const ListContainersOptions &options) override
    {
        QStringList names;
        for (const QString &name : options.names) {
            const auto checked = checkedName(name, u"container"_s);
            if (!checked)
                return Pending<QList<ContainerSummary>>::ready(fail(checked.error()));
            // The engine takes a regular expression that is found anywhere in "/name".
            names.append(u"^/?"_s + QRegularExpression::escape(name) + u'$');
        }
        QStringList states;
        for (const ContainerState state : options.states)
            states.append(containerStateName(state));
        ApiCall call;
        call.action = Action::ContainerOther;
        call.path = "/containers/json";
        call.query = {{"all", flag(options.all)}};
        if (options.size) {
            call.query.append({"size", u"1"_s});
            call.extraTime = std::chrono::seconds(60);
        }
        const QByteArray filters = detail::filtersJson(
            {{u"label"_s, options.labels}, {u"name"_s, names}, {u"status"_s, states}});
        if (!filters.isEmpty())
            call.query.append({"filters", QString::fromUtf8(filters)});
        return m_transport.send<QList<ContainerSummary>>(
            call,
            [limit = jsonLimit()](const ApiResponse &response) -> Result<QList<ContainerSummary>> {
                const auto value = parseJson(response.body, limit);
                if (!value)
                    return fail(value.error());
                return containerSummariesFromJson(*value);
            });
    }

    Pending<ContainerDetails> inspect(const ContainerId &id) override
    {
        return look<ContainerDetails>(Action::ContainerOther,
                                      id,
                                      "/json",
                                      [](const QByteArray &body) -> Result<ContainerDetails> {
                                          const auto object = parseJsonObject(body);
                                          if (!object)
                                              return fail(object.error());
                                          return containerDetailsFromJson(*object);
                                      });
    }

    Pending<ProcessTable> top(const ContainerId &id) override
    {
        return look<ProcessTable>(Action::ContainerOther, id, "/top", processTableFromBody);
    }

    Pending<WaitResult> wait(const ContainerId &id, WaitCondition condition) override
    {
        const auto path = pathOf(id, "/wait");
        if (!path)
            return Pending<WaitResult>::ready(fail(path.error()));
        ApiCall call;
        call.action = Action::ContainerOther;
        call.method = "POST";
        call.path = *path;
        const QString word = condition == WaitCondition::NotRunning ? u"not-running"_s
                             : condition == WaitCondition::NextExit ? u"next-exit"_s
                                                                    : u"removed"_s;
        call.query = {{"condition", word}};
        // The head comes at once, the answer when it is so.
        call.pace = Pace::Stream;
        call.maxBodyBytes = kMiB;
        return m_transport.send<WaitResult>(
            call, [](const ApiResponse &response) -> Result<WaitResult> {
                const auto object = parseJsonObject(response.body);
                if (!object)
                    return fail(object.error());
                JsonReader reader(*object, u"wait"_s);
                WaitResult result;
                result.exitCode = static_cast<int>(reader.integer(u"StatusCode"));
                if (auto error = reader.optionalObject(u"Error"))
                    result.error = error->optionalText(u"Message");
                if (const auto error = reader.error())
                    return fail(*error);
                return result;
            });
    }

    Pending<ContainerStats> stats(const ContainerId &id) override
    {
        return look<ContainerStats>(Action::ContainerStats,
                                    id,
                                    "/stats",
                                    [](const QByteArray &body) -> Result<ContainerStats> {
                                        const auto object = parseJsonObject(body);
                                        if (!object)
                                            return fail(object.error());
                                        return containerStatsFromJson(*object);
                                    },
                                    {{"stream", u"0"_s}});
    }

    std::unique_ptr<LogStream> logs(const ContainerId &id, const LogsOptions &options) override
    {
        const auto path = pathOf(id, "/logs");
        if (!path)
            return std::make_unique<HijackedStream>(path.error());
        ApiCall call;
        call.action = Action::ContainerOther;
        call.path = *path;
        call.query = {{"stdout", u"1"_s},
                      {"stderr", u"1"_s},
                      {"follow", flag(options.follow)},
                      {"timestamps", flag(options.timestamps)}};
        if (options.tail >= 0)
            call.query.append({"tail", QString::number(options.tail)});
        if (options.since.isValid())
            call.query.append({"since", engineTimestamp(options.since)});
        call.pace = Pace::Stream;
        return streamOf(id, std::move(call), options.tty);
    }

    std::unique_ptr<StatsStream> streamStats(const ContainerId &id) override
    {
        const auto path = pathOf(id, "/stats");
        if (!path)
            return std::make_unique<StatsStreamImpl>(path.error());
        ApiCall call;
        call.action = Action::ContainerStats;
        call.path = *path;
        call.query = {{"stream", u"1"_s}};
        call.pace = Pace::Stream;
        return std::make_unique<StatsStreamImpl>(m_transport, std::move(call));
    }

    std::unique_ptr<AttachStream> attach(const ContainerId &id,
                                         const AttachOptions &options) override
    {
        const auto path = pathOf(id, "/attach");
        if (!path)
            return std::make_unique<HijackedStream>(path.error());
        ApiCall call;
        call.action = Action::ContainerOther;
        call.method = "POST";
        call.path = *path;
        call.query = {{"stream", u"1"_s},
                      {"stdin", flag(options.input)},
                      {"stdout", flag(options.output)},
                      {"stderr", flag(options.output)},
                      {"logs", flag(options.replay)}};
        call.pace = Pace::Stream;
        call.isUpgrade = true;
        return streamOf(id, std::move(call), options.tty);
    }

    Pending<QByteArray> getArchive(const ContainerId &id,
                                   const QString &path,
                                   const GetArchiveOptions &options) override
    {
        auto call = archiveCall("GET", id, path);
        if (!call)
            return Pending<QByteArray>::ready(fail(call.error()));
        call->pace = Pace::Work;
        call->maxBodyBytes = options.maxBytes;
        return chain<QByteArray>(
            m_transport.send(*call),
            [limit = options.maxBytes](const Result<ApiResponse> &response) -> Result<QByteArray> {
                if (response)
                    return response->body;
                // The parser's limit shows as a protocol error; here it is the caller's own limit.
                const Error &error = response.error();
                if (error.kind == ErrorKind::ProtocolError && error.detail == kBodyLimitDetail) {
                    return fail(Error(ErrorKind::FileTooLarge,
                                      QCoreApplication::translate(
                                          "Docker", "The archive is larger than %1 bytes.")
                                          .arg(limit))
                                    .withOperation(error.operation));
                }
                return fail(error);
            });
    }

    std::unique_ptr<ByteStream> streamArchive(const ContainerId &id, const QString &path) override
    {
        auto call = archiveCall("GET", id, path);
        if (!call)
            return std::make_unique<BodyStream>(call.error());
        call->pace = Pace::WorkStream;
        return std::make_unique<BodyStream>(m_transport, std::move(*call));
    }

    Pending<Done>
    putArchive(const ContainerId &id, const QString &path, const QByteArray &tar) override
    {
        auto call = archiveCall("PUT", id, path);
        if (!call)
            return Pending<Done>::ready(fail(call.error()));
        call->pace = Pace::Work;
        call->contentType = "application/x-tar";
        call->body = tar;
        return m_transport.send<Done>(*call, [](const ApiResponse &) { return Done{}; });
    }

private:
    [[nodiscard]] JsonLimits jsonLimit() const
    {
        return {.maxBytes = m_transport.options().maxJsonBytes};
    }

    static Result<QByteArray> pathOf(const ContainerId &id, const QByteArray &below)
    {
        const auto name = checkedName(id.value, u"container"_s);
        if (!name)
            return name;
        return QByteArray("/containers/" + *name + below);
    }

    static QString engineTimestamp(const QDateTime &time)
    {
        const qint64 msecs = time.toMSecsSinceEpoch();
        return u"%1.%2"_s.arg(msecs / 1000).arg(msecs % 1000 * 1'000'000, 9, 10, QChar(u'0'));
    }

    Pending<Done> verb(Action action,
                       const QByteArray &method,
                       const ContainerId &id,
                       const QByteArray &below,
                       const QList<std::pair<QByteArray, QString>> &query = {},
                       std::chrono::milliseconds extraTime = {})
    {
        const auto path = pathOf(id, below);
        if (!path)
            return Pending<Done>::ready(fail(path.error()));
        ApiCall call;
        call.action = action;
        call.method = method;
        call.path = *path;
        call.query = query;
        call.pace = Pace::Work;
        call.extraTime = extraTime;
        // 304 (is so already) comes here as well.
        return m_transport.send<Done>(call, [](const ApiResponse &) { return Done{}; });
    }

    template <typename T>
    Pending<T> look(Action action,
                    const ContainerId &id,
                    const QByteArray &below,
                    std::function<Result<T>(const QByteArray &)> read,
                    const QList<std::pair<QByteArray, QString>> &query = {})
    {
        const auto path = pathOf(id, below);
        if (!path)
            return Pending<T>::ready(fail(path.error()));
        ApiCall call;
        call.action = action;
        call.path = *path;
        call.query = query;
        return m_transport.send<T>(call, [read = std::move(read)](const ApiResponse &response) {
            return read(response.body);
        });
    }

    std::unique_ptr<HijackedStream>
    streamOf(const ContainerId &id, ApiCall call, std::optional<bool> tty)
    {
        if (tty) {
            return std::make_unique<HijackedStream>(m_transport,
                                                    std::move(call),
                                                    *tty ? StreamDemuxer::Mode::Raw
                                                         : StreamDemuxer::Mode::Framed);
        }
        return std::make_unique<HijackedStream>(
            m_transport,
            std::move(call),
            chain<bool>(inspect(id), [](const Result<ContainerDetails> &details) -> Result<bool> {
                if (!details)
                    return fail(details.error());
                return details->tty;
            }));
    }

    Result<ApiCall>
    archiveCall(const QByteArray &method, const ContainerId &id, const QString &path)
    {
        const auto target = pathOf(id, "/archive");
        if (!target)
            return fail(target.error());
        if (!path.startsWith(u'/') || path.contains(QChar(u'\0'))) {
            return fail(
                ErrorKind::InvalidArgument,
                QCoreApplication::translate("Docker", "\"%1\" is not an absolute path.").arg(path));
        }
        ApiCall call;
        call.action = Action::ContainerArchive;
        call.method = method;
        call.path = *target;
        call.query = {{"path", path}};
        return call;
    }

    Transport &m_transport;
};

} // namespace

std::unique_ptr<ContainersApi> makeContainersApi(Transport &transport)
{
    return std::make_unique<ContainersApiImpl>(transport);
}

} // namespace paddock::docker
