// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/docker/EventStream.h"

#include "core/docker/Apis.h"
#include "core/docker/JsonHelpers.h"
#include "core/docker/JsonStream.h"
#include "core/docker/Transport.h"

using namespace Qt::StringLiterals;

namespace paddock::docker {

Result<EngineEvent> engineEventFromJson(const QJsonObject &object)
{
    JsonReader reader(object, u"event"_s);
    EngineEvent event;
    event.type = reader.text(u"Type");
    event.action = reader.text(u"Action");
    if (auto actor = reader.optionalObject(u"Actor")) {
        event.actorId = actor->optionalText(u"ID");
        event.attributes = detail::readLabels(*actor, u"Attributes");
    }
    event.timeNano = reader.optionalInteger(u"timeNano");
    const qint64 seconds = reader.optionalInteger(u"time");
    if (event.timeNano > 0)
        event.time = QDateTime::fromMSecsSinceEpoch(event.timeNano / 1'000'000, Qt::UTC);
    else if (seconds > 0)
        event.time = QDateTime::fromSecsSinceEpoch(seconds, Qt::UTC);
    event.raw = object;
    if (const auto error = reader.error())
        return fail(*error);
    return event;
}

namespace {

class EventStreamImpl final : public EventStream
{
public:
    EventStreamImpl(Transport &transport, ApiCall call)
        : m_stream(std::make_unique<JsonStream>(transport, std::move(call)))
    {
        connect(m_stream.get(), &JsonStream::accepted, this, &EventStream::opened);
        connect(m_stream.get(), &JsonStream::object, this, [this](const QJsonObject &object) {
            const auto read = engineEventFromJson(object);
            if (!read) {
                m_stream->end(fail(read.error()));
                return;
            }
            Q_EMIT eventReceived(*read);
        });
        connect(m_stream.get(), &JsonStream::finished, this, [this](const Result<Done> &result) {
            if (result) {
                Q_EMIT finished(fail(
                    Error(ErrorKind::ConnectionLost, tr("The engine ended the stream of events."))
                        .withOperation(u"events"_s)));
                return;
            }
            Q_EMIT finished(result);
        });
    }

private:
    std::unique_ptr<JsonStream> m_stream;
};

} // namespace

std::unique_ptr<EventStream> makeEventStream(Transport &transport, const EventsOptions &options)
{
    ApiCall call;
    call.path = "/events";
    if (options.since.isValid()) {
        const qint64 msecs = options.since.toMSecsSinceEpoch();
        call.query.append(
            {"since",
             u"%1.%2"_s.arg(msecs / 1000).arg(msecs % 1000 * 1'000'000, 9, 10, QChar(u'0'))});
    }
    const QByteArray filters = detail::filtersJson(
        {{u"type"_s, options.types}, {u"label"_s, options.labels}, {u"event"_s, options.actions}});
    if (!filters.isEmpty())
        call.query.append({"filters", QString::fromUtf8(filters)});
    call.pace = Pace::Stream;
    return std::make_unique<EventStreamImpl>(transport, std::move(call));
}

} // namespace paddock::docker
