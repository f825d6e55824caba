// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/XdgPaths.h"
#include "core/facade/Services.h"

#include <QObject>

#include <memory>

namespace paddock::facade {

/// The core of one installation, built and wired: what the one owner (the window, or paddockctl
/// serve) holds. The caller holds the owner lock. Main thread; destroying it ends nothing that runs
/// in a container.
class Facade : public QObject
{
    Q_OBJECT

public:
    struct Options
    {
        XdgPaths paths;
        QString gatewayProgram; ///< empty: beside the running program, else in libexec
    };

    /// Opens the store and prepares everything that needs no engine. The errors of the store
    /// (StoreNewer, StoreCorrupt, DiskFull …), FileNotFound when the supervisor is not installed.
    [[nodiscard]] static Result<std::unique_ptr<Facade>> create(const Options &options);
    ~Facade() override;

    [[nodiscard]] Services services() const;
    /// Begins to follow the engine: what a crash left is finished or undone as soon as it answers.
    void start();
    /// Sentences about settings that are worth showing once.
    [[nodiscard]] QStringList notices() const;

private:
    Facade();
    class Private;
    std::unique_ptr<Private> d;
};

} // namespace paddock::facade
