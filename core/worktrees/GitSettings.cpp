// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/worktrees/GitSettings.h"

#include <QCoreApplication>

#include <algorithm>
#include <array>
#include <string_view>

using namespace Qt::StringLiterals;

namespace paddock::worktrees {

namespace {

constexpr qsizetype kMaxSettings = 100;
constexpr qsizetype kMaxIdentity = 200;
constexpr qint64 kMaxNumber = 1'000'000;

QString tr(const char *text)
{
    return QCoreApplication::translate("GitSettings", text);
}

/// What a setting can be: "bool", "number", or words separated by '|'; "bool|word" is both.
struct Allowed
{
    const char *name; // as git documents it
    const char *values;
};

// Settings of which every value only says how git shows, compares or joins things. None is
// documented to take a program, a path, an address or a pattern.
constexpr std::array kAllowed = {
    Allowed{"advice.detachedHead", "bool"},
    Allowed{"apply.ignoreWhitespace", "no|none|never|false|change"},
    Allowed{"apply.whitespace", "nowarn|warn|fix|error|error-all"},
    Allowed{"blame.date", "default|iso|rfc|short|raw|relative"},
    Allowed{"branch.autoSetupMerge", "bool|always|inherit|simple"},
    Allowed{"branch.autoSetupRebase", "never|local|remote|always"},
    Allowed{"color.ui", "bool|auto|always|never"},
    Allowed{"column.ui", "bool|auto|always|never"},
    Allowed{"commit.cleanup", "strip|whitespace|verbatim|scissors|default"},
    Allowed{"commit.status", "bool"},
    Allowed{"commit.verbose", "bool|number"},
    Allowed{"core.abbrev", "number|auto|no"},
    Allowed{"core.autocrlf", "bool|input"},
    Allowed{"core.eol", "lf|crlf|native"},
    Allowed{"core.fileMode", "bool"},
    Allowed{"core.quotePath", "bool"},
    Allowed{"core.safecrlf", "bool|warn"},
    Allowed{"diff.algorithm", "default|myers|minimal|patience|histogram"},
    Allowed{"diff.colorMoved", "bool|no|default|plain|blocks|zebra|dimmed-zebra"},
    Allowed{"diff.context", "number"},
    Allowed{"diff.indentHeuristic", "bool"},
    Allowed{"diff.interHunkContext", "number"},
    Allowed{"diff.mnemonicPrefix", "bool"},
    Allowed{"diff.noprefix", "bool"},
    Allowed{"diff.renameLimit", "number"},
    Allowed{"diff.renames", "bool|copy|copies"},
    Allowed{"format.signOff", "bool"},
    Allowed{"help.autoCorrect", "number|never|immediate|prompt"},
    Allowed{"index.threads", "bool|number"},
    Allowed{"log.abbrevCommit", "bool"},
    Allowed{"log.date", "default|iso|iso-strict|rfc|short|raw|relative|human|unix|local"},
    Allowed{"log.decorate", "bool|short|full|auto|no"},
    Allowed{"log.follow", "bool"},
    Allowed{"merge.conflictStyle", "merge|diff3|zdiff3"},
    Allowed{"merge.directoryRenames", "bool|conflict"},
    Allowed{"merge.ff", "bool|only"},
    Allowed{"merge.log", "bool|number"},
    Allowed{"merge.renameLimit", "number"},
    Allowed{"merge.renames", "bool"},
    Allowed{"merge.stat", "bool"},
    Allowed{"pull.ff", "bool|only"},
    Allowed{"pull.rebase", "bool|merges|interactive"},
    Allowed{"push.default", "nothing|current|upstream|simple|matching"},
    Allowed{"rebase.abbreviateCommands", "bool"},
    Allowed{"rebase.autoSquash", "bool"},
    Allowed{"rebase.autoStash", "bool"},
    Allowed{"rebase.missingCommitsCheck", "ignore|warn|error"},
    Allowed{"rebase.stat", "bool"},
    Allowed{"rebase.updateRefs", "bool"},
    Allowed{"rerere.autoUpdate", "bool"},
    Allowed{"rerere.enabled", "bool"},
    Allowed{"stash.showPatch", "bool"},
    Allowed{"stash.showStat", "bool"},
    Allowed{"status.branch", "bool"},
    Allowed{"status.relativePaths", "bool"},
    Allowed{"status.renames", "bool|copy|copies"},
    Allowed{"status.short", "bool"},
    Allowed{"status.showStash", "bool"},
    Allowed{"status.showUntrackedFiles", "no|normal|all"},
};

/// What is wrong with well-known names that are not allowed: said by name, so that nobody has to
/// guess. '*' at the start or the end.
struct Refused
{
    enum class Names { Program, Path, Address, File };
    const char *pattern; // lower case
    Names names;
};

constexpr std::array kRefused = {
    Refused{"include.*", Refused::Names::File},
    Refused{"includeif.*", Refused::Names::File},
    Refused{"alias.*", Refused::Names::Program},
    Refused{"pager.*", Refused::Names::Program},
    Refused{"filter.*", Refused::Names::Program},
    Refused{"credential.*", Refused::Names::Program},
    Refused{"gpg.*", Refused::Names::Program},
    Refused{"difftool.*", Refused::Names::Program},
    Refused{"mergetool.*", Refused::Names::Program},
    Refused{"man.*", Refused::Names::Program},
    Refused{"browser.*", Refused::Names::Program},
    Refused{"guitool.*", Refused::Names::Program},
    Refused{"trailer.*", Refused::Names::Program},
    Refused{"sendemail.*", Refused::Names::Program},
    Refused{"uploadpack.*", Refused::Names::Program},
    Refused{"web.*", Refused::Names::Program},
    Refused{"core.editor", Refused::Names::Program},
    Refused{"core.pager", Refused::Names::Program},
    Refused{"core.askpass", Refused::Names::Program},
    Refused{"core.sshcommand", Refused::Names::Program},
    Refused{"core.gitproxy", Refused::Names::Program},
    Refused{"core.fsmonitor*", Refused::Names::Program},
    Refused{"core.alternaterefscommand", Refused::Names::Program},
    Refused{"sequence.editor", Refused::Names::Program},
    Refused{"interactive.difffilter", Refused::Names::Program},
    Refused{"diff.external", Refused::Names::Program},
    Refused{"diff.tool", Refused::Names::Program},
    Refused{"diff.guitool", Refused::Names::Program},
    Refused{"merge.tool", Refused::Names::Program},
    Refused{"merge.guitool", Refused::Names::Program},
    Refused{"*.command", Refused::Names::Program},
    Refused{"*.cmd", Refused::Names::Program},
    Refused{"*.driver", Refused::Names::Program},
    Refused{"*.textconv", Refused::Names::Program},
    Refused{"*.program", Refused::Names::Program},
    Refused{"*.receivepack", Refused::Names::Program},
    Refused{"*.uploadpack", Refused::Names::Program},
    Refused{"core.hookspath", Refused::Names::Path},
    Refused{"core.excludesfile", Refused::Names::Path},
    Refused{"core.attributesfile", Refused::Names::Path},
    Refused{"core.worktree", Refused::Names::Path},
    Refused{"commit.template", Refused::Names::Path},
    Refused{"init.templatedir", Refused::Names::Path},
    Refused{"blame.ignorerevsfile", Refused::Names::Path},
    Refused{"safe.directory", Refused::Names::Path},
    Refused{"mailmap.*", Refused::Names::Path},
    Refused{"trace2.*", Refused::Names::Path},
    Refused{"*.path", Refused::Names::Path},
    Refused{"remote.*", Refused::Names::Address},
    Refused{"url.*", Refused::Names::Address},
    Refused{"http.*", Refused::Names::Address},
    Refused{"https.*", Refused::Names::Address},
    Refused{"submodule.*", Refused::Names::Address},
    Refused{"*.url", Refused::Names::Address},
    Refused{"*.proxy", Refused::Names::Address},
};

bool fits(std::string_view pattern, std::string_view name)
{
    if (pattern.front() == '*')
        return name.ends_with(pattern.substr(1));
    if (pattern.back() == '*')
        return name.starts_with(pattern.substr(0, pattern.size() - 1));
    return pattern == name;
}

Error wrong(const QByteArray &name, const QString &why)
{
    return Error(ErrorKind::InvalidArgument,
                 tr("The git setting %1 cannot be given to a session: %2")
                     .arg(QString::fromUtf8(name.left(100)), why))
        .withRemedy(tr("Remove it, or choose one from the list of settings."));
}

QString reasonFor(const QByteArray &lowerName)
{
    const auto refused = std::ranges::find_if(kRefused, [&](const Refused &row) {
        return fits(row.pattern,
                    std::string_view(lowerName.constData(), static_cast<size_t>(lowerName.size())));
    });
    if (refused == kRefused.end())
        return tr("it is not in the list of settings that are known to be harmless.");
    switch (refused->names) {
    case Refused::Names::Program:
        return tr("it names a program.");
    case Refused::Names::Path:
        return tr("it names a path.");
    case Refused::Names::Address:
        return tr("it names an address.");
    case Refused::Names::File:
        return tr("it reads another file.");
    }
    Q_UNREACHABLE();
}

bool isBool(const QByteArray &value)
{
    static const QList<QByteArray> words{"true", "false", "yes", "no", "on", "off", "1", "0"};
    return words.contains(value.toLower());
}

bool isNumber(const QByteArray &value)
{
    bool isWhole = false;
    const qint64 number = value.toLongLong(&isWhole);
    return isWhole && number >= 0 && number <= kMaxNumber && value[0] != '+';
}

bool hasForm(const Allowed &allowed, const QByteArray &value)
{
    for (const QByteArray &form : QByteArray(allowed.values).split('|')) {
        if (form == "bool" ? isBool(value) : form == "number" ? isNumber(value) : value == form)
            return true;
    }
    return false;
}

bool isPlain(const QString &text)
{
    return text.size() <= kMaxIdentity && text.trimmed() == text &&
           std::none_of(text.begin(), text.end(), [](QChar c) {
               return c == u'<' || c == u'>' || c.category() == QChar::Other_Control ||
                      c.category() == QChar::Other_Format || c == QChar::LineSeparator ||
                      c == QChar::ParagraphSeparator;
           });
}

} // namespace

Result<QList<GitSetting>> checkedGitSettings(const QList<GitSetting> &settings)
{
    if (settings.size() > kMaxSettings)
        return fail(Error(ErrorKind::InvalidArgument,
                          tr("There are more than %1 git settings.").arg(kMaxSettings)));
    QList<GitSetting> checked;
    for (const auto &[name, value] : settings) {
        const QByteArray lower = name.toLower();
        const auto allowed = std::ranges::find_if(
            kAllowed, [&](const Allowed &row) { return QByteArray(row.name).toLower() == lower; });
        if (allowed == kAllowed.end())
            return fail(wrong(name, reasonFor(lower)));
        if (value.isEmpty() || !hasForm(*allowed, value))
            return fail(wrong(name,
                              tr("its value can be: %1.")
                                  .arg(QString::fromLatin1(allowed->values)
                                           .replace(u"bool"_s, u"true|false"_s)
                                           .replace(u"|"_s, u", "_s))));
        checked.removeIf([&](const GitSetting &earlier) { return earlier.first == allowed->name; });
        checked.append({allowed->name, value});
    }
    return checked;
}

QList<std::pair<QString, QString>> allowedGitSettings()
{
    QList<std::pair<QString, QString>> list;
    for (const Allowed &row : kAllowed)
        list.append({QString::fromLatin1(row.name), QString::fromLatin1(row.values)});
    return list;
}

Result<Done> checkIdentity(const QString &name, const QString &email)
{
    if (isPlain(name) && isPlain(email))
        return Done{};
    return fail(Error(ErrorKind::InvalidArgument,
                      tr("This name or e-mail address cannot be used in commits."))
                    .withDetail(u"%1 <%2>"_s.arg(name.left(100), email.left(100)))
                    .withRemedy(tr("Use one line without '<' and '>'.")));
}

} // namespace paddock::worktrees
