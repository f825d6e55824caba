// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/health/HealthReport.h"

#include <QCoreApplication>

using namespace Qt::StringLiterals;

namespace paddock::health {

namespace {

using Status = HealthLine::Status;

QString translated(const char *text)
{
    return QCoreApplication::translate("Health", text);
}

/// What is simply not there can be got; everything else is broken.
Status statusOf(const Error &error)
{
    return error.category == Category::NotFound ? Status::Missing : Status::Broken;
}

template <typename T>
HealthLine line(const QString &id,
                const QString &title,
                const std::optional<Result<T>> &found,
                const QString &action)
{
    HealthLine made{
        .id = id, .title = title, .status = Status::Checking, .error = {}, .action = {}};
    if (!found)
        return made;
    if (*found) {
        made.status = Status::Good;
        return made;
    }
    made.status = statusOf(found->error());
    made.error = found->error();
    made.action = action;
    return made;
}

bool isGood(const auto &found)
{
    return found.has_value() && found->has_value();
}

QString engineTitle(const Findings &findings)
{
    if (!isGood(findings.engine))
        return translated("Container engine");
    const Findings::EngineFacts &facts = **findings.engine;
    return translated("%1 %2 (API %3)")
        .arg(facts.isPodman ? u"Podman"_s : u"Docker"_s, facts.version, facts.api);
}

HealthLine engineLine(const Findings &findings)
{
    HealthLine made = line(u"engine"_s, engineTitle(findings), findings.engine, u"retry"_s);
    // An engine that is absent cannot be had with a click, unlike an image.
    if (made.status == Status::Missing)
        made.status = Status::Broken;
    return made;
}

HealthLine networkLine(const Findings &findings)
{
    HealthLine made = line(u"network"_s, translated("Network"), findings.network, u"retry"_s);
    if (made.status == Status::Good && !**findings.network) {
        made.status = Status::Missing;
        made.error = Error(ErrorKind::NetworkFailed,
                           translated("The engine does not have the network that sessions use."))
                         .withCategory(Category::NotFound)
                         .withRemedy(translated("It is made when the first session needs it."));
    }
    return made;
}

} // namespace

HealthReport reportOf(const Findings &findings)
{
    HealthReport report;
    report.mode = findings.isLocal ? u"local"_s : u"docker"_s;
    report.imageName = findings.imageName;
    report.socketPath = findings.socketPath;
    report.socketSource = findings.socketSource;
    report.socketConnected = isGood(findings.engine);
    report.imageAvailable = report.socketConnected && isGood(findings.image);
    report.networkExists = report.socketConnected && isGood(findings.network) && **findings.network;
    if (report.socketConnected)
        report.engineVersion = (*findings.engine)->version;

    const bool settingsBad = findings.settings && !*findings.settings;
    report.ok =
        !settingsBad && (findings.isLocal || (report.socketConnected && report.imageAvailable));

    // One cause, one line: without an engine nothing can be said about image and network.
    report.lines.append(engineLine(findings));
    if (!findings.engine || report.socketConnected) {
        report.lines.append(line(u"image"_s,
                                 translated("Image %1").arg(findings.imageName),
                                 findings.image,
                                 u"build-image"_s));
        report.lines.append(networkLine(findings));
    }
    report.lines.append(line(u"projects"_s,
                             translated("Projects folder %1").arg(findings.projectsFolder),
                             findings.projects,
                             u"open-settings"_s));
    if (settingsBad) {
        report.lines.append(
            line(u"settings"_s, translated("Settings"), findings.settings, u"open-settings"_s));
    }
    return report;
}

} // namespace paddock::health
