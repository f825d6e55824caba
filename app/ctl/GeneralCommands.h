// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/ctl/Command.h"

namespace paddock::ctl {

/// `health`
class HealthCommand final : public Command
{
    Q_OBJECT
public:
    using Command::Command;
    void begin() override;
};

/// `image build|list`
class ImageCommand final : public Command
{
    Q_OBJECT
public:
    using Command::Command;
    void begin() override;

private:
    void build(const QString &recipe);
    void list();
};

/// The top level of the repository that \a folder is in: the nearest folder upwards that has a
/// `.git`. NotARepository when there is none.
[[nodiscard]] Result<QString> repositoryOf(const QString &folder);
/// What the owner takes as project: an absolute path, or a name or id as it is.
[[nodiscard]] QString projectName(const QString &given);

} // namespace paddock::ctl
