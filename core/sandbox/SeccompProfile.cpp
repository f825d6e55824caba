// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/sandbox/SeccompProfile.h"

#include "core/base/JsonReader.h"

#include <QCoreApplication>
#include <QFile>
#include <QJsonDocument>
#include <QSet>

#include <cerrno>
#include <optional>

using namespace Qt::StringLiterals;

// Resources of a static library are only linked in when somebody asks for them; the macro cannot be
// used inside a namespace.
static void initialiseResources()
{
    Q_INIT_RESOURCE(paddock_seccomp);
}

namespace paddock::sandbox {

namespace {

QString translated(const char *text)
{
    return QCoreApplication::translate("SeccompProfile", text);
}

/// "0x7e020000" or "17".
std::optional<qint64> numberOf(const QString &text)
{
    bool ok = false;
    const qint64 value = text.toLongLong(&ok, 0);
    if (!ok || value < 0 || value > 0xffffffff)
        return std::nullopt;
    return value;
}

bool isFor(const JsonReader &rule, const QString &architecture)
{
    const QJsonArray only = rule.value(u"architectures").toArray();
    return only.isEmpty() || only.contains(architecture);
}

/// Collects the rules of one profile and what is wrong with the list.
class Builder
{
public:
    explicit Builder(QString architecture)
        : m_architecture(std::move(architecture))
    {
    }

    void allow(JsonReader rule)
    {
        if (isFor(rule, m_architecture))
            m_unconditional += rule.texts(u"names");
    }

    void allowWhen(JsonReader rule)
    {
        if (!isFor(rule, m_architecture))
            return;
        const QStringList names = rule.texts(u"names");
        const QJsonArray alternatives =
            rule.has(u"anyOf") ? rule.value(u"anyOf").toArray() : QJsonArray{rule.value(u"when")};
        for (const QJsonValue &conditions : alternatives) {
            QJsonArray arguments;
            QSet<int> seen;
            for (const QJsonValue &condition : conditions.toArray()) {
                const int argument = condition[u"argument"].toInt(-1);
                const auto equals = numberOf(condition[u"equals"].toString());
                const auto mask = condition[u"mask"].isUndefined()
                                      ? std::optional<qint64>(-1)
                                      : numberOf(condition[u"mask"].toString());
                // Two conditions on one argument are an "or" to the runtime, not an "and".
                if (argument < 0 || argument > 5 || !equals || !mask || seen.contains(argument))
                    return complain(names);
                seen.insert(argument);
                arguments.append(*mask < 0 ? equal(argument, *equals)
                                           : masked(argument, *mask, *equals));
            }
            if (arguments.isEmpty())
                return complain(names);
            append(names, arguments);
        }
    }

    void allowExcept(JsonReader rule)
    {
        const QStringList names = rule.texts(u"names");
        const auto argument = static_cast<int>(rule.integer(u"argument"));
        QList<quint32> values;
        for (const QString &text : rule.texts(u"values")) {
            const auto value = numberOf(text);
            if (!value)
                return complain(names);
            values.append(static_cast<quint32>(*value));
        }
        if (argument < 0 || argument > 5 || values.isEmpty())
            return complain(names);
        for (const MaskedBlock &block : everythingExcept(values))
            append(names, {masked(argument, block.mask, block.value)});
    }

    void notImplemented(const QStringList &names)
    {
        m_rules.append(QJsonObject{{u"names"_s, QJsonArray::fromStringList(names)},
                                   {u"action"_s, u"SCMP_ACT_ERRNO"_s},
                                   {u"errnoRet"_s, ENOSYS}});
    }

