// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/settings/Settings.h"

#include "core/base/Bytes.h"
#include "core/base/JsonReader.h"
#include "core/base/XdgPaths.h"

#include <QCoreApplication>
#include <QDir>
#include <QFile>
#include <QJsonDocument>
#include <QRegularExpression>
#include <QSaveFile>

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

using namespace Qt::StringLiterals;

namespace paddock::settings {

namespace {

constexpr qint64 kMaxFileBytes = 1024 * 1024;

QString translated(const char *text)
{
    return QCoreApplication::translate("Settings", text);
}

Error invalid(const QString &message, const QString &remedy)
{
    return Error(ErrorKind::InvalidConfig, message).withRemedy(remedy);
}

Result<ExecutionMode> modeOf(const QString &text)
{
    const QString word = text.trimmed().toLower();
    if (word == u"docker")
        return ExecutionMode::Docker;
    if (word == u"local")
        return ExecutionMode::Local;
    return fail(invalid(translated("\"%1\" is no execution mode.").arg(text),
                        translated("Write docker or local.")));
}

Result<bool> switchOf(const QString &text)
{
    const QString word = text.trimmed().toLower();
    if (QStringList{u"true"_s, u"1"_s, u"yes"_s, u"on"_s}.contains(word))
        return true;
    if (QStringList{u"false"_s, u"0"_s, u"no"_s, u"off"_s}.contains(word))
        return false;
    return fail(invalid(translated("\"%1\" is neither on nor off.").arg(text),
                        translated("Write true or false.")));
}

Result<DockerAccess> accessOf(const QString &text)
{
    const QString word = text.trimmed().toLower();
    if (word == u"none")
        return DockerAccess::None;
    if (word == u"socket")
        return DockerAccess::Socket;
    return fail(invalid(translated("\"%1\" is no form of access to the engine.").arg(text),
                        translated("Write none or socket.")));
}

Result<qint64> memoryOf(const QString &text)
{
    const auto bytes = parseByteSize(text);
    if (!bytes)
        return fail(invalid(bytes.error().message, bytes.error().remedy));
    if (*bytes < 32 * kMiB || *bytes > qint64{1} << 50) {
        return fail(invalid(translated("A memory limit of %1 is not possible.").arg(text),
                            translated("Give 32 MiB or more, for example 4g.")));
    }
    return *bytes;
}

Result<int> cpuMilliOf(const QString &text)
{
    static const QRegularExpression form(uR"(\A\s*\d{1,4}(\.\d{1,3})?\s*\z)"_s);
    const double cpus = text.trimmed().toDouble();
    if (!form.match(text).hasMatch() || cpus < 0.01 || cpus > 1024) {
        return fail(invalid(translated("\"%1\" is no number of CPUs.").arg(text),
                            translated("Write a number such as 2 or 1.5.")));
    }
    return static_cast<int>(std::lround(cpus * 1000));
}

Result<int> wholeOf(const QString &text, int least, int most)
{
    bool ok = false;
    const int value = text.trimmed().toInt(&ok);
    if (!ok || value < least || value > most) {
        return fail(invalid(translated("\"%1\" is not a whole number from %2 to %3.")
                                .arg(text)
                                .arg(least)
                                .arg(most),
                            translated("Correct the number.")));
    }
    return value;
}

Result<QString> imageOf(const QString &text)
{
    static const QRegularExpression form(uR"(\A[A-Za-z0-9][A-Za-z0-9._/:@-]{0,254}\z)"_s);
    const QString reference = text.trimmed();
    if (!form.match(reference).hasMatch() || reference.contains(u"..")) {
        return fail(
            invalid(translated("\"%1\" is no name of an image.").arg(text),
                    translated("Write a name such as claude-agent-base or example/tools:1.2.")));
    }
    return reference;
}

Result<QString> runtimeOf(const QString &text)
{
    static const QRegularExpression form(uR"(\A[A-Za-z0-9][A-Za-z0-9._-]{0,63}\z)"_s);
    if (!form.match(text.trimmed()).hasMatch()) {
        return fail(invalid(translated("\"%1\" is no name of a runtime.").arg(text),
                            translated("Write a name that docker info lists, for example runsc.")));
    }
    return text.trimmed();
}

Result<QString> pathOf(const QString &text, const QString &home)
{
    QString path = text;
    if (path == u"~" || path.startsWith(u"~/"))
        path = home + path.mid(1);
    if (!path.startsWith(u'/') || path.contains(QChar::Null)) {
        return fail(invalid(translated("\"%1\" is not an absolute path.").arg(text),
                            translated("Write the whole path, or one that begins with ~/.")));
    }
    return QDir::cleanPath(path);
}

Result<QString> socketOf(const QString &text, const QString &home)
{
    QString path = text;
    if (path.startsWith(u"unix://"))
        path.remove(0, 7);
    else if (path.contains(u"://")) {
        return fail(invalid(translated("\"%1\" is not a socket of this machine.").arg(text),
                            translated("Write the path of a unix socket.")));
    }
    return pathOf(path, home);
}

QString modeText(ExecutionMode mode)
{
    return mode == ExecutionMode::Docker ? u"docker"_s : u"local"_s;
}

QString cpuText(int milli)
{
    return QString::number(static_cast<double>(milli) / 1000.0, 'g', 7);
}

/// One setting: its names, how its text becomes a value, how the value becomes text.
struct Definition
{
    const char16_t *key;
    const char16_t *variable;
    Result<Done> (*apply)(Values &, const QString &text, const QString &home, ValueOrigin);
    SettingRow (*row)(const Values &);
};

/// Sets \a setting when \a parsed is fine.
template <typename T>
Result<Done> take(Setting<T> &setting, Result<T> parsed, ValueOrigin origin)
{
    if (!parsed)
        return fail(std::move(parsed).error());
    setting = {std::move(*parsed), origin};
    return Done{};
}

constexpr std::array kDefinitions = {
    Definition{
        u"executionMode",
        u"AGENT_MODE",
        [](Values &v, const QString &t, const QString &, ValueOrigin o) {
            return take(v.executionMode, modeOf(t), o);
        },
        [](const Values &v) {
            return SettingRow{{}, {}, modeText(v.executionMode.value), v.executionMode.origin};
        }},
    Definition{u"defaultImage",
               u"AGENT_DEFAULT_IMAGE",
               [](Values &v, const QString &t, const QString &, ValueOrigin o) {
                   return take(v.defaultImage, imageOf(t), o);
               },
               [](const Values &v) {
                   return SettingRow{{}, {}, v.defaultImage.value, v.defaultImage.origin};
               }},
    Definition{
        u"memoryLimit",
        u"AGENT_MEMORY_LIMIT",
        [](Values &v, const QString &t, const QString &, ValueOrigin o) {
            return take(v.memoryLimit, memoryOf(t), o);
        },
        [](const Values &v) {
            return SettingRow{{}, {}, formatByteSize(v.memoryLimit.value), v.memoryLimit.origin};
        }},
    Definition{u"cpuLimit",
               u"AGENT_CPU_LIMIT",
               [](Values &v, const QString &t, const QString &, ValueOrigin o) {
                   return take(v.cpuMilli, cpuMilliOf(t), o);
               },
               [](const Values &v) {
                   return SettingRow{{}, {}, cpuText(v.cpuMilli.value), v.cpuMilli.origin};
               }},
    Definition{
        u"pidsLimit",
        u"AGENT_PIDS_LIMIT",
        [](Values &v, const QString &t, const QString &, ValueOrigin o) {
            return take(v.pidsLimit, wholeOf(t, 16, 4'194'304), o);
        },
        [](const Values &v) {
            return SettingRow{{}, {}, QString::number(v.pidsLimit.value), v.pidsLimit.origin};
        }},
    Definition{u"dockerAccess",
               u"AGENT_DOCKER_ACCESS",
               [](Values &v, const QString &t, const QString &, ValueOrigin o) {
                   return take(v.dockerAccess, accessOf(t), o);
               },
               [](const Values &v) {
                   return SettingRow{{},
                                     {},
                                     v.dockerAccess.value == DockerAccess::Socket ? u"socket"_s
                                                                                  : u"none"_s,
                                     v.dockerAccess.origin};
               }},
    Definition{u"runtime",
               u"AGENT_RUNTIME",
               [](Values &v, const QString &t, const QString &, ValueOrigin o) {
                   return take(v.runtime, runtimeOf(t), o);
               },
               [](const Values &v) {
                   return SettingRow{{}, {}, v.runtime.value, v.runtime.origin};
               }},
    Definition{u"maxConcurrent",
               u"AGENT_MAX_CONCURRENT",
               [](Values &v, const QString &t, const QString &, ValueOrigin o) {
                   return take(v.maxConcurrent, wholeOf(t, 1, 1000), o);
               },
               [](const Values &v) {
                   return SettingRow{
                       {}, {}, QString::number(v.maxConcurrent.value), v.maxConcurrent.origin};
               }},
    Definition{u"dockerSocket",
               u"DOCKER_SOCKET",
               [](Values &v, const QString &t, const QString &home, ValueOrigin o) {
                   return take(v.dockerSocket, socketOf(t, home), o);
               },
               [](const Values &v) {
                   return SettingRow{{}, {}, v.dockerSocket.value, v.dockerSocket.origin};
               }},
    Definition{u"projectsRoot",
               u"PROJECTS_ROOT",
               [](Values &v, const QString &t, const QString &home, ValueOrigin o) {
                   return take(v.projectsRoot, pathOf(t, home), o);
               },
               [](const Values &v) {
                   return SettingRow{{}, {}, v.projectsRoot.value, v.projectsRoot.origin};
               }},
};

Values defaults(const QString &home)
{
    Values values;
    values.executionMode.value = ExecutionMode::Docker;
    values.defaultImage.value = u"claude-agent-base"_s;
    values.memoryLimit.value = 4 * kGiB;
    values.cpuMilli.value = 2000;
    values.pidsLimit.value = 512;
    values.dockerAccess.value = DockerAccess::None;
    values.maxConcurrent.value = 4;
    values.projectsRoot.value = home + u"/projects"_s;
    return values;
}

/// The object of the file; an empty one when there is no file.
Result<QJsonObject> readFile(const QString &path)
{
    QFile file(path);
    if (!file.exists())
        return QJsonObject();
    if (!file.open(QIODevice::ReadOnly)) {
        return fail(
            Error(ErrorKind::IoFailed, translated("The settings file %1 cannot be read.").arg(path))
                .withDetail(file.errorString())
                .withRemedy(translated("Correct its permissions, or remove it.")));
    }
    auto object = parseJsonObject(file.read(kMaxFileBytes + 1), {.maxBytes = kMaxFileBytes});
    if (!object) {
        return fail(invalid(translated("The settings file %1 is not valid.").arg(path),
                            translated("Correct it, or remove it to begin with the defaults."))
                        .withDetail(object.error().toString()));
    }
    return object;
}

/// Text of a value as a person or a script may have written it; nothing for lists and objects.
std::optional<QString> textOf(const QJsonValue &value)
{
    if (value.isString())
        return value.toString();
    if (value.isDouble())
        return QString::number(value.toDouble(), 'g', 15);
    if (value.isBool())
        return value.toBool() ? u"true"_s : u"false"_s;
    return std::nullopt;
}

const Definition *definitionOf(const QString &key)
{
    const auto found = std::ranges::find_if(
        kDefinitions, [&key](const Definition &d) { return key == QStringView(d.key); });
    return found == kDefinitions.end() ? nullptr : &*found;
}

} // namespace

QString originName(ValueOrigin origin)
{
    switch (origin) {
    case ValueOrigin::Default:
        return u"default"_s;
    case ValueOrigin::ConfigFile:
        return u"file"_s;
    case ValueOrigin::Environment:
        return u"environment"_s;
    }
    Q_UNREACHABLE();
}

Settings Settings::load(const QString &configFolder,
                        const QProcessEnvironment &environment,
                        const QString &home)
{
    Settings settings;
    settings.m_configFolder = configFolder;
    settings.m_environment = environment;
    settings.m_home = home;
    settings.read();
    return settings;
}

QString Settings::filePath() const
{
    return m_configFolder + u"/settings.json"_s;
}

void Settings::read()
{
    m_values = defaults(m_home);
    m_problems.clear();
    m_notices.clear();

    const auto file = readFile(filePath());
    if (!file)
        m_problems.append(file.error());
    const auto apply = [this](const Definition &definition,
                              const QString &text,
                              ValueOrigin origin,
                              const QString &where) {
        // Blank is "not set": scripts export empty variables.
        if (text.trimmed().isEmpty())
            return;
        const auto taken = definition.apply(m_values, text, m_home, origin);
        if (!taken) {
            Error problem = taken.error();
            problem.message = where + u": "_s + problem.message;
            m_problems.append(problem);
        }
    };
    for (const Definition &definition : kDefinitions) {
        const QString key = QString::fromUtf16(definition.key);
        if (file && file->contains(key)) {
            const auto text = textOf(file->value(key));
            if (text)
                apply(definition, *text, ValueOrigin::ConfigFile, filePath() + u' ' + key);
            else
                m_problems.append(
                    invalid(translated("%1 %2: this is not a single value.").arg(filePath(), key),
                            translated("Write a text or a number.")));
        }
        const QString variable = QString::fromUtf16(definition.variable);
        apply(definition, m_environment.value(variable), ValueOrigin::Environment, variable);
    }
    readSandboxSwitch();
}

/// SANDBOX_ENABLED=false is an older word for AGENT_MODE=local; AGENT_MODE wins.
void Settings::readSandboxSwitch()
{
    const QString text = m_environment.value(u"SANDBOX_ENABLED"_s);
    if (text.trimmed().isEmpty())
        return;
    const auto enabled = switchOf(text);
    if (!enabled) {
        Error problem = enabled.error();
        problem.message = u"SANDBOX_ENABLED: "_s + problem.message;
        m_problems.append(problem);
        return;
    }
    const auto asked = *enabled ? ExecutionMode::Docker : ExecutionMode::Local;
    if (m_values.executionMode.origin != ValueOrigin::Environment) {
        // Switched on it only says what is the default; it does not undo the file.
        if (!*enabled)
            m_values.executionMode = {asked, ValueOrigin::Environment};
        return;
    }
    if (m_values.executionMode.value != asked) {
        m_notices.append(translated("AGENT_MODE=%1 wins over SANDBOX_ENABLED=%2.")
                             .arg(modeText(m_values.executionMode.value), text.trimmed()));
    }
}

std::optional<Error> Settings::error() const
{
    if (m_problems.isEmpty())
        return std::nullopt;
    if (m_problems.size() == 1)
        return m_problems.first();
    QStringList all;
    for (const Error &problem : m_problems)
        all.append(problem.message);
    return Error(ErrorKind::InvalidConfig, translated("Several settings are not valid."))
        .withDetail(all.join(u' '))
        .withRemedy(m_problems.first().remedy);
}

QList<SettingRow> Settings::rows() const
{
    QList<SettingRow> all;
    for (const Definition &definition : kDefinitions) {
        SettingRow row = definition.row(m_values);
        row.key = QString::fromUtf16(definition.key);
        row.variable = QString::fromUtf16(definition.variable);
        all.append(row);
    }
    return all;
}

Result<Done> Settings::set(const QString &key, const QString &text)
{
    const Definition *definition = definitionOf(key);
    if (!definition) {
        QStringList keys;
        for (const Definition &known : kDefinitions)
            keys.append(QString::fromUtf16(known.key));
        return fail(Error(ErrorKind::NotFound, translated("There is no setting \"%1\".").arg(key))
                        .withRemedy(translated("Use one of: %1.").arg(keys.join(u", "_s))));
    }
    Values scratch = m_values;
    const bool removes = text.trimmed().isEmpty();
    if (!removes) {
        if (auto fine = definition->apply(scratch, text, m_home, ValueOrigin::ConfigFile); !fine)
            return fine;
    }
    // A file that cannot be read is not overwritten: it may hold more than is understood here.
    auto object = readFile(filePath());
    if (!object)
        return fail(object.error());
    if (removes)
        object->remove(key);
    else
        object->insert(key, text.trimmed());
    if (auto made = makePrivateFolder(m_configFolder); !made)
        return made;
    QSaveFile file(filePath());
    const QByteArray bytes = QJsonDocument(*object).toJson();
    if (!file.open(QIODevice::WriteOnly) || file.write(bytes) != bytes.size() || !file.commit()) {
        return fail(
            Error(ErrorKind::IoFailed,
                  translated("The settings file %1 cannot be written.").arg(filePath()))
                .withDetail(file.errorString())
                .withRemedy(translated("Check the free space and the permissions of the folder.")));
    }
    read();
    return Done{};
}

} // namespace paddock::settings
