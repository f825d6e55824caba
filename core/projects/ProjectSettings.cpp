// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/projects/ProjectSettings.h"

#include <QCoreApplication>

#include <algorithm>
#include <array>

using namespace Qt::StringLiterals;

namespace paddock::projects {

namespace {

constexpr std::array<const char *, 3> kIsolations{"always", "concurrent", "never"};
constexpr qsizetype kLongestText = 255;
constexpr qsizetype kLongestPath = 4000;
constexpr qsizetype kMostBranches = 100;
constexpr int kOwnersBits = 0700;

QString tr(const char *text)
{
    return QCoreApplication::translate("ProjectSettings", text);
}

bool isPlain(const QString &text, qsizetype longest)
{
    const auto isBad = [](QChar c) { return !c.isPrint() && !c.isSurrogate(); };
    return text.size() <= longest && text.isValidUtf16() && !std::ranges::any_of(text, isBad);
}

tl::unexpected<Error> wrong(const QString &message, const QString &remedy)
{
    return fail(Error(ErrorKind::InvalidArgument, message).withRemedy(remedy));
}

} // namespace

QString isolationName(Isolation isolation)
{
    return QString::fromLatin1(kIsolations.at(static_cast<std::size_t>(isolation)));
}

std::optional<Isolation> isolationFromName(QStringView name)
{
    for (std::size_t i = 0; i < kIsolations.size(); ++i) {
        if (name == QLatin1StringView(kIsolations.at(i)))
            return static_cast<Isolation>(i);
    }
    return std::nullopt;
}

Result<ProjectSettings> checkedSettings(const ProjectSettings &settings)
{
    ProjectSettings checked = settings;
    checked.image = settings.image.trimmed();
    if (!isPlain(checked.image, kLongestText) || checked.image.contains(u' ') ||
        checked.image.startsWith(u'-'))
        return wrong(tr("\"%1\" cannot be the name of an image.").arg(checked.image),
                     tr("Use a name as docker has it, such as claude-agent-base:latest."));
    if (!isPlain(settings.worktreesRoot, kLongestPath))
        return wrong(tr("The folder for worktrees has a name that cannot be used."),
                     tr("Use a path of one line."));
    checked.protectedBranches.clear();
    for (const QString &branch : settings.protectedBranches) {
        const QString trimmed = branch.trimmed();
        if (trimmed.isEmpty() || !isPlain(trimmed, kLongestText) || trimmed.contains(u' '))
            return wrong(tr("\"%1\" cannot be a branch.").arg(trimmed),
                         tr("Use a name or a pattern, such as release/*."));
        if (!checked.protectedBranches.contains(trimmed))
            checked.protectedBranches.append(trimmed);
    }
    if (checked.protectedBranches.size() > kMostBranches)
        return wrong(tr("More than %1 protected branches.").arg(kMostBranches),
                     tr("Use patterns, such as release/*."));
    checked.gitName = settings.gitName.trimmed();
    checked.gitEmail = settings.gitEmail.trimmed();
    if (checked.gitName.isEmpty() != checked.gitEmail.isEmpty())
        return wrong(tr("An identity for git is a name and an address."),
                     tr("Give both, or none."));
    checked.group = settings.group.trimmed();
    if (!isPlain(checked.group, kLongestText) || checked.group.contains(u' ') ||
        checked.group.contains(u':'))
        return wrong(tr("\"%1\" cannot be a group.").arg(checked.group),
                     tr("Use the name or the number of a group that you are in; see: id"));
    if (checked.umask && (*checked.umask < 0 || (*checked.umask & ~0777) != 0 ||
                          (*checked.umask & kOwnersBits) != 0))
        return fail(umaskFromText(QString::number(*checked.umask, 8)).error());
    return checked;
}

QString umaskText(int umask)
{
    return QString::number(umask, 8).rightJustified(4, u'0');
}

Result<int> umaskFromText(const QString &text)
{
    bool isNumber = false;
    const int umask = text.trimmed().toInt(&isNumber, 8);
    if (!isNumber || umask < 0 || umask > 0777 || (umask & kOwnersBits) != 0)
        return wrong(tr("\"%1\" cannot be used as a umask.").arg(text.trimmed()),
                     tr("Use an octal number that leaves the owner all rights: 022, 002, 027 or "
                        "077."));
    return umask;
}

} // namespace paddock::projects