    [[nodiscard]] Result<QJsonObject> profile(const QString &architecture) const
    {
        if (!m_wrong.isEmpty() || m_unconditional.isEmpty()) {
            return fail(Error(ErrorKind::InvalidConfig,
                              translated("The list of system calls is not valid."))
                            .withDetail(m_wrong.join(u' ')));
        }
        QJsonArray rules{QJsonObject{{u"names"_s, QJsonArray::fromStringList(m_unconditional)},
                                     {u"action"_s, u"SCMP_ACT_ALLOW"_s}}};
        for (const QJsonValue &rule : m_rules)
            rules.append(rule);
        return QJsonObject{{u"defaultAction"_s, u"SCMP_ACT_ERRNO"_s},
                           {u"architectures"_s, QJsonArray{architecture}},
                           {u"syscalls"_s, rules}};
    }

private:
    void complain(const QStringList &names) { m_wrong += names; }

    void append(const QStringList &names, const QJsonArray &arguments)
    {
        m_rules.append(QJsonObject{{u"names"_s, QJsonArray::fromStringList(names)},
                                   {u"action"_s, u"SCMP_ACT_ALLOW"_s},
                                   {u"args"_s, arguments}});
    }

    static QJsonObject equal(int argument, qint64 value)
    {
        return {{u"index"_s, argument}, {u"op"_s, u"SCMP_CMP_EQ"_s}, {u"value"_s, value}};
    }

    static QJsonObject masked(int argument, qint64 mask, qint64 value)
    {
        return {{u"index"_s, argument},
                {u"op"_s, u"SCMP_CMP_MASKED_EQ"_s},
                {u"value"_s, mask},
                {u"valueTwo"_s, value}};
    }

    QString m_architecture;
    QStringList m_unconditional;
    QJsonArray m_rules;
    QStringList m_wrong;
};

void cover(quint32 value, int freeBits, const QList<quint32> &excluded, QList<MaskedBlock> &blocks)
{
    const quint32 mask = freeBits == 32 ? 0 : ~quint32{0} << freeBits;
    QList<quint32> within;
    for (const quint32 number : excluded) {
        if ((number & mask) == value)
            within.append(number);
    }
    if (within.isEmpty()) {
        blocks.append({mask, value});
        return;
    }
    if (freeBits == 0)
        return;
    cover(value, freeBits - 1, within, blocks);
    cover(value | (quint32{1} << (freeBits - 1)), freeBits - 1, within, blocks);
}

} // namespace

QList<MaskedBlock> everythingExcept(QList<quint32> excluded)
{
    QList<MaskedBlock> blocks;
    cover(0, 32, excluded, blocks);
    return blocks;
}

Result<QJsonObject> seccompProfileFrom(const QJsonObject &list, const QString &architecture)
{
    JsonReader reader(list, u"system calls"_s);
    const QString name = reader.object(u"architectures").optionalText(architecture);
    if (name.isEmpty()) {
        return fail(Error(ErrorKind::UnsupportedOption,
                          translated("There is no system call filter for the architecture \"%1\".")
                              .arg(architecture))
                        .withRemedy(translated("Use an engine on x86_64 or aarch64.")));
    }
    Builder builder(architecture);
    for (const JsonReader &rule : reader.objects(u"allow"))
        builder.allow(rule);
    for (const JsonReader &rule : reader.objects(u"conditional"))
        builder.allowWhen(rule);
    for (const JsonReader &rule : reader.objects(u"except"))
        builder.allowExcept(rule);
    builder.notImplemented(reader.object(u"notImplemented").texts(u"names"));
    if (auto error = reader.error())
        return fail(*error);
    return builder.profile(name);
}

Result<QByteArray> seccompProfile(const QString &architecture)
{
    initialiseResources();
    QFile file(u":/paddock/seccomp/system-calls.json"_s);
    if (!file.open(QIODevice::ReadOnly)) {
        return fail(ErrorKind::Internal,
                    translated("The list of system calls is missing from the program."));
    }
    const auto list = parseJsonObject(file.readAll());
    if (!list)
        return fail(list.error());
    const auto profile = seccompProfileFrom(*list, architecture);
    if (!profile)
        return fail(profile.error());
    return QJsonDocument(*profile).toJson(QJsonDocument::Compact);
}

} // namespace paddock::sandbox
