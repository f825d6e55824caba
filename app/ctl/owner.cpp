// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/ctl/DemoCommand.h"
#include "app/ctl/Run.h"
#include "app/ctl/ServeCommand.h"

using namespace Qt::StringLiterals;
using namespace paddock;

/// paddock-owner: the half of paddockctl that has the whole core in it. paddockctl starts it with
/// its own arguments; nobody else needs to.
int main(int argc, char **argv)
{
    const auto make = [](const ctl::Arguments &arguments,
                         ctl::Console &console) -> std::unique_ptr<ctl::Command> {
        if (arguments.command->name == u"serve" && !arguments.has(u"stop"_s))
            return std::make_unique<ctl::ServeCommand>(arguments, console);
        if (arguments.command->name == u"demo")
            return std::make_unique<ctl::DemoCommand>(arguments, console);
        return ctl::makeCommand(arguments, console);
    };
    return ctl::runProgram(argc, argv, make, [](const ctl::Arguments &, ctl::Console &) {
        return 2; // makeCommand knows every other command
    });
}
