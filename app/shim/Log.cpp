// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/shim/Log.h"

#include <poll.h>
#include <unistd.h>

namespace paddock::shim {

void logLine(std::string line)
{
    line.insert(0, "paddock-shim: ");
    // Up to this a pipe that is ready takes the whole line.
    if (line.size() > 1000)
        line.resize(1000);
    line.push_back('\n');
    pollfd ready{STDERR_FILENO, POLLOUT, 0};
    if (::poll(&ready, 1, 0) == 1 && (ready.revents & POLLOUT) != 0) {
        [[maybe_unused]] const ssize_t count = ::write(STDERR_FILENO, line.data(), line.size());
    }
}

} // namespace paddock::shim
