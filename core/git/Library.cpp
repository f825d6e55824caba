// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/git/Library.h"

#include <git2.h>

namespace paddock::git::detail {

void ensureLibrary()
{
    static const int started = [] {
        const int count = git_libgit2_init();
        git_libgit2_opts(GIT_OPT_SET_OWNER_VALIDATION, 0);
        return count;
    }();
    Q_UNUSED(started)
}

Error libraryError(int code, const QString &text)
{
    const git_error *last = git_error_last();
    const QString said = last && last->message ? QString::fromUtf8(last->message)
                                               : QStringLiteral("code %1").arg(code);
    ErrorKind kind = ErrorKind::GitFailed;
    if (code == GIT_ENOTFOUND)
        kind = ErrorKind::NotFound;
    else if (code == GIT_EEXISTS || code == GIT_ELOCKED || code == GIT_ECONFLICT)
        kind = ErrorKind::Conflict;
    return Error(kind, text).withDetail(said);
}

} // namespace paddock::git::detail
