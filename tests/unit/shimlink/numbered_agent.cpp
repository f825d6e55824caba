// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// An agent for tests of the link: writes `count` numbered lines with a hash of their number, and
// answers each line of its input. Ends when all lines are written and `bye` has been read.
//
//   numbered_agent COUNT

#include "tests/unit/shimlink/NumberedLines.h"

#include <cstdlib>
#include <poll.h>
#include <string>
#include <unistd.h>

int main(int argc, char **argv)
{
    const unsigned long count = argc > 1 ? std::strtoul(argv[1], nullptr, 10) : 10;
    std::string input;
    std::string output;
    unsigned long next = 1;
    // On a terminal nobody talks to it.
    bool bye = ::isatty(STDIN_FILENO) == 1;
    while (next <= count || !bye) {
        pollfd in{STDIN_FILENO, POLLIN, 0};
        if (::poll(&in, 1, next <= count ? 0 : -1) == 1) {
            char buffer[4096];
            const ssize_t size = ::read(STDIN_FILENO, buffer, sizeof buffer);
            if (size <= 0)
                bye = true;
            else
                input.append(buffer, static_cast<std::size_t>(size));
        }
        for (std::size_t end; (end = input.find('\n')) != std::string::npos;) {
            const std::string line = input.substr(0, end);
            input.erase(0, end + 1);
            if (line == "bye")
                bye = true;
            else
                output += "answer to " + line + "\n";
        }
        for (int i = 0; i < 200 && next <= count; ++i)
            output += paddock::test::numberedLine(next++) + "\n";
        for (std::size_t at = 0; at < output.size();) {
            const ssize_t size = ::write(STDOUT_FILENO, output.data() + at, output.size() - at);
            if (size < 0)
                return 1;
            at += static_cast<std::size_t>(size);
        }
        output.clear();
    }
    return 0;
}
