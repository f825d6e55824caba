// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/Result.h"

#include <QString>

namespace paddock::sandbox::link {

/// Finds the shim that belongs to this program and puts a copy where containers get it from. The
/// copy has its own hash as folder name and is never changed: a container goes on with the shim it
/// was started with while a newer Paddock brings a newer one.
class ShimInstaller
{
public:
    /// `dataFolder` is XdgPaths::data; copies are in its `shim` folder.
    explicit ShimInstaller(QString dataFolder);

    /// $PADDOCK_SHIM; else next to the running program; else ../libexec/paddock and ../lib/paddock
    /// from there. FileNotFound with a remedy when there is none.
    [[nodiscard]] static Result<QString> find();

    /// The path to mount: `<dataFolder>/shim/<sha256>/paddock-shim`, mode 0555. Copies when it is
    /// not there yet or is not what its name says. About a megabyte is read and hashed; any thread.
    [[nodiscard]] Result<QString> install() const;
    [[nodiscard]] Result<QString> install(const QString &program) const;

private:
    QString m_dataFolder;
};

} // namespace paddock::sandbox::link
