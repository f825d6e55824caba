// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/docker/ContainerTypes.h"

#include "core/docker/JsonHelpers.h"

#include <QCoreApplication>
#include <QTimeZone>

#include <array>

using namespace Qt::StringLiterals;

namespace paddock::docker {

namespace {

constexpr std::array<std::pair<ContainerState, const char16_t *>, 7> kStates = {{
    {ContainerState::Created, u"created"},
    {ContainerState::Running, u"running"},
    {ContainerState::Paused, u"paused"},
    {ContainerState::Restarting, u"restarting"},
    {ContainerState::Removing, u"removing"},
    {ContainerState::Exited, u"exited"},
    {ContainerState::Dead, u"dead"},
}};

QString withoutSlash(const QString &name)
{
    return name.startsWith(u'/') ? name.mid(1) : name;
}

/// The engine writes counters as unsigned 64-bit; what does not fit is clamped, what is absent or
/// of another type counts 0: a sample with a hole is better than none.
qint64 counter(const QJsonObject &object, const QString &key)
{
    const QJsonValue value = object.value(key);
    if (!value.isDouble())
        return 0;
    const double number = value.toDouble();
    if (number < 0)
        return 0;
    if (number >= 9.2e18)
        return std::numeric_limits<qint64>::max();
    return value.toInteger(static_cast<qint64>(number));
}

std::optional<double> cpuPercent(const ContainerStats &now, const QJsonObject &before)
{
    const QJsonObject usage = before.value(u"cpu_usage"_s).toObject();
    const qint64 system = counter(before, u"system_cpu_usage"_s);
    if (system == 0 || now.cpuSystemNs <= system)
        return std::nullopt;
    const auto used = static_cast<double>(now.cpuTotalNs - counter(usage, u"total_usage"_s));
    const auto passed = static_cast<double>(now.cpuSystemNs - system);
    return std::max(0.0, used / passed * std::max(1, now.onlineCpus) * 100.0);
}

} // namespace

ContainerState containerStateFromText(const QString &text)
{
    for (const auto &[state, name] : kStates) {
        if (text == QStringView(name))
            return state;
    }
    return ContainerState::Unknown;
}

QString containerStateName(ContainerState state)
{
    for (const auto &[candidate, name] : kStates) {
        if (candidate == state)
            return QString::fromUtf16(name);
    }
    return u"unknown"_s;
}

QDateTime engineTimeFromText(const QString &text)
{
    // Qt reads at most milliseconds, and some releases refuse nine digits.
    QString shortened = text;
    const qsizetype dot = text.indexOf(u'.');
    if (dot >= 0) {
        qsizetype end = dot + 1;
        while (end < text.size() && text.at(end) >= u'0' && text.at(end) <= u'9')
            ++end;
        if (end == dot + 1)
            return {};
        shortened = text.left(std::min(end, dot + 4)) + text.mid(end);
    }
    const QDateTime time = QDateTime::fromString(shortened, Qt::ISODateWithMs);
    if (!time.isValid() || time.timeSpec() == Qt::LocalTime || time.date().year() <= 1)
        return {};
    return time.toUTC();
}

Result<QList<ContainerSummary>> containerSummariesFromJson(const QJsonValue &value)
{
    // "null" is refused as well: taken for "no containers" it would have them made again.
    if (!value.isArray()) {
        return fail(ErrorKind::ProtocolError,
                    QCoreApplication::translate("Docker", "The list of containers is no list."));
    }
    QJsonObject wrapper;
    wrapper.insert(u"containers"_s, value);
    JsonReader root(wrapper);
    QList<ContainerSummary> containers;
    for (JsonReader &reader : root.objects(u"containers")) {
        ContainerSummary summary;
        summary.id = ContainerId{reader.text(u"Id")};
        for (const QString &name : reader.optionalTexts(u"Names"))
            summary.names.append(withoutSlash(name));
        summary.image = reader.optionalText(u"Image");
        summary.imageId = detail::imageIdFromText(reader.optionalText(u"ImageID"));
        summary.command = reader.optionalText(u"Command");
        if (const qint64 created = reader.optionalInteger(u"Created"); created > 0)
            summary.created = QDateTime::fromSecsSinceEpoch(created, Qt::UTC);
        summary.state = containerStateFromText(reader.text(u"State"));
        summary.status = reader.optionalText(u"Status");
        summary.labels = detail::readLabels(reader, u"Labels");
        // Zero is left out; the other size is there whenever sizes were asked for.
        if (reader.has(u"SizeRw") || reader.has(u"SizeRootFs"))
            summary.writtenBytes = reader.optionalInteger(u"SizeRw");
        containers.append(std::move(summary));
        if (!reader.isOk())
            break;
    }
    if (const auto error = root.error())
        return fail(*error);
    return containers;
}

Result<ContainerDetails> containerDetailsFromJson(const QJsonObject &object)
{
    JsonReader reader(object, u"container"_s);
    ContainerDetails details;
    details.id = ContainerId{reader.text(u"Id")};
    details.name = withoutSlash(reader.text(u"Name"));
    details.created = engineTimeFromText(reader.optionalText(u"Created"));
    details.imageId = detail::imageIdFromText(reader.optionalText(u"Image"));
    JsonReader state = reader.object(u"State");
    details.state = containerStateFromText(state.text(u"Status"));
    details.oomKilled = state.optionalBoolean(u"OOMKilled");
    details.pid = state.optionalInteger(u"Pid");
    details.exitCode = static_cast<int>(state.optionalInteger(u"ExitCode"));
    details.error = state.optionalText(u"Error");
    details.startedAt = engineTimeFromText(state.optionalText(u"StartedAt"));
    details.finishedAt = engineTimeFromText(state.optionalText(u"FinishedAt"));
    if (auto health = state.optionalObject(u"Health"))
        details.health = health->optionalText(u"Status");
    JsonReader config = reader.object(u"Config");
    details.image = config.optionalText(u"Image");
    details.tty = config.optionalBoolean(u"Tty");
    details.openStdin = config.optionalBoolean(u"OpenStdin");
    details.user = config.optionalText(u"User");
    details.labels = detail::readLabels(config, u"Labels");
    for (JsonReader &mount : reader.optionalObjects(u"Mounts")) {
        details.mounts.append({.type = mount.optionalText(u"Type"),
                               .source = mount.optionalText(u"Source"),
                               .destination = mount.text(u"Destination"),
                               .writable = mount.optionalBoolean(u"RW")});
    }
    details.raw = object;
    if (const auto error = reader.error())
        return fail(*error);
    return details;
}

Result<ContainerStats> containerStatsFromJson(const QJsonObject &object)
{
    JsonReader reader(object, u"stats"_s);
    ContainerStats stats;
    stats.read = engineTimeFromText(reader.text(u"read"));
    JsonReader cpu = reader.object(u"cpu_stats");
    JsonReader usage = cpu.object(u"cpu_usage");
    stats.cpuTotalNs = counter(usage.raw(), u"total_usage"_s);
    stats.cpuSystemNs = counter(cpu.raw(), u"system_cpu_usage"_s);
    stats.onlineCpus =
        static_cast<int>(std::min<qint64>(counter(cpu.raw(), u"online_cpus"_s), 1 << 20));
    if (stats.onlineCpus == 0)
        stats.onlineCpus = static_cast<int>(usage.value(u"percpu_usage").toArray().size());
    stats.cpuPercent = cpuPercent(stats, reader.value(u"precpu_stats").toObject());

    const QJsonObject memory = reader.value(u"memory_stats").toObject();
    const QJsonObject parts = memory.value(u"stats"_s).toObject();
    // cgroup v1 and v2 have different names for cache that the kernel drops under pressure.
    const qint64 cache = parts.contains(u"total_inactive_file"_s)
                             ? counter(parts, u"total_inactive_file"_s)
                             : counter(parts, u"inactive_file"_s);
    stats.memoryBytes = std::max<qint64>(0, counter(memory, u"usage"_s) - cache);
    stats.memoryLimitBytes = counter(memory, u"limit"_s);
    stats.pids = counter(reader.value(u"pids_stats").toObject(), u"current"_s);

    const QJsonObject networks = reader.value(u"networks").toObject();
    for (const QJsonValue network : networks) {
        stats.networkReceivedBytes += counter(network.toObject(), u"rx_bytes"_s);
        stats.networkSentBytes += counter(network.toObject(), u"tx_bytes"_s);
    }
    const QJsonArray blocks =
        reader.value(u"blkio_stats").toObject().value(u"io_service_bytes_recursive"_s).toArray();
    for (const QJsonValue block : blocks) {
        const QString operation = block.toObject().value(u"op"_s).toString().toLower();
        if (operation == u"read")
            stats.blockReadBytes += counter(block.toObject(), u"value"_s);
        else if (operation == u"write")
            stats.blockWrittenBytes += counter(block.toObject(), u"value"_s);
    }
    if (const auto error = reader.error())
        return fail(*error);
    return stats;
}

} // namespace paddock::docker
