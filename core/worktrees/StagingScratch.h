// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/worktrees/HostView.h"
#include "core/worktrees/TreeFiles.h"

#include <QList>

namespace paddock::worktrees {

/// A folder that only the host sees, for one operation on a session's files. What git shall clean
/// is copied here, with the .gitattributes that apply to it, and git is given the copies as its
/// work tree; what git makes of its objects comes out here. So git never opens a file that the
/// agent can replace under its hands, and every conversion of content is still git's own. Gone with
/// the object. Worker threads only.
class StagingScratch
{
public:
    /// One at a time for a session: who calls it holds the project.
    [[nodiscard]] static Result<StagingScratch> make(const HostView &view);
    ~StagingScratch();
    Q_DISABLE_COPY(StagingScratch)
    StagingScratch(StagingScratch &&other) noexcept;
    StagingScratch &operator=(StagingScratch &&) = delete;

    /// A path in it.
    [[nodiscard]] QString path(const QString &name) const { return m_folder + u'/' + name; }
    [[nodiscard]] QString files() const { return path(QStringLiteral("files")); } ///< the copies
    [[nodiscard]] QString out() const { return path(QStringLiteral("out")); } ///< what git writes

    /// Copies what is at \a relative in \a root to files(), and the attributes that apply to it;
    /// answers what was there. InvalidArgument for what git does not track (a FIFO ...).
    [[nodiscard]] Result<TreeFile>
    copy(const QString &root, const QByteArray &relative, const CancelToken &cancel);

    /// Ids of new blobs in the view's store that hold exactly \a contents.
    [[nodiscard]] Result<QList<git::Oid>> writeBlobs(const git::GitProcess &git,
                                                     const QList<QByteArray> &contents,
                                                     const CancelToken &cancel) const;
    /// Likewise of regular files below files(), byte for byte.
    [[nodiscard]] Result<QList<git::Oid>> writeRaw(const git::GitProcess &git,
                                                   const QList<QByteArray> &relative,
                                                   const CancelToken &cancel) const;

    struct Blob
    {
        git::Oid id{};
        quint32 mode = 0100644; ///< or 0100755, 0120000
    };
    /// Writes blobs byte for byte as files (or links) \a folder/0, \a folder/1 ... below path().
    [[nodiscard]] Result<Done> readBlobs(const git::GitProcess &git,
                                         const QList<Blob> &blobs,
                                         const QString &folder,
                                         const CancelToken &cancel) const;

    /// For a command with files() as its work tree. The time allows for what was copied.
    [[nodiscard]] git::GitRequest request(const QStringList &arguments) const;

private:
    StagingScratch(const HostView &view, QString folder)
        : m_view(view)
        , m_folder(std::move(folder))
    {
    }
    [[nodiscard]] Result<Done> copyAttributes(const QString &root, const QByteArray &relative);
    [[nodiscard]] Result<QList<git::Oid>> hashPaths(const git::GitProcess &git,
                                                    const QString &folder,
                                                    const QList<QByteArray> &paths,
                                                    const CancelToken &cancel) const;

    HostView m_view;
    QString m_folder;
    QList<QByteArray> m_attributeFolders; ///< whose attributes were looked for
    qint64 m_bytes = 0;
};

/// The id git gives a blob with the content of the regular file or link at \a relative, byte for
/// byte; null if there is neither.
[[nodiscard]] Result<git::Oid>
rawBlobId(const QString &root, const QByteArray &relative, const CancelToken &cancel);

} // namespace paddock::worktrees
