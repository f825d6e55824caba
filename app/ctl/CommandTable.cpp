// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/ctl/CommandTable.h"

#include "app/ctl/CommandParts.h"

using namespace Qt::StringLiterals;

namespace paddock::ctl {

using namespace parts;

namespace {

QList<CommandSpec> generalCommands()
{
    CommandSpec health = command(
        u"health"_s,
        u"say whether sessions can be started, and if not, why"_s,
        u"Looks at the container engine, the agent image, the network and the projects folder. "
        "Exits with 0 when a session can be started, else with 1. With --json prints "
        "{\"ok\",\"mode\",\"docker\":{\"socketConnected\",\"imageAvailable\",\"imageName\","
        "\"networkExists\"}}."_s);

    CommandSpec serve = command(
        u"serve"_s,
        u"run Paddock without a window"_s,
        u"Owns the sessions of this user until it is ended by SIGTERM, SIGINT or --stop. Other "
        "commands start it by themselves, in the background, where nothing owns them yet; its log "
        "is then $XDG_STATE_HOME/paddock/log/serve.log. Agents go on when it ends."_s);
    serve.options = {flag(u"stop"_s, u"end the Paddock that runs; agents go on"_s),
                     hidden(value(u"ready-fd"_s,
                                  u"NUMBER"_s,
                                  u"write a line to this descriptor when ready, then close it"_s))};
    serve.needsCore = true;

    CommandSpec demo = command(
        u"demo"_s,
        u"show a whole session, with a script in place of a model"_s,
        u"Makes a small repository, starts an agent in a sealed container on it, answers its "
        "questions, shows what it says and does, brings its commit over, reads the container's "
        "posture back from the engine, and takes everything away again. No account is needed: the "
        "answers of the model are a script, and it says so. Exits with 0 only when every check "
        "holds."_s);
    demo.options = {
        value(u"keep"_s, u"PATH"_s, u"make the repository at PATH and leave it there"_s),
        value(u"image"_s, u"REFERENCE"_s, u"image to use"_s)};
    demo.needsCore = true;
    CommandSpec events = command(
        u"events"_s,
        u"print what happens, as it happens"_s,
        u"Begins with the sessions as they are, then prints a line for each change of a session, "
        "of the projects and of what health finds, until it is interrupted; exits with 1 when "
        "the owner ends. ID: only these sessions. With --json a document a line: "
        "{\"event\",\"at\",...}, event being session.listed, session.added, session.changed (with "
        "\"session\"), session.removed, session.conversationGrew (with \"id\"), project.changed, "
        "health.changed. Changes in quick succession may come as one, with the newest state."_s);
    events.arguments = {{.name = u"ID"_s, .isOptional = true, .isRepeated = true, .choices = {}}};
    return {health, serve, demo, events};
}

OptionSpec startPoint()
{
    return value(u"base"_s,
                 u"COMMIT"_s,
                 u"branch, tag, commit or branch of a remote to start from; HEAD when not given"_s);
}

QList<OptionSpec> patternOptions()
{
    return {repeated(value(u"include"_s,
                           u"PATTERN"_s,
                           u"only what fits is in the agent's sight; as in .gitignore"_s)),
            repeated(value(u"exclude"_s, u"PATTERN"_s, u"what fits is not in its sight"_s))};
}

QList<CommandSpec> projectCommands()
{
    CommandSpec add = command(u"project add"_s,
                              u"make a repository known"_s,
                              u"PATH is a folder in a git repository; without it the current "
                              "folder is taken. A known one is answered as it is. Nothing is "
                              "written into it."_s);
    add.arguments = {optional(u"PATH"_s)};
    CommandSpec list = command(u"project list"_s, u"list the projects"_s, {});
    CommandSpec remove = command(u"project remove"_s,
                                 u"forget a project"_s,
                                 u"PROJECT is its id, name or path. Refused while it has sessions. "
                                 "The repository itself is not touched."_s);
    remove.arguments = {argument(u"PROJECT"_s)};

    const QString unset = u" \"\" takes it back."_s;
    CommandSpec set = command(
        u"project set"_s,
        u"change how sessions of a project work"_s,
        u"PROJECT is an id, a name or a path; without it the repository of the current folder is "
        "taken. What is not named stays as it is. It counts for sessions that start from now on; "
        "project show prints it. With --isolation never or concurrent an agent may work in your "
        "own checkout: its commits go to a branch of its own until you take them over with session "
        "merge."_s);
    set.arguments = {optional(u"PROJECT"_s)};
    set.options = {
        value(u"name"_s, u"NAME"_s, u"what the project is called"_s),
        value(u"image"_s, u"IMAGE"_s, u"image of its agents."_s + unset),
        value(u"isolation"_s,
              u"WHEN"_s,
              u"when a session that may write gets a worktree of its own"_s,
              {u"always"_s, u"concurrent"_s, u"never"_s}),
        value(u"worktrees-root"_s,
              u"PATH"_s,
              u"folder for worktrees; relative ones from the project."_s + unset),
        repeated(
            value(u"protect"_s,
                  u"BRANCH"_s,
                  u"branch or pattern that no session may adopt; these and no others."_s + unset)),
        value(u"git-name"_s, u"NAME"_s, u"author of the agent's commits."_s + unset),
        value(u"git-email"_s, u"ADDRESS"_s, u"address of that author."_s + unset),
        repeated(value(u"git"_s,
                       u"NAME=VALUE"_s,
                       u"setting of git for the agent, such as merge.conflictStyle=zdiff3"_s)),
        repeated(value(u"unset-git"_s, u"NAME"_s, u"takes such a setting back"_s)),
        value(u"group"_s,
              u"GROUP"_s,
              u"group that owns what the agent makes; you must be in it."_s + unset),
        value(u"umask"_s,
              u"OCTAL"_s,
              u"rights that others do not get to what the agent makes: 022, 002, 077."_s + unset)};
    CommandSpec show = command(u"project show"_s,
                               u"print the settings of a project"_s,
                               u"PROJECT is an id, a name or a path; without it the repository of "
                               "the current folder is taken."_s);
    show.arguments = {optional(u"PROJECT"_s)};

    const QString which = u"PROJECT is an id, a name or a path; without it the repository of the "
                          "current folder is taken. "_s;
    CommandSpec ignored = command(
        u"project ignored"_s,
        u"list files that git ignores, which a new worktree does not have"_s,
        which + u"session start --copy-ignored copies them. What looks like a secret is named: "
                "whoever copies it gives it to the agent."_s);
    ignored.arguments = {optional(u"PROJECT"_s)};
    ignored.options = {
        repeated(value(u"pattern"_s,
                       u"PATTERN"_s,
                       u"what to look for, as in .gitignore; .env* when not given"_s))};
    CommandSpec preview = command(u"project preview"_s,
                                  u"show what --include and --exclude leave out"_s,
                                  which + u"Counts the committed files and names the hidden ones; "
                                          "nothing is changed."_s);
    preview.arguments = {optional(u"PROJECT"_s)};
    preview.options = patternOptions();
    preview.options.prepend(startPoint());
    return {add, list, show, set, remove, ignored, preview};
}

QList<CommandSpec> imageCommands()
{
    CommandSpec build = command(u"image build"_s,
                                u"build an agent image from its recipe"_s,
                                u"Builds only when the recipe has changed since the image was "
                                "made. Interrupting it cancels the build."_s);
    build.arguments = {optional(u"RECIPE"_s)};
    build.options = {flag(u"always"_s, u"build even when nothing has changed"_s),
                     flag(u"verbose"_s, u"print every line of the build"_s, u"v"_s)};
    CommandSpec list = command(u"image list"_s, u"list the images of the engine"_s, {});
    list.options = {flag(u"all"_s, u"also images that Paddock did not make"_s, u"a"_s)};
    return {build, list};
}

CommandSpec sessionStart()
{
    CommandSpec start = command(
        u"session start"_s,
        u"start an agent on a project"_s,
        u"Answers as soon as the session is recorded; --wait goes on until the agent waits "
        "for somebody or has ended, and fails when it failed; with --terminal, until it runs. The "
        "project is the "
        "repository of the current folder unless --project names another. Words after -- "
        "are the command of the adapter custom."_s);
    start.options = {
        value(u"project"_s, u"PATH|NAME"_s, u"repository to work on"_s, {}, u"p"_s),
        value(u"title"_s, u"TEXT"_s, u"title; made from the message when not given"_s),
        value(u"message"_s,
              u"TEXT"_s,
              u"first message; - reads it from standard input"_s,
              {},
              u"m"_s),
        value(u"agent"_s,
              u"NAME"_s,
              u"adapter; claude-code when not given"_s,
              {u"claude-code"_s, u"custom"_s}),
        value(u"mode"_s,
              u"MODE"_s,
              u"write (a branch and worktree of its own) or explore (reads only)"_s,
              {u"write"_s, u"explore"_s}),
        value(u"image"_s, u"REFERENCE"_s, u"image to use"_s),
        startPoint(),
        value(u"branch"_s, u"NAME"_s, u"exact name of the new branch"_s),
        value(u"adopt"_s,
              u"BRANCH"_s,
              u"work on this branch instead of a new one; origin/topic makes a local topic that "
              "follows it"_s),
        flag(u"fetch"_s, u"bring the branches of the remote up to date first"_s),
        value(u"fetch-remote"_s, u"NAME"_s, u"the same, from this remote"_s),
        repeated(
            value(u"copy-ignored"_s,
                  u"PATH"_s,
                  u"copy a file or folder that git ignores, see project ignored; with --project "
                  "from its top"_s)),
        flag(u"with-secrets"_s, u"also those of them that look like a secret"_s),
        flag(u"terminal"_s, u"the command runs in a terminal and speaks no protocol"_s),
        value(u"upstream"_s, u"URL|demo"_s, u"where the model is; demo is a script"_s),
        value(u"demo-script"_s, u"FILE"_s, u"script for --upstream demo"_s),
        flag(u"wait"_s, u"wait until the agent waits for somebody or has ended"_s, u"w"_s),
    };
    start.options += patternOptions();
    start.takesCommand = true;
    return start;
}

QList<CommandSpec> sessionCommands()
{
    const QString wait = u"Answers when it is done."_s;
    QList<CommandSpec> commands{sessionStart()};

    CommandSpec list = command(u"session list"_s, u"list the sessions, newest first"_s, {});
    list.options = {value(u"project"_s, u"NAME"_s, u"only those of this project"_s, {}, u"p"_s)};
    commands.append(list);

    CommandSpec show = command(u"session show"_s,
                               u"show a session and its conversation"_s,
                               u"What the agent sends is shown as plain text: control characters "
                               "are escaped."_s);
    show.arguments = {argument(u"ID"_s)};
    show.options = {flag(u"follow"_s, u"go on until the session has ended"_s, u"f"_s),
                    flag(u"posture"_s, u"what the engine says about its container"_s)};
    commands.append(show);

    CommandSpec send = command(u"session send"_s,
                               u"send a message to the agent"_s,
                               u"Without TEXT, or with -, the message is read from standard "
                               "input. It is kept until the agent has ended what it does."_s);
    send.arguments = {argument(u"ID"_s), optional(u"TEXT"_s)};
    send.options = {
        flag(u"wait"_s, u"wait until the agent waits for somebody or has ended"_s, u"w"_s)};
    commands.append(send);

    CommandSpec answer =
        command(u"session answer"_s,
                u"answer what the agent asks"_s,
                u"Answers the oldest open question, this once. \"reject\" lets the agent go on "
                "without."_s);
    answer.arguments = {argument(u"ID"_s), argument(u"ANSWER"_s, {u"allow"_s, u"reject"_s})};
    answer.options = {value(u"question"_s, u"QUESTION"_s, u"answer the question with this id"_s)};
    commands.append(answer);

    const QString terminal =
        u" Keys go to the program as they are, Ctrl-C and Ctrl-P Ctrl-Q included; only the detach "
        "key, Ctrl-] if not set otherwise, is taken. The exit code is the program's, 0 after "
        "detaching. What the program writes goes to your terminal as it is."_s;
    const OptionSpec detachKey =
        value(u"detach-key"_s, u"KEY"_s, u"ctrl-] (the default), another ctrl-X, or none"_s);
    CommandSpec attach =
        command(u"session attach"_s,
                u"connect this terminal to the agent's own"_s,
                u"For agents that run in a terminal. Shows what is kept of it first. Detaching "
                "leaves the agent running."_s +
                    terminal);
    attach.arguments = {argument(u"ID"_s)};
    attach.options = {detachKey};
    commands.append(attach);
    CommandSpec shell =
        command(u"session shell"_s,
                u"open a shell in the session's container"_s,
                u"As the agent's user, in its worktree. Detaching ends the shell."_s + terminal);
    shell.arguments = {argument(u"ID"_s)};
    shell.options = {detachKey};
    commands.append(shell);

    commands += changesCommands();

    CommandSpec stop = command(u"session stop"_s,
                               u"stop the agent and keep its work"_s,
                               u"A session that is being started is cancelled. "_s + wait);
    stop.arguments = {argument(u"ID"_s)};
    commands.append(stop);
    CommandSpec restart = command(
        u"session restart"_s, u"start a stopped session again, with its conversation"_s, wait);
    restart.arguments = {argument(u"ID"_s)};
    commands.append(restart);
    CommandSpec finish =
        command(u"session finish"_s,
                u"stop, bring the last commits over, remove container and worktree"_s,
                u"The branch stays in the project unless --discard-branch is given. "_s + wait);
    finish.arguments = {argument(u"ID"_s)};
    finish.options = {flag(u"discard-branch"_s, u"delete the branch and what is on it"_s)};
    commands.append(finish);
    CommandSpec remove = command(u"session remove"_s,
                                 u"forget a session with all that belongs to it"_s,
                                 u"Refused when that would lose work that is nowhere else, unless "
                                 "--discard-work is given. "_s +
                                     wait);
    remove.arguments = {argument(u"ID"_s)};
    remove.options = {flag(u"discard-work"_s, u"also when work is lost"_s)};
    commands.append(remove);
    return commands;
}

QString wrapped(const QString &text, int indent)
{
    constexpr int kWidth = 79;
    const QString margin(indent, u' ');
    QString result;
    QString line = margin;
    for (const QString &word : text.split(u' ', Qt::SkipEmptyParts)) {
        if (line.size() > margin.size() && line.size() + 1 + word.size() > kWidth) {
            result += line + u'\n';
            line = margin;
        }
        line += (line.size() > margin.size() ? u" "_s : QString()) + word;
    }
    return result + line + u'\n';
}

QString row(const QString &left, const QString &right, int column)
{
    if (left.size() + 4 > column)
        return u"  "_s + left + u'\n' + wrapped(right, column);
    return u"  "_s + left.leftJustified(column - 2) + wrapped(right, column).mid(column);
}

} // namespace

const QList<CommandSpec> &commandTable()
{
    static const QList<CommandSpec> table =
        generalCommands() + projectCommands() + imageCommands() + sessionCommands();
    return table;
}

const CommandSpec *findCommand(const QString &name)
{
    for (const CommandSpec &command : commandTable()) {
        if (command.name == name)
            return &command;
    }
    return nullptr;
}

const QList<OptionSpec> &commonOptions()
{
    static const QList<OptionSpec> options{
        flag(u"json"_s, u"print one JSON document; errors as JSON on standard error"_s),
        flag(u"help"_s, u"say how the command is used"_s, u"h"_s),
    };
    return options;
}

QString synopsis(const CommandSpec &command)
{
    QString text = u"paddockctl "_s + command.name + u" [OPTION]..."_s;
    for (const ArgumentSpec &argument : command.arguments) {
        const QString name =
            argument.choices.isEmpty() ? argument.name : argument.choices.join(u'|');
        text += u' ' + (argument.isOptional ? u'[' + name + u']' : name) +
                (argument.isRepeated ? u"..."_s : QString());
    }
    if (command.takesCommand)
        text += u" [-- COMMAND...]"_s;
    return text;
}

QString optionForm(const OptionSpec &option)
{
    QString text = option.shortName.isEmpty() ? u"--"_s : u'-' + option.shortName + u", --"_s;
    text += option.name;
    if (!option.valueName.isEmpty())
        text += u' ' + (option.choices.isEmpty() ? option.valueName : option.choices.join(u'|'));
    return text;
}

QString helpText()
{
    QString text = u"Usage: paddockctl COMMAND [OPTION]... [ARGUMENT]...\n\n"
                   "Runs coding agents in sealed containers, from a terminal or a script.\n\n"_s;
    for (const CommandSpec &command : commandTable())
        text += row(command.name, command.summary, 20);
    text += u"\nEvery command takes --json and --help. paddockctl --version prints the version.\n"
            "Exit codes: 0 done, 1 failed, 2 wrong usage.\n"_s;
    return text;
}

QString helpText(const CommandSpec &command)
{
    QString text = u"Usage: "_s + synopsis(command) + u"\n\n"_s +
                   wrapped(command.summary.at(0).toUpper() + command.summary.mid(1) + u'.', 0);
    if (!command.description.isEmpty())
        text += u'\n' + wrapped(command.description, 0);
    text += u'\n';
    for (const OptionSpec &option : command.options + commonOptions()) {
        if (!option.isHidden)
            text += row(optionForm(option),
                        option.description +
                            (option.isRepeated ? u"; can be given again"_s : QString()),
                        30);
    }
    return text;
}

} // namespace paddock::ctl
