// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/worktrees/StagedCommit.h"

#include "core/git/Repository.h"
#include "core/worktrees/FileTree.h"
#include "core/worktrees/StagingWork.h"

#include <QCoreApplication>
#include <QDateTime>

#include <algorithm>

using namespace Qt::StringLiterals;

namespace paddock::worktrees {

namespace {

constexpr qint64 kMaxMessage = 256 * kKiB;
constexpr qint64 kMaxCommit = 4 * kMiB;
constexpr qsizetype kMaxNamed = 5;

QString tr(const char *text)
{
    return QCoreApplication::translate("Staging", text);
}

/// What of the commit at the tip counts for the one that is made of it.
struct Tip
{
    git::Oid tree{};
    QList<git::Oid> parents{};
    QByteArray author{};   ///< the line without "author "; of an agent
    QByteArray encoding{}; ///< of the message, as a header line; empty: UTF-8
    QByteArray message{};
};

Result<Tip> readTip(const StagingWork &work)
{
    auto request =
        work.view.objectRequest({u"cat-file"_s, u"commit"_s, work.view.head().toString()});
    request.maxOutput = kMaxCommit;
    request.what = tr("Reading the last commit");
    const auto text = work.git.check(request, work.cancel);
    if (!text)
        return fail(text.error());
    Tip tip;
    for (qsizetype at = 0; at < text->size();) {
        const qsizetype end = text->indexOf('\n', at);
        if (end <= at) { // the empty line before the message, or none
            tip.message = end < 0 ? QByteArray() : text->mid(end + 1);
            break;
        }
        const QByteArray line = text->mid(at, end - at);
        at = end + 1;
        const auto id = git::Oid::fromHex(line.mid(line.indexOf(' ') + 1));
        if (line.startsWith("tree ") && id)
            tip.tree = *id;
        else if (line.startsWith("parent ") && id)
            tip.parents += *id;
        else if (line.startsWith("author "))
            tip.author = line.mid(7);
        else if (line.startsWith("encoding "))
            tip.encoding = line + '\n';
    }
    if (tip.tree.isNull() || tip.author.isEmpty())
        return fail(ErrorKind::ProtocolError, tr("The last commit of the branch cannot be read."));
    return tip;
}

/// A name or address as git writes it into a commit: without what would end it.
QByteArray identityPart(const QString &text)
{
    QByteArray part;
    for (const char c : text.toUtf8()) {
        if (c != '<' && c != '>' && c != '\n' && c != '\0')
            part += c;
    }
    const auto isCrud = [](char c) {
        return static_cast<unsigned char>(c) <= ' ' || QByteArrayView(".,:;<>\"\\'").contains(c);
    };
    while (!part.isEmpty() && isCrud(part.back()))
        part.chop(1);
    while (!part.isEmpty() && isCrud(part.front()))
        part.remove(0, 1);
    return part;
}

/// "Name <address> time zone" of the person.
Result<QByteArray> identity(const git::RepositoryInfo &project)
{
    const QByteArray name = identityPart(project.userName);
    const QByteArray address = identityPart(project.userEmail);
    if (name.isEmpty() || address.isEmpty())
        return fail(Error(ErrorKind::InvalidConfig,
                          tr("Git does not know your name and your e-mail address."))
                        .withRemedy(tr("Run git config --global user.name \"Your Name\" and git "
                                       "config --global user.email you@example.org.")));
    const QDateTime now = QDateTime::currentDateTime();
    const int minutes = now.offsetFromUtc() / 60;
    return name + " <" + address + "> " + QByteArray::number(now.toSecsSinceEpoch()) + ' ' +
           (minutes < 0 ? '-' : '+') +
           QByteArray::number(std::abs(minutes) / 60 * 100 + std::abs(minutes) % 60)
               .rightJustified(4, '0');
}

Result<QByteArray> checkedMessage(const CommitOptions &options, const Tip &tip)
{
    const QByteArray given = options.message.toUtf8();
    if (given.size() > kMaxMessage)
        return fail(ErrorKind::InvalidArgument,
                    tr("The message is longer than %1.").arg(formatByteSize(kMaxMessage)));
    if (given.contains('\0'))
        return fail(ErrorKind::InvalidArgument,
                    tr("The message holds a NUL character, which git cannot keep."));
    if (options.amend && options.message.isEmpty())
        return tip.message;
    QByteArray message = cleanMessage(given);
    if (message.isEmpty())
        return fail(Error(ErrorKind::InvalidArgument, tr("The message is empty."))
                        .withRemedy(tr("Say in a line what the commit does.")));
    return message;
}

/// Only a commit of the session itself may be replaced: one that the base has not.
Result<Done> checkMayAmend(const StagingWork &work)
{
    const auto repository = git::Repository::open(work.view.project().commonDir);
    if (!repository)
        return fail(repository.error());
    const git::Oid head = work.view.head();
    const git::Oid base = repository->refTarget(u"refs/heads/"_s + work.tree.baseBranch)
                              .value_or(work.tree.baseCommit);
    const bool isOwn = head != work.tree.baseCommit &&
                       repository->reaches(head, work.tree.baseCommit).value_or(false) &&
                       !repository->reaches(base, head).value_or(true);
    if (isOwn)
        return Done{};
    return fail(Error(ErrorKind::InvalidArgument,
                      tr("The last commit is not one of this session, so it is not changed."))
                    .withRemedy(tr("Make a new commit instead.")));
}

Result<Done> checkIsMerged(const StagingWork &work)
{
    QStringList paths;
    for (auto entry = work.before.begin(); entry != work.before.end(); ++entry) {
        if (entry->constFirst().stage != 0 && paths.size() < kMaxNamed)
            paths += QString::fromUtf8(entry.key());
    }
    if (paths.isEmpty())
        return Done{};
    return fail(Error(ErrorKind::MergeConflict, tr("Some files have conflicts."))
                    .withDetail(paths.join(u", "_s))
                    .withRemedy(tr("Resolve them and stage them.")));
}

Result<git::Oid> oneId(const StagingWork &work, git::GitRequest request)
{
    request.what = tr("Making the commit");
    const auto text = work.git.check(request, work.cancel);
    if (!text)
        return fail(orDiskFull(text.error(), work.view.gitDir()));
    return git::Oid::fromHex(text->trimmed());
}

/// InvalidArgument if the commit would change nothing.
Result<Done> checkChangesSomething(const StagingWork &work,
                                   const Tip &tip,
                                   const git::Oid &tree,
                                   const QByteArray &message,
                                   bool amend)
{
    if (!amend || tip.parents.isEmpty()) {
        if (tree != tip.tree)
            return Done{};
        return fail(Error(ErrorKind::InvalidArgument, tr("Nothing is staged."))
                        .withRemedy(tr("Stage the changes that the commit shall hold.")));
    }
    if (tree == tip.tree && message == tip.message)
        return fail(Error(ErrorKind::InvalidArgument, tr("Nothing of the last commit changes."))
                        .withRemedy(tr("Stage something, or write another message.")));
    if (tip.parents.size() > 1)
        return Done{};
    const auto before = oneId(
        work,
        work.view.objectRequest(
            {u"rev-parse"_s, u"--verify"_s, tip.parents.constFirst().toString() + u"^{tree}"_s}));
    if (!before)
        return fail(before.error());
    if (tree != *before)
        return Done{};
    return fail(Error(ErrorKind::InvalidArgument, tr("The commit would not change anything."))
                    .withRemedy(tr("Stage something that it shall hold.")));
}

} // namespace

QByteArray cleanMessage(const QByteArray &message)
{
    const auto isSpace = [](char c) { return QByteArrayView(" \t\r\v\f").contains(c); };
    QByteArray clean;
    bool gap = false;
    for (QByteArray line : message.split('\n')) {
        while (!line.isEmpty() && isSpace(line.back()))
            line.chop(1);
        if (line.isEmpty()) {
            gap = true;
            continue;
        }
        if (gap && !clean.isEmpty())
            clean += '\n';
        gap = false;
        clean += line + '\n';
    }
    return clean;
}

Result<BuiltCommit> buildStagedCommit(const git::GitProcess &git,
                                      const SessionTree &tree,
                                      const CommitOptions &options,
                                      const CancelToken &cancel)
{
    const auto work = StagingWork::begin(git, tree, cancel);
    if (!work)
        return fail(work.error());
    if (auto merged = checkIsMerged(*work); !merged)
        return fail(merged.error());
    const auto tip = readTip(*work);
    if (!tip)
        return fail(tip.error());
    if (options.amend) {
        if (auto may = checkMayAmend(*work); !may)
            return fail(may.error());
    }
    const auto person = identity(work->view.project());
    if (!person)
        return fail(person.error());
    const auto message = checkedMessage(options, *tip);
    if (!message)
        return fail(message.error());
    auto writing = work->view.objectRequest({u"write-tree"_s});
    writing.indexFile = work->index.path();
    const auto staged = oneId(*work, writing);
    if (!staged)
        return fail(staged.error());
    if (auto changes = checkChangesSomething(*work, *tip, *staged, *message, options.amend);
        !changes)
        return fail(changes.error());

    // As git commit-tree writes it; that takes identities from an environment which ours has not.
    QByteArray text = "tree " + staged->toHex() + '\n';
    for (const git::Oid &parent : options.amend ? tip->parents : QList<git::Oid>{work->view.head()})
        text += "parent " + parent.toHex() + '\n';
    text += "author " + (options.amend ? tip->author : *person) + '\n';
    text += "committer " + *person + '\n';
    if (options.amend && options.message.isEmpty())
        text += tip->encoding;
    text += '\n' + *message;
    auto making =
        work->view.objectRequest({u"hash-object"_s, u"-t"_s, u"commit"_s, u"-w"_s, u"--stdin"_s});
    making.input = text;
    const auto commit = oneId(*work, making);
    if (!commit)
        return fail(commit.error());
    return BuiltCommit{.commit = *commit, .head = work->view.head(), .amends = options.amend};
}

} // namespace paddock::worktrees
