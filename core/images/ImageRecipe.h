// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/Result.h"

#include <QByteArray>
#include <QList>
#include <QString>
#include <QStringList>

namespace paddock::images {

struct RecipeFile
{
    QString path; ///< relative, '/' between parts
    QByteArray content;
    bool executable = false;

    bool operator==(const RecipeFile &) const = default;
};

/// A folder that an image is built from: a Dockerfile, what it copies, and recipe.json. Value type.
struct ImageRecipe
{
    QString name; ///< "claude-agent-base"
    QString tag;  ///< "claude-agent-base:latest"
    QString title;
    QString description;
    QString base;       ///< image the Dockerfile starts from
    QString dockerfile; ///< path in the folder
    QString caFolder;   ///< where authorities of the host are added; empty: the recipe takes none
    QStringList adapters;
    QList<RecipeFile> files; ///< sorted by path, with recipe.json

    /// Reads \a folder (of the disk, or ":/…" of the program). InvalidConfig names what is wrong.
    [[nodiscard]] static Result<ImageRecipe> fromFolder(const QString &folder);

    /// SHA-256, hex, over paths and contents of the files, without what lies in caFolder:
    /// the host's authorities are this machine's and not the recipe's (they also reach the running
    /// container by other means), so that two machines agree on the hash.
    [[nodiscard]] QString hash() const;
};

/// The recipes that come with the program, by name.
[[nodiscard]] QStringList builtInRecipeNames();
[[nodiscard]] Result<ImageRecipe> builtInRecipe(const QString &name);

} // namespace paddock::images
