// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/policy/SandboxProfile.h"

#include <QCoreApplication>

#include <algorithm>
#include <array>

using namespace Qt::StringLiterals;

namespace paddock::policy {

namespace {

QString translated(const char *text)
{
    return QCoreApplication::translate("SandboxProfile", text);
}

struct ModeName
{
    NetworkMode mode;
    const char16_t *name;
};

constexpr std::array kModes = {
    ModeName{NetworkMode::Gated, u"gated"},
    ModeName{NetworkMode::None, u"none"},
    ModeName{NetworkMode::Bridge, u"bridge"},
    ModeName{NetworkMode::Named, u"named"},
};

} // namespace

QString networkModeName(NetworkMode mode)
{
    const auto row = std::ranges::find(kModes, mode, &ModeName::mode);
    return QString::fromUtf16(row->name);
}

Result<NetworkMode> networkModeFromName(const QString &name)
{
    for (const ModeName &row : kModes) {
        if (name == QStringView(row.name))
            return row.mode;
    }
    if (name == u"host" || name.startsWith(u"container:")) {
        return fail(
            Error(ErrorKind::SecurityViolation,
                  translated("The network \"%1\" would give an agent the network of something "
                             "else.")
                      .arg(name))
                .withRemedy(translated("Choose gated, none, bridge or a network of its own.")));
    }
    return fail(Error(ErrorKind::InvalidConfig, translated("\"%1\" is no network mode.").arg(name))
                    .withRemedy(translated("Choose gated, none, bridge or named.")));
}

SandboxProfile agentProfile()
{
    SandboxProfile profile;
    profile.name = u"agent"_s;
    profile.title = translated("Agent");
    return profile;
}

SandboxProfile minimalProfile()
{
    SandboxProfile profile;
    profile.name = u"minimal"_s;
    profile.title = translated("Minimal");
    profile.limits.memoryBytes = 512 * kMiB;
    profile.limits.cpuMilli = 1000;
    profile.limits.pids = 256;
    profile.limits.shmBytes = 64 * kMiB;
    return profile;
}

QList<SandboxProfile> builtInProfiles()
{
    return {agentProfile(), minimalProfile()};
}

Result<SandboxProfile> builtInProfile(const QString &name)
{
    QStringList names;
    for (const SandboxProfile &profile : builtInProfiles()) {
        if (profile.name == name)
            return profile;
        names.append(profile.name);
    }
    return fail(Error(ErrorKind::NotFound,
                      translated("There is no sandbox profile named \"%1\".").arg(name))
                    .withRemedy(translated("Choose one of: %1.").arg(names.join(u", "_s))));
}

} // namespace paddock::policy
