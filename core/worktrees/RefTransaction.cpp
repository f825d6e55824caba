// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/worktrees/RefTransaction.h"

#include "core/worktrees/HostView.h"

#include <QCoreApplication>

using namespace Qt::StringLiterals;

namespace paddock::worktrees {

// The NUL form of update-ref's input: no name or value can be mistaken for another command.

void RefTransaction::set(const QString &name, const git::Oid &value)
{
    m_commands += "update " + name.toUtf8() + '\0' + value.toHex() + '\0' + '\0';
}

void RefTransaction::compareAndSet(const QString &name,
                                   const git::Oid &value,
                                   const git::Oid &expected)
{
    m_commands += "update " + name.toUtf8() + '\0' + value.toHex() + '\0' + expected.toHex() + '\0';
}

void RefTransaction::remove(const QString &name)
{
    m_commands += "delete " + name.toUtf8() + '\0' + '\0';
}

void RefTransaction::compareAndRemove(const QString &name, const git::Oid &expected)
{
    m_commands += "delete " + name.toUtf8() + '\0' + expected.toHex() + '\0';
}

Result<Done> RefTransaction::commit(const git::GitProcess &git,
                                    const git::RepositoryInfo &project,
                                    const CancelToken &cancel,
                                    Durability durability) const
{
    if (isEmpty())
        return Done{};
    auto request = projectRequest(
        project, {u"update-ref"_s, u"-m"_s, m_reason, u"--no-deref"_s, u"--stdin"_s, u"-z"_s});
    request.input = m_commands;
    if (durability == Durability::Lazy)
        request.settings = {{"core.fsync", "none"}};
    request.what = QCoreApplication::translate("RefTransaction", "Moving the refs");
    const auto output = git.run(request, cancel);
    if (!output)
        return fail(output.error());
    if (output->exitCode == 0)
        return Done{};
    Error error = git::GitProcess::failure(request, *output);
    if (output->errors.contains("but expected") ||
        output->errors.contains("reference already exists"))
        error = Error(ErrorKind::Conflict,
                      QCoreApplication::translate("RefTransaction",
                                                  "A branch was moved by somebody else."))
                    .withDetail(error.detail)
                    .withOperation(request.what);
    return fail(error);
}

} // namespace paddock::worktrees
