// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/ctl/CommandParts.h"

using namespace Qt::StringLiterals;

namespace paddock::ctl::parts {

namespace {

ArgumentSpec files()
{
    return {.name = u"FILE"_s, .isOptional = true, .isRepeated = true, .choices = {}};
}

OptionSpec since()
{
    return value(u"since"_s,
                 u"WHEN"_s,
                 u"since before the agent's last finished turn, or since you last called it seen; "
                 "base when not given"_s,
                 {u"base"_s, u"last-turn"_s, u"last-look"_s});
}

QList<CommandSpec> lookingCommands()
{
    CommandSpec status = command(u"session status"_s,
                                 u"show what is changed and what is staged"_s,
                                 u"Staging is yours alone: it is kept on the host, and the agent "
                                 "neither sees nor changes it. git status in the worktree shows "
                                 "the same."_s);
    status.arguments = {argument(u"ID"_s)};

    CommandSpec diff = command(
        u"session diff"_s,
        u"show what the session has changed since its base"_s,
        u"Includes what is not committed yet. Without --stat prints a unified diff; control "
        "characters are escaped on a terminal. FILE is a path from the top of the worktree."_s);
    diff.arguments = {argument(u"ID"_s), files()};
    diff.options = {
        flag(u"stat"_s, u"only the list of files"_s),
        flag(u"staged"_s, u"the branch against what is staged"_s),
        flag(u"unstaged"_s, u"what is staged against the files"_s),
        flag(u"commits"_s, u"the base against the branch"_s),
        since(),
        flag(u"hunks"_s, u"with the ids and line numbers that stage, unstage and discard take"_s),
        value(u"context"_s, u"LINES"_s, u"lines around each change; 3 when not given"_s),
        flag(u"ignore-whitespace"_s, u"leave out what differs in white space only"_s)};

    CommandSpec log =
        command(u"session log"_s, u"list the commits since the base, newest first"_s, {});
    log.arguments = {argument(u"ID"_s)};
    log.options = {value(u"limit"_s, u"NUMBER"_s, u"how many; 200 when not given"_s)};

    CommandSpec patch = command(u"session patch"_s,
                                u"print the commits since the base as patches"_s,
                                u"In the form of git format-patch, for git am."_s);
    patch.arguments = {argument(u"ID"_s)};
    patch.options = {flag(u"diff"_s, u"one diff with all, also what is not committed"_s),
                     value(u"output"_s, u"FILE"_s, u"write it to a file"_s, {}, u"o"_s)};
    return {status, diff, log, patch};
}

CommandSpec selecting(const QString &name, const QString &summary, const QString &description)
{
    CommandSpec spec = command(
        name,
        summary,
        description + u" FILE is a path from the top of the worktree. A part of a file is named by "
                      "the id of its hunk and the numbers of its lines, as session diff --hunks "
                      "shows them; when the file has changed since, it is refused."_s);
    spec.arguments = {argument(u"ID"_s), files()};
    spec.options = {flag(u"all"_s, u"every file"_s, u"a"_s),
                    value(u"hunk"_s, u"HUNK"_s, u"only this hunk of the one file"_s),
                    value(u"lines"_s, u"LINES"_s, u"only these of its lines: 2 or 2,4-6"_s)};
    return spec;
}

QList<CommandSpec> stagingCommands()
{
    CommandSpec stage = selecting(u"session stage"_s,
                                  u"stage files, hunks or lines"_s,
                                  u"What is staged is what session commit commits."_s);
    CommandSpec unstage = selecting(u"session unstage"_s,
                                    u"take files, hunks or lines out of what is staged"_s,
                                    u"Files are not touched."_s);
    CommandSpec discard = selecting(u"session discard"_s,
                                    u"take back changes of files that are not staged"_s,
                                    u"session undo brings them again."_s);
    CommandSpec undo = command(u"session undo"_s,
                               u"take the last stage, unstage or discard back"_s,
                               u"Refused when what it changed has been changed again since."_s);
    undo.arguments = {argument(u"ID"_s)};
    CommandSpec commit = command(
        u"session commit"_s,
        u"commit what is staged on the session's branch"_s,
        u"In your name, on the host, and handed over to the agent's own repository. If the agent "
        "has committed meanwhile, yours is put on top of that; where they do not go together, "
        "nothing is committed."_s);
    commit.arguments = {argument(u"ID"_s)};
    commit.options = {
        value(u"message"_s, u"TEXT"_s, u"message; - reads it from standard input"_s, {}, u"m"_s),
        flag(u"amend"_s, u"replace the last commit"_s)};
    return {stage, unstage, discard, undo, commit};
}

QList<CommandSpec> reviewingCommands()
{
    CommandSpec review = command(
        u"session review"_s,
        u"mark files or hunks as reviewed"_s,
        u"A mark belongs to the content: it stays when lines move, and is gone when the agent "
        "changes them again. session diff --stat and --hunks show the marks. FILE is a path from "
        "the top of the worktree."_s);
    review.arguments = {argument(u"ID"_s), files()};
    review.options = {flag(u"all"_s, u"every file"_s, u"a"_s),
                      value(u"hunk"_s, u"HUNK"_s, u"only this hunk of the one file"_s),
                      flag(u"undo"_s, u"take the marks away"_s),
                      flag(u"staged"_s, u"of the branch against what is staged"_s),
                      flag(u"unstaged"_s, u"of what is staged against the files"_s),
                      flag(u"commits"_s, u"of the base against the branch"_s),
                      since()};

    CommandSpec seen = command(u"session seen"_s,
                               u"begin session diff --since last-look here"_s,
                               u"With the files as they are now, or with a STATE that session diff "
                               "named."_s);
    seen.arguments = {argument(u"ID"_s), optional(u"STATE"_s)};
    return {review, seen};
}

QList<CommandSpec> mergingCommands()
{
    CommandSpec merge = command(
        u"session merge"_s,
        u"bring the session's branch into another"_s,
        u"Put together in memory first: where that does not go, or files of yours are in the way, "
        "nothing is changed. If the branch is checked out its files follow. No hook and no filter "
        "of the repository runs."_s);
    merge.arguments = {argument(u"ID"_s)};
    merge.options = {
        value(u"into"_s, u"BRANCH"_s, u"where to; the base branch when not given"_s),
        value(u"method"_s,
              u"METHOD"_s,
              u"how; merge when not given"_s,
              {u"merge"_s, u"fast-forward"_s, u"squash"_s, u"rebase"_s, u"cherry-pick"_s}),
        value(u"commits"_s, u"COMMIT,..."_s, u"which, for cherry-pick"_s),
        value(u"message"_s, u"TEXT"_s, u"message; one is made when not given"_s, {}, u"m"_s),
        flag(u"preview"_s, u"only say what would happen"_s),
        flag(u"undo"_s, u"put the branch of the last merge back"_s)};

    CommandSpec update = command(u"session update"_s,
                                 u"bring the base branch into the session's branch"_s,
                                 u"The agent gets it as a commit. Where that does not go together "
                                 "nothing is changed."_s);
    update.arguments = {argument(u"ID"_s)};
    update.options = {value(u"from"_s, u"BRANCH"_s, u"another branch than the base"_s),
                      flag(u"rebase"_s, u"put the session's commits on top of it instead"_s)};
    return {merge, update};
}

} // namespace

QList<CommandSpec> changesCommands()
{
    return lookingCommands() + reviewingCommands() + stagingCommands() + mergingCommands();
}

} // namespace paddock::ctl::parts
