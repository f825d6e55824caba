// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/Result.h"

#include <QList>
#include <QProcessEnvironment>
#include <QString>
#include <QStringList>

#include <optional>

namespace paddock::settings {

/// Where a value comes from; a later one wins over an earlier one.
enum class ValueOrigin { Default, ConfigFile, Environment };
/// "default", "file", "environment".
[[nodiscard]] QString originName(ValueOrigin origin);

template <typename T>
struct Setting
{
    T value{};
    ValueOrigin origin = ValueOrigin::Default;

    bool operator==(const Setting &) const = default;
};

enum class ExecutionMode { Docker, Local };
enum class DockerAccess { None, Socket };

/// Every setting, with where it comes from. Value type.
struct Values
{
    Setting<ExecutionMode> executionMode; ///< AGENT_MODE, and SANDBOX_ENABLED=false for local
    Setting<QString> defaultImage;        ///< AGENT_DEFAULT_IMAGE
    Setting<qint64> memoryLimit;          ///< AGENT_MEMORY_LIMIT, bytes
    Setting<int> cpuMilli;                ///< AGENT_CPU_LIMIT in thousandths
    Setting<int> pidsLimit;               ///< AGENT_PIDS_LIMIT
    Setting<DockerAccess> dockerAccess;   ///< AGENT_DOCKER_ACCESS
    Setting<QString> runtime;             ///< AGENT_RUNTIME; empty: the engine's default
    Setting<int> maxConcurrent;           ///< AGENT_MAX_CONCURRENT
    Setting<QString> dockerSocket;        ///< DOCKER_SOCKET; empty: discovered
    Setting<QString> projectsRoot;        ///< PROJECTS_ROOT, absolute

    bool operator==(const Values &) const = default;
};

/// One setting as text, for listings and dialogs.
struct SettingRow
{
    QString key;      ///< in the file: "memoryLimit"
    QString variable; ///< "AGENT_MEMORY_LIMIT"
    QString text;     ///< as a person would write it: "4 GiB"
    ValueOrigin origin = ValueOrigin::Default;
};

/// The settings of one installation: defaults, then $XDG_CONFIG_HOME/paddock/settings.json, then
/// the environment. A value that cannot be read is never replaced silently: it is in problems(),
/// and nothing that depends on settings may start while there are any. Main thread.
class Settings
{
public:
    /// Reads what there is. A missing file is no problem. \a home is for the default of
    /// projectsRoot and for a leading "~/".
    [[nodiscard]] static Settings
    load(const QString &configFolder, const QProcessEnvironment &environment, const QString &home);

    [[nodiscard]] const Values &values() const { return m_values; }
    /// Each InvalidConfig (or IoFailed) with the name of the variable or key, and what is accepted.
    [[nodiscard]] const QList<Error> &problems() const { return m_problems; }
    /// All problems as one error; nothing when there are none.
    [[nodiscard]] std::optional<Error> error() const;
    /// Sentences worth showing once, for example that AGENT_MODE wins over SANDBOX_ENABLED.
    [[nodiscard]] const QStringList &notices() const { return m_notices; }
    [[nodiscard]] QList<SettingRow> rows() const;
    [[nodiscard]] QString filePath() const;

    /// Checks \a text, writes it to the file (atomically, keeping what it does not know) and takes
    /// it over unless the environment sets the same. An empty \a text removes the key. NotFound for
    /// an unknown key, InvalidConfig for a bad value, IoFailed when the file cannot be written.
    [[nodiscard]] Result<Done> set(const QString &key, const QString &text);

private:
    Settings() = default;
    void read();
    void readSandboxSwitch();

    QString m_configFolder;
    QProcessEnvironment m_environment;
    QString m_home;
    Values m_values;
    QList<Error> m_problems;
    QStringList m_notices;
};

} // namespace paddock::settings
