// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/facade/ChangesService.h"
#include "core/git/Patch.h"
#include "core/worktrees/ReviewMarks.h"
#include "core/worktrees/Staging.h"

#include <QCoreApplication>

/// Between the values of git and those of the doors. Pure.
namespace paddock::facade {

class ChangesView
{
    Q_DECLARE_TR_FUNCTIONS(ChangesView)

public:
    /// An id for each hunk of \a file, of its lines and not of its place: it stays when lines above
    /// it come or go. Of hunks with the same lines the second has "-2" behind it, and so on.
    [[nodiscard]] static QStringList hunkIds(const git::FilePatch &file);
    /// What the two sides of a file were.
    [[nodiscard]] static QString token(const git::FilePatch &file);
    [[nodiscard]] static ChangesDiff fromPatch(const git::Patch &patch,
                                               const worktrees::ReviewMarks &marks = {});

    /// Whether \a file, by its new or its old name, is one of \a paths or below one. No paths: all
    /// are.
    [[nodiscard]] static bool isAmong(const git::FilePatch &file, const QList<QByteArray> &paths);

    /// What \a files mean in \a shown, the comparison they were made on. Conflict when a file or a
    /// hunk is no longer there as it was, InvalidArgument for lines that a hunk has not.
    [[nodiscard]] static Result<QList<worktrees::FileSelection>>
    select(const QList<FileSelection> &files, const git::Patch &shown);
    /// The review marks that \a files mean in \a shown: of whole files and folders, or of hunks. No
    /// files: of everything. Files without their text have none. NotFound, Conflict as select().
    [[nodiscard]] static Result<QByteArrayList> reviewKeys(const QList<FileSelection> &files,
                                                           const git::Patch &shown);

private:
    [[nodiscard]] static Error movedOn(const QByteArray &path);
    /// The file that \a wish means in \a shown; null: it is no longer there as it was.
    [[nodiscard]] static const git::FilePatch *find(const FileSelection &wish,
                                                    const git::Patch &shown);
};

} // namespace paddock::facade
