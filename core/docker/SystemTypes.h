// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/Result.h"

#include <QJsonObject>
#include <QString>
#include <QStringList>

#include <compare>

namespace paddock::docker {

/// "1.41". Value type.
struct ApiVersion
{
    int major = 0;
    int minor = 0;

    auto operator<=>(const ApiVersion &) const = default;
    [[nodiscard]] QString toText() const;
    /// ProtocolError for anything but two small numbers.
    [[nodiscard]] static Result<ApiVersion> fromText(const QString &text);
};

/// The oldest and newest versions of the Engine API that this client speaks. Debian 12 ships 1.41.
inline constexpr ApiVersion kMinApi{1, 41};
inline constexpr ApiVersion kMaxApi{1, 51};

/// What the negotiated engine can do. Features ask this, never a version number.
struct Capabilities
{
    ApiVersion api;          ///< the version spoken
    ApiVersion engineApi;    ///< the newest the engine speaks
    ApiVersion engineMinApi; ///< the oldest the engine accepts
    QString engineVersion;   ///< "20.10.24"
    bool isPodman = false;
    bool healthStartInterval = false;     ///< Healthcheck.StartInterval is known
    bool streamTypeInContentType = false; ///< attach and logs say whether they are framed
    bool classicBuilder = true;           ///< POST /build without a BuildKit session

    bool operator==(const Capabilities &) const = default;
};

/// GET /version.
struct EngineVersion
{
    QString version;
    ApiVersion api;
    ApiVersion minApi;
    QString os;
    QString architecture;
    QString kernel;
    QString platform; ///< "Docker Engine - Community"; may be empty
    bool isPodman = false;
};

/// GET /info, the part that decides what a sandbox can have.
struct EngineInfo
{
    QString id;
    QString name;
    QString serverVersion;
    QString operatingSystem;
    QString architecture;
    QString kernel;
    int cpus = 0;
    qint64 memoryBytes = 0;
    QString storageDriver;
    QString rootFolder;
    QString cgroupDriver;
    int cgroupVersion = 1;
    QStringList runtimes; ///< names, sorted
    QString defaultRuntime;
    QStringList securityOptions; ///< as the engine gives them: "name=seccomp,profile=default"
    bool liveRestore = false;
    qint64 containersRunning = 0;
    QStringList warnings;
    QJsonObject raw;

    /// True when securityOptions names \a option: "seccomp", "apparmor", "selinux", "rootless",
    /// "userns".
    [[nodiscard]] bool hasSecurityOption(QStringView option) const;
    [[nodiscard]] bool isRootless() const { return hasSecurityOption(u"rootless"); }
};

[[nodiscard]] Result<EngineVersion> engineVersionFromJson(const QJsonObject &object);
[[nodiscard]] Result<EngineInfo> engineInfoFromJson(const QJsonObject &object);

/// Chooses the version to speak. EngineTooOld below kMinApi; UnsupportedOption when the engine
/// accepts nothing as old as kMaxApi.
[[nodiscard]] Result<Capabilities> negotiateCapabilities(const EngineVersion &engine);

} // namespace paddock::docker
