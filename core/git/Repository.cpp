// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/git/Repository.h"

#include "core/git/Library.h"

#include <git2.h>

#include <QCoreApplication>
#include <QFile>
#include <QSet>

#include <algorithm>

using namespace Qt::StringLiterals;

namespace paddock::git {

namespace {

QString tr(const char *text)
{
    return QCoreApplication::translate("Repository", text);
}

template <typename T, void (*Free)(T *)>
struct Freer
{
    void operator()(T *pointer) const { Free(pointer); }
};
using ConfigPtr = std::unique_ptr<git_config, Freer<git_config, git_config_free>>;
using ObjectPtr = std::unique_ptr<git_object, Freer<git_object, git_object_free>>;
using ReferencePtr = std::unique_ptr<git_reference, Freer<git_reference, git_reference_free>>;
using CommitPtr = std::unique_ptr<git_commit, Freer<git_commit, git_commit_free>>;
using BlobPtr = std::unique_ptr<git_blob, Freer<git_blob, git_blob_free>>;
using TreePtr = std::unique_ptr<git_tree, Freer<git_tree, git_tree_free>>;
using RevwalkPtr = std::unique_ptr<git_revwalk, Freer<git_revwalk, git_revwalk_free>>;

QString pathText(const char *path)
{
    QString text = path ? QFile::decodeName(path) : QString();
    while (text.size() > 1 && text.endsWith(u'/'))
        text.chop(1);
    return text;
}

Oid toOid(const git_oid *oid)
{
    QByteArray hex(GIT_OID_HEXSZ, '0');
    git_oid_fmt(hex.data(), oid);
    return Oid::fromHex(hex).value_or(Oid());
}

git_oid fromOid(const Oid &oid)
{
    git_oid raw{};
    git_oid_fromstr(&raw, oid.toHex().constData());
    return raw;
}

/// The tree of \a commit; none if there is no such commit.
TreePtr treeOf(git_repository *repository, const Oid &commit)
{
    const git_oid oid = fromOid(commit);
    git_commit *raw = nullptr;
    if (commit.isNull() || git_commit_lookup(&raw, repository, &oid) != 0)
        return nullptr;
    const CommitPtr found(raw);
    git_tree *tree = nullptr;
    return TreePtr(git_commit_tree(&tree, found.get()) == 0 ? tree : nullptr);
}

ConfigPtr configOf(git_repository *repository)
{
    git_config *config = nullptr;
    return ConfigPtr(git_repository_config_snapshot(&config, repository) == 0 ? config : nullptr);
}

} // namespace

Repository::Repository(git_repository *handle)
    : m_handle(handle, git_repository_free)
{
}

Result<Repository> Repository::discover(const QString &path)
{
    detail::ensureLibrary();
    git_repository *handle = nullptr;
    const int code =
        git_repository_open_ext(&handle, QFile::encodeName(path).constData(), 0, nullptr);
    if (code != 0)
        return fail(detail::libraryError(code, tr("The repository could not be opened.")));
    return Repository(handle);
}

Result<Repository> Repository::open(const QString &gitDir)
{
    detail::ensureLibrary();
    git_repository *handle = nullptr;
    const int code =
        git_repository_open_ext(&handle,
                                QFile::encodeName(gitDir).constData(),
                                GIT_REPOSITORY_OPEN_NO_SEARCH | GIT_REPOSITORY_OPEN_NO_DOTGIT,
                                nullptr);
    if (code != 0)
        return fail(detail::libraryError(code, tr("The repository could not be opened.")));
    return Repository(handle);
}

QString Repository::gitDir() const
{
    return pathText(git_repository_path(m_handle.get()));
}

QString Repository::commonDir() const
{
    return pathText(git_repository_commondir(m_handle.get()));
}

QString Repository::workDir() const
{
    return pathText(git_repository_workdir(m_handle.get()));
}

bool Repository::isBare() const
{
    return git_repository_is_bare(m_handle.get()) == 1;
}

bool Repository::isShallow() const
{
    return git_repository_is_shallow(m_handle.get()) == 1;
}

bool Repository::isLinkedWorktree() const
{
    return git_repository_is_worktree(m_handle.get()) == 1;
}

bool Repository::isHeadUnborn() const
{
    return git_repository_head_unborn(m_handle.get()) == 1;
}

bool Repository::isHeadDetached() const
{
    return git_repository_head_detached(m_handle.get()) == 1;
}

Result<QString> Repository::headBranch() const
{
    git_reference *raw = nullptr;
    if (const int code = git_repository_head(&raw, m_handle.get()); code != 0)
        return fail(detail::libraryError(code, tr("HEAD of the repository could not be read.")));
    const ReferencePtr head(raw);
    if (git_reference_is_branch(head.get()) != 1)
        return QString();
    return QString::fromUtf8(git_reference_shorthand(head.get()));
}

Result<Oid> Repository::commit(const QString &revision) const
{
    git_object *raw = nullptr;
    const int code = git_revparse_single(&raw, m_handle.get(), revision.toUtf8().constData());
    const ObjectPtr object(raw);
    if (code != 0)
        return fail(detail::libraryError(code, tr("There is no commit %1.").arg(revision)));
    git_object *peeled = nullptr;
    if (const int failed = git_object_peel(&peeled, object.get(), GIT_OBJECT_COMMIT); failed != 0)
        return fail(detail::libraryError(failed, tr("%1 is not a commit.").arg(revision))
                        .withCategory(Category::InvalidArgument));
    const ObjectPtr commit(peeled);
    return toOid(git_object_id(commit.get()));
}

std::optional<Oid> Repository::refTarget(const QString &name) const
{
    git_oid oid{};
    if (git_reference_name_to_id(&oid, m_handle.get(), name.toUtf8().constData()) != 0)
        return std::nullopt;
    return toOid(&oid);
}

std::optional<QString> Repository::symbolicTarget(const QString &name) const
{
    git_reference *raw = nullptr;
    if (git_reference_lookup(&raw, m_handle.get(), name.toUtf8().constData()) != 0)
        return std::nullopt;
    const ReferencePtr reference(raw);
    const char *target = git_reference_symbolic_target(reference.get());
    return target ? std::optional(QString::fromUtf8(target)) : std::nullopt;
}

QStringList Repository::remotes() const
{
    QStringList names;
    git_strarray list{};
    if (git_remote_list(&list, m_handle.get()) != 0)
        return names;
    for (size_t i = 0; i < list.count; ++i)
        names += QString::fromUtf8(list.strings[i]);
    git_strarray_dispose(&list);
    std::sort(names.begin(), names.end(), [](const QString &a, const QString &b) {
        return std::pair(-a.size(), a) < std::pair(-b.size(), b);
    });
    return names;
}

Result<QList<std::pair<QString, Oid>>> Repository::refs(const QString &glob, int limit) const
{
    git_reference_iterator *raw = nullptr;
    int code = git_reference_iterator_glob_new(&raw, m_handle.get(), glob.toUtf8().constData());
    if (code != 0)
        return fail(detail::libraryError(code, tr("The refs could not be read.")));
    const std::unique_ptr<git_reference_iterator,
                          Freer<git_reference_iterator, git_reference_iterator_free>>
        iterator(raw);
    QList<std::pair<QString, Oid>> result;
    git_reference *reference = nullptr;
    while (result.size() < limit && (code = git_reference_next(&reference, iterator.get())) == 0) {
        const ReferencePtr owned(reference);
        if (const git_oid *target = git_reference_target(owned.get()))
            result.append({QString::fromUtf8(git_reference_name(owned.get())), toOid(target)});
    }
    if (code != 0 && code != GIT_ITEROVER)
        return fail(detail::libraryError(code, tr("The refs could not be read.")));
    return result;
}

Result<bool> Repository::reaches(const Oid &descendant, const Oid &ancestor) const
{
    if (descendant == ancestor)
        return true;
    if (isShallow()) {
        bool found = false;
        const auto walked = walkShallow(descendant, [&](const Oid &commit) {
            found = commit == ancestor;
            return !found;
        });
        return walked ? Result<bool>(found) : fail(walked.error());
    }
    const git_oid from = fromOid(descendant);
    const git_oid to = fromOid(ancestor);
    const int code = git_graph_descendant_of(m_handle.get(), &from, &to);
    if (code < 0)
        return fail(detail::libraryError(code, tr("The history could not be read.")));
    return code == 1;
}

Result<int> Repository::countCommits(const Oid &from, const Oid &notIn, int limit) const
{
    if (isShallow()) {
        QSet<Oid> known;
        auto walked = Result<Done>(Done{});
        if (!notIn.isNull())
            walked = walkShallow(notIn, [&](const Oid &commit) {
                known += commit;
                return true;
            });
        int counted = 0;
        if (walked)
            walked = walkShallow(from, [&](const Oid &commit) {
                counted += known.contains(commit) ? 0 : 1;
                return counted < limit;
            });
        return walked ? Result<int>(counted) : fail(walked.error());
    }
    git_revwalk *raw = nullptr;
    int code = git_revwalk_new(&raw, m_handle.get());
    const RevwalkPtr walk(raw);
    const git_oid start = fromOid(from);
    const git_oid hide = fromOid(notIn);
    if (code == 0)
        code = git_revwalk_push(walk.get(), &start);
    if (code == 0 && !notIn.isNull())
        code = git_revwalk_hide(walk.get(), &hide);
    int count = 0;
    git_oid next{};
    while (code == 0 && count < limit && (code = git_revwalk_next(&next, walk.get())) == 0)
        ++count;
    if (code != 0 && code != GIT_ITEROVER)
        return fail(detail::libraryError(code, tr("The history could not be read.")));
    return count;
}

Result<Done> Repository::walkShallow(const Oid &from,
                                     const std::function<bool(const Oid &)> &visit) const
{
    QFile file(commonDir() + u"/shallow"_s);
    QSet<Oid> ends;
    if (file.open(QIODevice::ReadOnly)) {
        for (const QByteArray &line : file.readAll().split('\n')) {
            if (const auto end = Oid::fromHex(line.trimmed()))
                ends += *end;
        }
    }
    QSet<Oid> seen{from};
    QList<Oid> open{from};
    while (!open.isEmpty()) {
        const Oid next = open.takeLast();
        if (!visit(next))
            return Done{};
        if (ends.contains(next))
            continue;
        const git_oid id = fromOid(next);
        git_commit *raw = nullptr;
        if (const int code = git_commit_lookup(&raw, m_handle.get(), &id); code != 0)
            return fail(detail::libraryError(code, tr("The history could not be read.")));
        const CommitPtr commit(raw);
        for (unsigned int i = 0; i < git_commit_parentcount(commit.get()); ++i) {
            const Oid parent = toOid(git_commit_parent_id(commit.get(), i));
            if (!seen.contains(parent)) {
                seen += parent;
                open += parent;
            }
        }
    }
    return Done{};
}

std::optional<QByteArray>
Repository::fileAt(const Oid &commit, const QByteArray &name, qint64 limit) const
{
    const TreePtr tree = treeOf(m_handle.get(), commit);
    const git_tree_entry *entry =
        tree ? git_tree_entry_byname(tree.get(), name.constData()) : nullptr;
    git_blob *raw = nullptr;
    if (!entry || git_tree_entry_type(entry) != GIT_OBJECT_BLOB ||
        git_blob_lookup(&raw, m_handle.get(), git_tree_entry_id(entry)) != 0)
        return std::nullopt;
    const BlobPtr blob(raw);
    const auto size = static_cast<qint64>(git_blob_rawsize(blob.get()));
    if (size > limit)
        return std::nullopt;
    return QByteArray(static_cast<const char *>(git_blob_rawcontent(blob.get())), size);
}

bool Repository::treeHasEntry(const Oid &commit, const QByteArray &name) const
{
    const TreePtr tree = treeOf(m_handle.get(), commit);
    return tree && git_tree_entry_byname(tree.get(), name.constData()) != nullptr;
}

std::optional<QByteArray> Repository::setting(const QByteArray &name) const
{
    const ConfigPtr config = configOf(m_handle.get());
    const char *value = nullptr;
    if (!config || git_config_get_string(&value, config.get(), name.constData()) != 0)
        return std::nullopt;
    return QByteArray(value);
}

bool Repository::hasSubsectionSetting(const QByteArray &section, const QByteArray &name) const
{
    // Not by git_config_foreach_match(): libgit2 1.5 loses 20 KB for every call that finds nothing.
    const ConfigPtr config = configOf(m_handle.get());
    git_config_iterator *raw = nullptr;
    if (!config || git_config_iterator_new(&raw, config.get()) != 0)
        return false;
    const std::unique_ptr<git_config_iterator, Freer<git_config_iterator, git_config_iterator_free>>
        iterator(raw);
    git_config_entry *entry = nullptr; // belongs to the iterator
    while (git_config_next(&entry, iterator.get()) == 0) {
        const QByteArrayView found(entry->name);
        if (found.startsWith(QByteArray(section + '.')) && found.endsWith(QByteArray('.' + name)))
            return true;
    }
    return false;
}

} // namespace paddock::git
