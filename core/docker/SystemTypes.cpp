// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/docker/SystemTypes.h"

#include "core/base/JsonReader.h"

#include <QCoreApplication>

using namespace Qt::StringLiterals;

namespace paddock::docker {

namespace {

QString translated(const char *text)
{
    return QCoreApplication::translate("Docker", text);
}

ApiVersion readApiVersion(JsonReader &reader, QStringView key)
{
    const auto version = ApiVersion::fromText(reader.text(key));
    if (!version) {
        reader.refuse(key, u"is not an API version"_s);
        return {};
    }
    return *version;
}

} // namespace

QString ApiVersion::toText() const
{
    return u"%1.%2"_s.arg(major).arg(minor);
}

Result<ApiVersion> ApiVersion::fromText(const QString &text)
{
    const qsizetype dot = text.indexOf(u'.');
    ApiVersion version;
    bool valid = dot > 0 && text.size() <= 8;
    for (qsizetype i = 0; valid && i < text.size(); ++i) {
        const QChar c = text.at(i);
        if (i == dot)
            continue;
        if (c < u'0' || c > u'9') {
            valid = false;
            break;
        }
        int &part = i < dot ? version.major : version.minor;
        part = part * 10 + (c.unicode() - u'0');
    }
    if (!valid || dot == text.size() - 1)
        return fail(ErrorKind::ProtocolError,
                    translated("\"%1\" is not an API version.").arg(text.left(40)));
    return version;
}

bool EngineInfo::hasSecurityOption(QStringView option) const
{
    for (const QString &entry : securityOptions) {
        for (const QStringView part : QStringView(entry).split(u',')) {
            if (part == option || (part.startsWith(u"name=") && part.sliced(5) == option))
                return true;
        }
    }
    return false;
}

Result<EngineVersion> engineVersionFromJson(const QJsonObject &object)
{
    JsonReader reader(object, u"version"_s);
    EngineVersion version;
    version.version = reader.text(u"Version");
    version.api = readApiVersion(reader, u"ApiVersion");
    // Podman leaves it out in old versions.
    version.minApi =
        reader.has(u"MinAPIVersion") ? readApiVersion(reader, u"MinAPIVersion") : ApiVersion{1, 24};
    version.os = reader.optionalText(u"Os");
    version.architecture = reader.optionalText(u"Arch");
    version.kernel = reader.optionalText(u"KernelVersion");
    if (auto platform = reader.optionalObject(u"Platform"))
        version.platform = platform->optionalText(u"Name");
    for (JsonReader &component : reader.optionalObjects(u"Components")) {
        if (component.optionalText(u"Name").startsWith(u"Podman"))
            version.isPodman = true;
    }
    if (const auto error = reader.error())
        return fail(*error);
    return version;
}

Result<EngineInfo> engineInfoFromJson(const QJsonObject &object)
{
    JsonReader reader(object, u"info"_s);
    EngineInfo info;
    info.id = reader.optionalText(u"ID");
    info.name = reader.optionalText(u"Name");
    info.serverVersion = reader.optionalText(u"ServerVersion");
    info.operatingSystem = reader.optionalText(u"OperatingSystem");
    info.architecture = reader.optionalText(u"Architecture");
    info.kernel = reader.optionalText(u"KernelVersion");
    info.cpus = static_cast<int>(std::clamp<qint64>(reader.integer(u"NCPU"), 0, 1 << 20));
    info.memoryBytes = reader.integer(u"MemTotal");
    info.storageDriver = reader.optionalText(u"Driver");
    info.rootFolder = reader.optionalText(u"DockerRootDir");
    info.cgroupDriver = reader.optionalText(u"CgroupDriver");
    info.cgroupVersion = reader.optionalText(u"CgroupVersion", u"1"_s) == u"2" ? 2 : 1;
    if (const auto runtimes = reader.optionalObject(u"Runtimes"))
        info.runtimes = runtimes->raw().keys();
    info.runtimes.sort();
    info.defaultRuntime = reader.optionalText(u"DefaultRuntime");
    info.securityOptions = reader.optionalTexts(u"SecurityOptions");
    info.liveRestore = reader.optionalBoolean(u"LiveRestoreEnabled");
    info.containersRunning = reader.optionalInteger(u"ContainersRunning");
    info.warnings = reader.optionalTexts(u"Warnings");
    info.raw = object;
    if (const auto error = reader.error())
        return fail(*error);
    return info;
}

Result<Capabilities> negotiateCapabilities(const EngineVersion &engine)
{
    if (engine.api < kMinApi) {
        return fail(
            Error(ErrorKind::EngineTooOld,
                  translated("The engine %1 speaks API %2 at most; %3 is needed.")
                      .arg(engine.version, engine.api.toText(), kMinApi.toText()))
                .withRemedy(translated("Update Docker Engine to 20.10 or newer:\n"
                                       "sudo apt-get install --only-upgrade docker.io docker-ce")));
    }
    if (engine.minApi > kMaxApi) {
        return fail(Error(ErrorKind::UnsupportedOption,
                          translated("The engine %1 accepts API %2 and newer; this version of "
                                     "Paddock speaks up to %3.")
                              .arg(engine.version, engine.minApi.toText(), kMaxApi.toText()))
                        .withRemedy(translated("Update Paddock.")));
    }
    Capabilities capabilities;
    capabilities.api = std::min(engine.api, kMaxApi);
    capabilities.engineApi = engine.api;
    capabilities.engineMinApi = engine.minApi;
    capabilities.engineVersion = engine.version;
    capabilities.isPodman = engine.isPodman;
    capabilities.healthStartInterval = capabilities.api >= ApiVersion{1, 44};
    capabilities.streamTypeInContentType = capabilities.api >= ApiVersion{1, 42};
    capabilities.classicBuilder = true;
    return capabilities;
}

} // namespace paddock::docker
