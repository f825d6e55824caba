// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/worktrees/StagingScratch.h"

#include "core/base/Bytes.h"
#include "core/base/XdgPaths.h"
#include "core/git/Alternates.h"
#include "core/worktrees/Descriptor.h"
#include "core/worktrees/FileTree.h"

#include <QCoreApplication>
#include <QCryptographicHash>
#include <QDir>
#include <QFile>

#include <cerrno>
#include <fcntl.h>

using namespace Qt::StringLiterals;

namespace paddock::worktrees {

namespace {

constexpr qint64 kMaxFile = 4 * kGiB; // what one index entry can say about a size
constexpr qint64 kMaxAttributes = kMiB;
constexpr qint64 kBytesPerSecond = 8 * kMiB; // git at its slowest: hashing and packing

QString tr(const char *text)
{
    return QCoreApplication::translate("Staging", text);
}

} // namespace

Result<StagingScratch> StagingScratch::make(const HostView &view)
{
    // What a crash has left behind; the project is held, so nobody works in it.
    const QString prefix = u"staging-"_s;
    const QDir parent(view.gitDir());
    for (const QString &old : parent.entryList({prefix + u'*'}, QDir::Dirs | QDir::Hidden)) {
        const auto removed = removeTree(parent.filePath(old), std::nullopt);
        Q_UNUSED(removed)
    }
    const QString folder = parent.filePath(prefix + randomShortId());
    StagingScratch scratch(view, folder);
    for (const QString &name : {scratch.files(), scratch.out()}) {
        if (auto made = makePrivateFolder(name); !made)
            return fail(made.error());
    }
    return scratch;
}

StagingScratch::StagingScratch(StagingScratch &&other) noexcept
    : m_view(other.m_view)
    , m_folder(std::exchange(other.m_folder, {}))
    , m_attributeFolders(other.m_attributeFolders)
    , m_bytes(other.m_bytes)
{
}

StagingScratch::~StagingScratch()
{
    if (m_folder.isEmpty())
        return;
    const auto removed = removeTree(m_folder, std::nullopt);
    Q_UNUSED(removed)
}

Result<TreeFile>
StagingScratch::copy(const QString &root, const QByteArray &relative, const CancelToken &cancel)
{
    if (auto copied = copyAttributes(root, relative); !copied)
        return fail(copied.error());
    auto file = lookBeneath(root, relative);
    if (!file)
        return file;
    switch (file->kind) {
    case TreeFile::Kind::Absent:
    case TreeFile::Kind::Folder: // the path itself is gone then
        return file;
    case TreeFile::Kind::Special:
        return fail(Error(ErrorKind::InvalidArgument,
                          tr("This is a special file, which git does not track."))
                        .withDetail(QString::fromUtf8(relative)));
    case TreeFile::Kind::Link: {
        const auto target = readLinkBeneath(root, relative);
        if (!target)
            return fail(target.error());
        if (auto made = linkBeneath(files(), relative, *target); !made)
            return fail(made.error());
        return file;
    }
    case TreeFile::Kind::Regular:
        // The attributes are there already, as they were when they were read.
        if (const auto there = lookBeneath(files(), relative);
            there && there->kind == TreeFile::Kind::Regular) {
            if (auto removed = replaceBeneath(files(), relative, *there, {}); !removed)
                return fail(removed.error());
        }
        file = copyBeneath(root, relative, files(), relative, kMaxFile, cancel);
        if (file)
            m_bytes += file->status.st_size;
        return file;
    }
    Q_UNREACHABLE();
}

Result<Done> StagingScratch::copyAttributes(const QString &root, const QByteArray &relative)
{
    for (qsizetype slash = -1;;) {
        const QByteArray folder = relative.left(slash + 1);
        if (!m_attributeFolders.contains(folder)) {
            m_attributeFolders += folder;
            const QByteArray name = folder + ".gitattributes";
            // What is no regular file git does not read either.
            const auto content = readFileBeneath(root, name, kMaxAttributes);
            if (content) {
                if (auto written = writeBeneath(files(), name, *content); !written)
                    return written;
            } else if (content.error().kind == ErrorKind::FileTooLarge) {
                return fail(content.error());
            }
        }
        slash = relative.indexOf('/', slash + 1);
        if (slash < 0)
            return Done{};
    }
}

git::GitRequest StagingScratch::request(const QStringList &arguments) const
{
    auto made = m_view.objectRequest(arguments);
    made.workTree = made.directory = files();
    made.timeout += std::chrono::seconds(m_bytes / kBytesPerSecond);
    return made;
}

Result<QList<git::Oid>> StagingScratch::hashPaths(const git::GitProcess &git,
                                                  const QString &folder,
                                                  const QList<QByteArray> &paths,
                                                  const CancelToken &cancel) const
{
    if (paths.isEmpty())
        return QList<git::Oid>();
    auto made = request({u"hash-object"_s, u"-w"_s, u"--no-filters"_s, u"--stdin-paths"_s});
    made.directory = folder;
    made.workTree.clear();
    for (const QByteArray &path : paths)
        made.input += git::quotePath(path) + '\n';
    made.what = tr("Keeping the content of files");
    const auto output = git.check(made, cancel);
    if (!output)
        return fail(orDiskFull(output.error(), m_folder));
    QList<git::Oid> ids;
    for (const QByteArray &line : output->trimmed().split('\n')) {
        const auto id = git::Oid::fromHex(line);
        if (!id)
            return fail(id.error());
        ids += *id;
    }
    if (ids.size() != paths.size())
        return fail(ErrorKind::ProtocolError, tr("The answer of git hash-object is incomplete."));
    return ids;
}

Result<QList<git::Oid>> StagingScratch::writeBlobs(const git::GitProcess &git,
                                                   const QList<QByteArray> &contents,
                                                   const CancelToken &cancel) const
{
    const QString folder = path(u"blobs-"_s + randomShortId());
    if (auto made = makePrivateFolder(folder); !made)
        return fail(made.error());
    QList<QByteArray> names;
    for (const QByteArray &content : contents) {
        names += QByteArray::number(names.size());
        if (auto written = writeBeneath(folder, names.constLast(), content); !written)
            return fail(written.error());
    }
    return hashPaths(git, folder, names, cancel);
}

Result<QList<git::Oid>> StagingScratch::writeRaw(const git::GitProcess &git,
                                                 const QList<QByteArray> &relative,
                                                 const CancelToken &cancel) const
{
    return hashPaths(git, files(), relative, cancel);
}

Result<Done> StagingScratch::readBlobs(const git::GitProcess &git,
                                       const QList<Blob> &blobs,
                                       const QString &folder,
                                       const CancelToken &cancel) const
{
    if (blobs.isEmpty())
        return Done{};
    if (auto made = makePrivateFolder(path(folder)); !made)
        return made;
    // By an index that holds nothing else, and without settings: no content is converted.
    const QString index = path(folder + u".index"_s);
    auto filling = m_view.objectRequest({u"update-index"_s, u"-z"_s, u"--index-info"_s});
    for (qsizetype i = 0; i < blobs.size(); ++i)
        filling.input += QByteArray::number(blobs[i].mode, 8) + ' ' + blobs[i].id.toHex() + " 0\t" +
                         QByteArray::number(i) + '\0';
    filling.indexFile = index;
    filling.what = tr("Reading the content of files");
    if (const auto filled = git.check(filling, cancel); !filled)
        return fail(filled.error());
    auto writing = request({u"checkout-index"_s, u"--all"_s, u"--force"_s});
    writing.indexFile = index;
    writing.workTree = writing.directory = path(folder);
    writing.settings = {{"core.autocrlf", "false"},
                        {"core.eol", "lf"},
                        {"core.symlinks", "true"},
                        {"core.fileMode", "true"}};
    writing.timeout = std::chrono::minutes(10);
    writing.what = filling.what;
    const auto written = git.check(writing, cancel);
    return written ? Result<Done>(Done{}) : fail(orDiskFull(written.error(), m_folder));
}

Result<git::Oid>
rawBlobId(const QString &root, const QByteArray &relative, const CancelToken &cancel)
{
    const auto file = lookBeneath(root, relative);
    if (!file)
        return fail(file.error());
    QCryptographicHash hash(QCryptographicHash::Sha1);
    const auto header = [&](qint64 size) {
        hash.addData("blob " + QByteArray::number(size) + QByteArray(1, '\0'));
    };
    if (file->kind == TreeFile::Kind::Link) {
        const auto target = readLinkBeneath(root, relative);
        if (!target)
            return fail(target.error());
        header(target->size());
        hash.addData(*target);
        return git::Oid::fromHex(hash.result().toHex());
    }
    if (file->kind != TreeFile::Kind::Regular)
        return git::Oid();
    const Descriptor top(::open(QFile::encodeName(root).constData(),
                                O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    const Descriptor opened(top.isOpen() ? openBeneath(top.get(), relative, O_RDONLY | O_NONBLOCK)
                                         : -1);
    const auto failure = [&] {
        return fail(
            Error(ErrorKind::IoFailed, tr("A file could not be read."))
                .withDetail(QString::fromUtf8(relative) + u": "_s + qt_error_string(errno)));
    };
    if (!opened.isOpen())
        return failure();
    header(file->status.st_size);
    QByteArray buffer(kMiB, Qt::Uninitialized);
    for (qint64 left = file->status.st_size + 1; left > 0;) { // grown: another id, as it should be
        if (cancel.isCancelled())
            return fail(ErrorKind::Cancelled, tr("Cancelled."));
        const ssize_t got = ::read(opened.get(), buffer.data(), static_cast<size_t>(kMiB));
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return failure();
        if (got == 0)
            break;
        hash.addData(QByteArrayView(buffer).first(got));
        left -= got;
    }
    return git::Oid::fromHex(hash.result().toHex());
}

} // namespace paddock::worktrees
