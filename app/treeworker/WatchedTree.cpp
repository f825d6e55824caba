// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/treeworker/WatchedTree.h"

#include "core/worktrees/FileTree.h"

#include <QFile>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <deque>
#include <dirent.h>
#include <fcntl.h>
#include <unistd.h>

using namespace Qt::StringLiterals;

namespace paddock::treeworker {

namespace {

constexpr qint64 kMaxFolderEntries = 1'000'000;
constexpr qint64 kMaxRules = kMiB;
constexpr qsizetype kMaxRoots = 500; // more: everything is asked for at once
constexpr qsizetype kMaxSpecial = 5;

QByteArray nameOf(const QByteArray &path)
{
    return path.mid(path.lastIndexOf('/') + 1);
}

QByteArray parentOf(const QByteArray &path)
{
    return path.left(std::max<qsizetype>(path.lastIndexOf('/'), 0));
}

bool isRules(const QByteArray &name)
{
    return name == ".gitignore" || name == ".gitattributes";
}

/// Git takes these from the index where they are missing.
bool isAttributes(const QByteArray &path)
{
    return nameOf(path) == ".gitattributes";
}

/// Git opens these by name.
bool isReadByGit(const QByteArray &name)
{
    return isRules(name) || name == ".gitmodules" || name == ".mailmap";
}

std::pair<qint64, qint64> changeTime(const struct stat &status)
{
    return {status.st_ctim.tv_sec, status.st_ctim.tv_nsec};
}

Error failure(const QString &text)
{
    return Error(ErrorKind::IoFailed, text)
        .withDetail(QString::fromLocal8Bit(std::strerror(errno)));
}

Error stopped(const QByteArrayList &special)
{
    return Error(ErrorKind::SecurityViolation, u"A special file would stop git."_s)
        .withDetail(QString::fromUtf8(special.mid(0, kMaxSpecial).join('\n')));
}

} // namespace

WatchedTree::WatchedTree(const worktrees::TreeOpen &open)
    : m_open(open)
    , m_root(::open(open.workPath.constData(), O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC))
    , m_git(open)
    , m_judge(m_root.get(), open.trustsFileMode)
    , m_watches(m_root.get(), open.maxWatches)
{
}

Result<worktrees::TreeAnswer> WatchedTree::look(const QByteArray &head)
{
    if (!m_root.isOpen())
        return fail(failure(u"The folder of the tree cannot be opened."_s));
    m_looked = 0;
    m_judge.forgetFolders();
    m_watches.read();
    const auto moved = m_watches.takeMoved();
    const bool headMoved = head != m_head;
    m_head = head;
    const auto exclude =
        worktrees::readFileBeneath(QFile::decodeName(m_open.gitDir), "info/exclude", kMaxRules);
    const bool excludeMoved = exclude.value_or(QByteArray()) != m_exclude;
    m_exclude = exclude.value_or(QByteArray());

    if (const auto special = specialAmong(moved.paths); !special.isEmpty()) {
        m_isComplete = false;
        return fail(stopped(special));
    }
    const bool needsAll =
        !m_isComplete || moved.overflow || excludeMoved || !m_isWatched || haveSharedRulesMoved() ||
        std::any_of(moved.paths.begin(), moved.paths.end(), [](const QByteArray &path) {
            return isRules(nameOf(path)) || nameOf(path) == ".git";
        });
    m_isComplete = false; // until this look has come to its end
    const bool indexMoved = needsAll || moved.index;
    Result<Done> done = Done{};
    if (needsAll)
        done = lookAtAll();
    else if (moved.index)
        done = readIndex();
    if (done && !needsAll && !m_isUnusual)
        done = lookAt(moved.paths);
    if (done && !needsAll && !m_isUnusual)
        done = lookAtUntold();
    if (done && !m_isUnusual && (headMoved || indexMoved)) {
        auto staged = m_git.staged(m_head);
        if (staged)
            m_staged = *staged;
        else
            done = fail(staged.error());
    }
    const auto now = std::chrono::steady_clock::now();
    if (done && !m_isUnusual && !needsAll &&
        now - m_lastSweep > std::chrono::seconds(m_open.sweepSeconds))
        done = sweep();
    if (!done)
        return fail(explained(done.error()));
    m_isComplete = true;
    if (!m_isUnusual)
        return answer();
    auto said = answerOfGit();
    return said ? said : fail(explained(said.error()));
}

/// Everything, as if for the first time.
Result<Done> WatchedTree::lookAtAll()
{
    const auto ignored = m_git.ignoredFolders({}, GitQuestions::Index::Real);
    if (!ignored)
        return fail(ignored.error());
    m_ignoredFolders = Paths(ignored->begin(), ignored->end());
    m_isWatched = m_mayWatch && m_watches.watchIndex(m_open.indexFile).has_value();
    m_hasNestedRepository = false;
    m_sharedRules.clear();
    Paths attributes;
    if (auto walked = walk({QByteArray()}, &attributes); !walked)
        return walked;
    if (!m_isWatched) {
        m_mayWatch = false; // trying again would cost as much and end the same way
        m_watches.removeAll();
    }
    auto file = git::readIndexFile(QFile::decodeName(m_open.indexFile));
    m_isUnusual = !m_open.isPlain || !file || file->isUnusual;
    if (m_isUnusual)
        return Done{};
    m_files.clear();
    m_files.reserve(file->entries.size());
    for (git::IndexEntry &entry : file->entries) {
        if (isAttributes(entry.path))
            attributes.insert(entry.path);
        m_files.push_back({.entry = std::move(entry)});
    }
    file->entries.clear();
    m_index = std::move(*file);
    chooseConversion(attributes);
    if (auto swept = sweep(); !swept)
        return swept;
    return readAllUntracked();
}

/// Sets watches on \a folders and all below that is not ignored; into \a seen: what was found, of a
/// walk from the top the rules alone.
Result<Done> WatchedTree::walk(const QByteArrayList &folders, Paths *seen)
{
    const bool fromTop = folders.contains(QByteArray());
    std::deque<QByteArray> next(folders.begin(), folders.end());
    QByteArrayList special;
    qint64 count = 0;
    while (!next.empty()) {
        const QByteArray folder = next.front();
        next.pop_front();
        // The watch comes first: what appears after the reading is told.
        if (m_isWatched && !m_watches.add(folder))
            m_isWatched = false;
        const int opened = worktrees::openBeneath(
            m_root.get(), folder.isEmpty() ? QByteArray(".") : folder, O_RDONLY | O_DIRECTORY);
        DIR *directory = opened < 0 ? nullptr : ::fdopendir(opened);
        if (!directory) {
            if (opened >= 0)
                ::close(opened);
            continue; // gone, or not to be read: git sees nothing in it either
        }
        while (const dirent *entry = ::readdir(directory)) {
            const QByteArray name(entry->d_name);
            if (name == "." || name == "..")
                continue;
            if (name == ".git") {
                m_hasNestedRepository = m_hasNestedRepository || !folder.isEmpty();
                continue;
            }
            if (++count > kMaxFolderEntries) {
                ::closedir(directory);
                return fail(ErrorKind::FileTooLarge, u"The tree has too many files."_s);
            }
            const QByteArray path = folder.isEmpty() ? name : QByteArray(folder + '/' + name);
            auto type = entry->d_type;
            if (type == DT_UNKNOWN || isReadByGit(name)) {
                struct stat status
                {
                };
                if (::fstatat(::dirfd(directory), entry->d_name, &status, AT_SYMLINK_NOFOLLOW) != 0)
                    continue;
                type = S_ISDIR(status.st_mode)   ? DT_DIR
                       : S_ISREG(status.st_mode) ? DT_REG
                       : S_ISLNK(status.st_mode) ? DT_LNK
                                                 : DT_FIFO;
                if (isRules(name) && type == DT_REG && status.st_nlink > 1)
                    m_sharedRules[path] = changeTime(status);
            }
            if (isReadByGit(name) && type == DT_FIFO)
                special += path;
            if (!fromTop || name == ".gitattributes")
                seen->insert(path);
            if (type == DT_DIR && !m_ignoredFolders.contains(path))
                next.push_back(path);
        }
        ::closedir(directory);
    }
    return special.isEmpty() ? Result<Done>(Done{}) : fail(stopped(special));
}

/// What git would open by its name and wait on.
QByteArrayList WatchedTree::specialAmong(const Paths &paths)
{
    QByteArrayList special;
    for (const QByteArray &path : paths) {
        if (!isReadByGit(nameOf(path)))
            continue;
        const auto status = m_judge.statusOf(path);
        if (status && !S_ISREG(status->st_mode) && !S_ISLNK(status->st_mode) &&
            !S_ISDIR(status->st_mode))
            special += path;
    }
    return special;
}

/// After git did not come back in time: is there a file that stops it?
Error WatchedTree::explained(const Error &error)
{
    if (error.kind != ErrorKind::CommandTimeout)
        return error;
    Paths seen;
    const auto walked = walk({QByteArray()}, &seen);
    return !walked && walked.error().kind == ErrorKind::SecurityViolation ? walked.error() : error;
}

/// Whether content is what git would store, by what the attributes say.
void WatchedTree::chooseConversion(const Paths &attributes)
{
    auto conversion =
        m_open.convertsLineEnds ? FileJudge::Conversion::LineEnds : FileJudge::Conversion::None;
    for (const QByteArray &path : attributes) {
        const auto rules =
            worktrees::readFileBeneath(QFile::decodeName(m_open.workPath), path, kMaxRules);
        if (!rules || rules->contains("ident") || rules->contains("encoding") ||
            rules->contains("[attr]")) {
            m_judge.setConversion(FileJudge::Conversion::AskGit);
            return;
        }
        conversion = FileJudge::Conversion::LineEnds;
    }
    m_judge.setConversion(conversion);
}

Result<Done> WatchedTree::readIndex()
{
    auto file = git::readIndexFile(QFile::decodeName(m_open.indexFile));
    if (!file || file->isUnusual || m_isUnusual)
        return lookAtAll();
    return adoptIndex(std::move(*file));
}

/// Takes the entries of \a file, with what is known of those that are as they were, and looks at
/// the others.
Result<Done> WatchedTree::adoptIndex(git::IndexFile file)
{
    std::vector<Tracked> files;
    files.reserve(file.entries.size());
    QByteArrayList undecided;
    bool namesMoved = false;
    bool reachesIgnored = false;
    bool rulesMoved = false;
    const auto leave = [&](const Tracked &gone) {
        namesMoved = true;
        rulesMoved = rulesMoved || isAttributes(gone.entry.path);
    };
    m_index = std::move(file);
    auto old = m_files.begin();
    for (git::IndexEntry &entry : m_index.entries) {
        while (old != m_files.end() && old->entry.path < entry.path)
            leave(*old++);
        const bool isKnown = old != m_files.end() && old->entry.path == entry.path;
        if (isKnown && old->entry == entry) {
            files.push_back(std::move(*old));
        } else {
            namesMoved = namesMoved || !isKnown;
            reachesIgnored = reachesIgnored || isIgnoredFolder(parentOf(entry.path));
            rulesMoved =
                rulesMoved || (isAttributes(entry.path) && (!isKnown || old->entry.id != entry.id));
            files.push_back({.entry = std::move(entry)});
            judge(files.back(), FileJudge::Look::Close, undecided);
        }
        if (isKnown)
            ++old;
    }
    while (old != m_files.end())
        leave(*old++);
    m_index.entries.clear();
    m_files = std::move(files);
    // A folder that became worth watching, or attributes that may count for other files.
    if (reachesIgnored || rulesMoved)
        return lookAtAll();
    if (auto settled = settle(undecided); !settled)
        return settled;
    return namesMoved ? readAllUntracked() : Result<Done>(Done{});
}

void WatchedTree::judge(Tracked &file, FileJudge::Look look, QByteArrayList &undecided)
{
    ++m_looked;
    if (!m_judge.judge(file, m_index, look))
        undecided += file.entry.path;
}

Result<Done> WatchedTree::settle(const QByteArrayList &undecided)
{
    for (qsizetype at = 0; at < undecided.size(); at += kMaxRoots) {
        const QByteArrayList some = undecided.mid(at, kMaxRoots);
        const auto letters = m_git.changed(some);
        if (!letters)
            return fail(letters.error());
        for (const QByteArray &path : some) {
            if (Tracked *file = tracked(path))
                file->letter = letters->value(path, '.');
        }
    }
    return Done{};
}

/// Every tracked file, by its times: what inotify does not tell (a write through another name or
/// through memory) shows here.
Result<Done> WatchedTree::sweep()
{
    QByteArrayList undecided;
    for (Tracked &file : m_files)
        judge(file, FileJudge::Look::Quick, undecided);
    m_lastSweep = std::chrono::steady_clock::now();
    return settle(undecided);
}

Result<Done> WatchedTree::lookAt(const Paths &moved)
{
    if (moved.empty())
        return Done{};
    Paths all = moved;
    // Git gives up on a question about a place below a folder that has come to be ignored.
    if (auto walked = walkNew(all); !walked)
        return walked.error().kind == ErrorKind::GitFailed ? lookAtAll() : walked;
    if (!m_isWatched) // no watch left for a new folder
        return lookAtAll();
    if (std::any_of(all.begin(), all.end(), [](const QByteArray &path) {
            return isRules(nameOf(path));
        })) // they came with a folder
        return lookAtAll();
    // What was written through one name shows under the others, rules as well, and inotify does not
    // say so.
    if (std::any_of(all.begin(), all.end(), [this](const QByteArray &path) {
            const auto status = m_judge.statusOf(path);
            return status && S_ISREG(status->st_mode) && status->st_nlink > 1;
        }))
        return lookAtAll();
    QByteArrayList undecided;
    for (const QByteArray &path : all) {
        if (Tracked *file = tracked(path))
            judge(*file, FileJudge::Look::Close, undecided);
        const QByteArray below = path + '/';
        for (auto at = firstBelow(path); at != m_files.end() && at->entry.path.startsWith(below);
             ++at)
            judge(*at, FileJudge::Look::Close, undecided);
    }
    if (auto settled = settle(undecided); !settled)
        return settled;
    return readUntracked(all);
}

bool WatchedTree::haveSharedRulesMoved()
{
    return std::any_of(m_sharedRules.begin(), m_sharedRules.end(), [this](const auto &rules) {
        const auto status = m_judge.statusOf(rules.first);
        return !status || changeTime(*status) != rules.second;
    });
}

/// What inotify does not name, as far as it is known to be in question; by the times alone, and not
/// counted.
Result<Done> WatchedTree::lookAtUntold()
{
    QByteArrayList undecided;
    for (Tracked &file : m_files) {
        if (file.mayMoveUntold && !m_judge.judge(file, m_index, FileJudge::Look::Quick))
            undecided += file.entry.path;
    }
    return settle(undecided);
}

/// Watches the folders among \a moved that are not watched yet, and adds what is in them.
Result<Done> WatchedTree::walkNew(Paths &moved)
{
    QByteArrayList folders;
    for (const QByteArray &path : moved) {
        const auto status = m_judge.statusOf(path);
        if (!status || !S_ISDIR(status->st_mode))
            m_watches.remove(path);
        else if (!m_watches.isWatched(path) && !isIgnoredFolder(path))
            folders += path;
    }
    if (folders.isEmpty())
        return Done{};
    QByteArrayList mayBeIgnored;
    std::copy_if(folders.begin(),
                 folders.end(),
                 std::back_inserter(mayBeIgnored),
                 [this](const QByteArray &folder) { return !hasTrackedBelow(folder); });
    if (!mayBeIgnored.isEmpty() && mayBeIgnored.size() <= kMaxRoots) {
        // With the index: a folder above may be ignored and have tracked files all the same.
        const auto ignored = m_git.ignoredFolders(mayBeIgnored, GitQuestions::Index::Real);
        if (!ignored)
            return fail(ignored.error());
        m_ignoredFolders.insert(ignored->begin(), ignored->end());
        folders.removeIf([this](const QByteArray &folder) { return isIgnoredFolder(folder); });
    }
    Paths seen;
    if (auto walked = walk(folders, &seen); !walked)
        return walked;
    moved.merge(seen);
    return Done{};
}

Result<Done> WatchedTree::readAllUntracked()
{
    const auto names = m_git.untracked({}, GitQuestions::Index::Real);
    if (!names)
        return fail(names.error());
    m_untracked = Paths(names->begin(), names->end());
    return Done{};
}

Result<Done> WatchedTree::readUntracked(const Paths &moved)
{
    Paths roots;
    for (const QByteArray &path : moved) {
        const auto status = m_judge.statusOf(path);
        if (!status || !S_ISDIR(status->st_mode)) {
            dropUntracked(path);
            if (tracked(path))
                continue;
        } else if (hasTrackedBelow(path)) {
            m_untracked.erase(path); // if it was a file
            continue;                // what is in it counts by itself
        }
        roots.insert(untrackedRoot(path));
    }
    QByteArrayList existing;
    for (const QByteArray &root : roots) {
        dropUntracked(root);
        if (m_judge.statusOf(root))
            existing += root;
    }
    if (existing.isEmpty())
        return Done{};
    if (existing.size() > kMaxRoots)
        return readAllUntracked();
    // A repository in the middle of tracked files changes what git makes of the folder.
    const auto names = m_git.untracked(
        existing, m_hasNestedRepository ? GitQuestions::Index::Real : GitQuestions::Index::None);
    if (!names)
        return fail(names.error());
    for (const QByteArray &name : *names) {
        const QByteArray plain = name.endsWith('/') ? name.chopped(1) : name;
        // Git does not name a folder in the place of a tracked file.
        if (!tracked(plain) && roots.contains(untrackedRoot(plain)))
            m_untracked.insert(name);
    }
    return Done{};
}

Tracked *WatchedTree::tracked(const QByteArray &path)
{
    const auto found = std::lower_bound(
        m_files.begin(), m_files.end(), path, [](const Tracked &file, const QByteArray &wanted) {
            return file.entry.path < wanted;
        });
    return found != m_files.end() && found->entry.path == path ? &*found : nullptr;
}

std::vector<Tracked>::iterator WatchedTree::firstBelow(const QByteArray &folder)
{
    return std::lower_bound(
        m_files.begin(),
        m_files.end(),
        folder + '/',
        [](const Tracked &file, const QByteArray &wanted) { return file.entry.path < wanted; });
}

bool WatchedTree::hasTrackedBelow(const QByteArray &folder)
{
    const auto first = firstBelow(folder);
    return first != m_files.end() && first->entry.path.startsWith(folder + '/');
}

/// The outermost folder that holds \a path and nothing tracked, or \a path itself.
QByteArray WatchedTree::untrackedRoot(const QByteArray &path)
{
    QByteArray root = path;
    for (QByteArray above = parentOf(root); !above.isEmpty() && !hasTrackedBelow(above);
         above = parentOf(root))
        root = above;
    return root;
}

bool WatchedTree::isIgnoredFolder(const QByteArray &folder) const
{
    for (QByteArray at = folder; !at.isEmpty(); at = parentOf(at)) {
        if (m_ignoredFolders.contains(at))
            return true;
    }
    return false;
}

void WatchedTree::dropUntracked(const QByteArray &path)
{
    m_untracked.erase(path);
    const QByteArray below = path + '/';
    for (auto at = m_untracked.lower_bound(below);
         at != m_untracked.end() && at->startsWith(below);)
        at = m_untracked.erase(at);
}

worktrees::TreeAnswer WatchedTree::answer() const
{
    worktrees::TreeAnswer answer{
        .isWatched = m_isWatched, .watches = m_watches.count(), .looked = m_looked};
    QList<worktrees::ChangedFile> changes;
    auto staged = m_staged;
    for (const Tracked &file : m_files) {
        const char letter = staged.isEmpty() ? '.' : staged.take(file.entry.path);
        if (file.letter != '.' || (letter != '.' && letter != '\0'))
            changes.append({.path = file.entry.path,
                            .index = letter == '\0' ? '.' : letter,
                            .worktree = file.letter});
    }
    for (auto gone = staged.cbegin(); gone != staged.cend(); ++gone)
        changes.append({.path = gone.key(), .index = gone.value()});
    std::sort(changes.begin(), changes.end(), [](const auto &a, const auto &b) {
        return a.path < b.path;
    });
    for (const QByteArray &path : m_untracked)
        changes.append({.path = path, .worktree = '?', .untracked = true});
    qint64 bytes = 0;
    for (const worktrees::ChangedFile &file : changes) {
        bytes += file.path.size();
        if (bytes > worktrees::kMaxTreeAnswer || answer.files.size() >= worktrees::kMaxTreeFiles) {
            answer.truncated = true;
            break;
        }
        answer.files.append(file);
    }
    return answer;
}

Result<worktrees::TreeAnswer> WatchedTree::answerOfGit() const
{
    worktrees::TreeAnswer answer{.isWatched = m_isWatched, .watches = m_watches.count()};
    const auto entries = m_git.status(&answer.truncated);
    if (!entries)
        return fail(entries.error());
    for (const git::StatusEntry &entry : *entries) {
        if (answer.files.size() >= worktrees::kMaxTreeFiles) {
            answer.truncated = true;
            break;
        }
        answer.files.append(worktrees::changedFileOf(entry));
    }
    return answer;
}

} // namespace paddock::treeworker
