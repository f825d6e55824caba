// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/sessions/StartOptionsCheck.h"

#include "core/worktrees/WorkspacePatterns.h"

#include <QCoreApplication>

using namespace Qt::StringLiterals;

namespace paddock::sessions {

namespace {

QString tr(const char *text)
{
    return QCoreApplication::translate("StartOptions", text);
}

struct Clash
{
    bool isThere = false;
    const char *message = nullptr;
    const char *remedy = nullptr;
};

} // namespace

Result<Done> checkStartOptions(const StartOptions &options)
{
    const bool isExplore = options.mode == SessionMode::Explore;
    const bool isAdopting = !options.adopt.isEmpty();
    const bool isStarting = !options.branch.isEmpty() || !options.base.isEmpty();
    const bool isCopying = !options.copyIgnored.isEmpty();
    const Clash clashes[] = {
        {isAdopting && isStarting,
         QT_TRANSLATE_NOOP("StartOptions",
                           "A session works on a branch that exists or starts a new one: both "
                           "were asked for."),
         QT_TRANSLATE_NOOP("StartOptions",
                           "Leave out the branch to work on (--adopt), or the name and the start "
                           "of a new one (--branch, --base).")},
        {isExplore && (isAdopting || isStarting),
         QT_TRANSLATE_NOOP("StartOptions",
                           "A session that only explores reads the project as it is checked out "
                           "and has no branch."),
         QT_TRANSLATE_NOOP("StartOptions",
                           "Leave out --branch, --base and --adopt, or start a session that may "
                           "write.")},
        {isExplore && isCopying,
         QT_TRANSLATE_NOOP("StartOptions",
                           "A session that only explores has no worktree to copy ignored files "
                           "into; it sees those of the project."),
         QT_TRANSLATE_NOOP("StartOptions",
                           "Leave out --copy-ignored, or start a session that may write.")},
        {options.copyIgnored.contains(QByteArray()),
         QT_TRANSLATE_NOOP("StartOptions", "The path of an ignored file is empty."),
         QT_TRANSLATE_NOOP("StartOptions",
                           "Name it as paddockctl project ignored does, from the top of the "
                           "project.")},
        {options.withSecrets && !isCopying,
         QT_TRANSLATE_NOOP("StartOptions",
                           "Secrets were allowed, but no ignored file is to be copied."),
         QT_TRANSLATE_NOOP("StartOptions",
                           "Name what the agent may have (--copy-ignored), or leave out "
                           "--with-secrets.")},
        {!options.fetchRemote.isEmpty() && !options.fetch,
         QT_TRANSLATE_NOOP("StartOptions", "A remote was named, but nothing is to be fetched."),
         QT_TRANSLATE_NOOP("StartOptions", "Ask for fetching (--fetch), or name no remote.")},
    };
    for (const Clash &clash : clashes) {
        if (clash.isThere)
            return fail(
                Error(ErrorKind::InvalidArgument, tr(clash.message)).withRemedy(tr(clash.remedy)));
    }
    const worktrees::WorkspacePatterns patterns{.include = options.include,
                                                .exclude = options.exclude};
    return isExplore ? worktrees::checkCoverable(patterns) : worktrees::checkPatterns(patterns);
}

QString confirmedSecrets(const StartOptions &options)
{
    if (!options.withSecrets)
        return {};
    QStringList names;
    for (const QByteArray &path : options.copyIgnored)
        names += QString::fromUtf8(path);
    return names.join(u", "_s);
}

} // namespace paddock::sessions
