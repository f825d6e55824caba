// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/shim/Fd.h"
#include "core/shimlink/Control.h"

#include <string>
#include <sys/types.h>
#include <vector>

namespace paddock::shim {

struct SpawnOptions
{
    const std::vector<std::string> *argv = nullptr;
    /// NAME=value, added to our own environment without PADDOCK_*.
    const std::vector<std::string> *environment = nullptr;
    std::string workingFolder;
    bool onTerminal = false;
    shimlink::WindowSize size;
};

/// A child in a session and process group of its own. Descriptors are ours, non-blocking.
struct Spawned
{
    pid_t pid = -1;
    /// On a terminal only `output` is set: its master, for both directions.
    Fd input;
    Fd output;
    Fd errors;
    /// When pid is -1: the errno, and the step that failed.
    int error = 0;
    const char *step = "";
};

[[nodiscard]] Spawned spawn(const SpawnOptions &options);

/// Children get a higher score than we have, so that the kernel ends an agent before its
/// supervisor. To be called while this process is still dumpable: afterwards its own /proc files
/// are closed to it.
void prepareOomScore();

void setWindowSize(int terminal, shimlink::WindowSize size);

} // namespace paddock::shim
