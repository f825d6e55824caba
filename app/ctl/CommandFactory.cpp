// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/ctl/ChangesCommands.h"
#include "app/ctl/Command.h"
#include "app/ctl/EventsCommand.h"
#include "app/ctl/GeneralCommands.h"
#include "app/ctl/ProjectCommand.h"
#include "app/ctl/SessionCommands.h"
#include "app/ctl/StartCommand.h"
#include "app/ctl/StopCommand.h"
#include "app/ctl/TerminalCommand.h"

using namespace Qt::StringLiterals;

namespace paddock::ctl {

std::unique_ptr<Command> makeCommand(const Arguments &arguments, Console &console)
{
    const QString name = arguments.command->name;
    if (name == u"health")
        return std::make_unique<HealthCommand>(arguments, console);
    if (name == u"events")
        return std::make_unique<EventsCommand>(arguments, console);
    if (name == u"serve" && arguments.has(u"stop"_s))
        return std::make_unique<StopCommand>(arguments, console);
    if (name.startsWith(u"project "))
        return std::make_unique<ProjectCommand>(arguments, console);
    if (name.startsWith(u"image "))
        return std::make_unique<ImageCommand>(arguments, console);
    if (name == u"session start")
        return std::make_unique<StartCommand>(arguments, console);
    if (name == u"session list")
        return std::make_unique<ListCommand>(arguments, console);
    if (name == u"session show")
        return std::make_unique<ShowCommand>(arguments, console);
    if (name == u"session send")
        return std::make_unique<SendCommand>(arguments, console);
    if (name == u"session answer")
        return std::make_unique<AnswerCommand>(arguments, console);
    if (name == u"session diff" && !CompareCommand::isMeant(arguments))
        return std::make_unique<DiffCommand>(arguments, console);
    if (name.startsWith(u"session ")) {
        if (auto command = makeChangesCommand(arguments, console))
            return command;
    }
    if (name == u"session attach" || name == u"session shell")
        return std::make_unique<TerminalCommand>(arguments, console);
    if (name.startsWith(u"session "))
        return std::make_unique<ChangeCommand>(arguments, console);
    return nullptr;
}

} // namespace paddock::ctl
