// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/git/IndexEntries.h"

#include <QCoreApplication>
#include <QtEndian>

#include <optional>

namespace paddock::git {

namespace {

// gitformat-index(5)
constexpr qsizetype kHeader = 12;
constexpr qsizetype kIdSize = 20;
constexpr qsizetype kModeAt = 24;
constexpr qsizetype kIdAt = 40;
constexpr qsizetype kFlagsAt = 60;
constexpr quint16 kExtended = 0x4000;
constexpr quint16 kIntentToAdd = 0x2000;

QString tr(const char *text)
{
    return QCoreApplication::translate("IndexEntries", text);
}

tl::unexpected<Error> malformed()
{
    return fail(Error(ErrorKind::ProtocolError, tr("The index of the worktree cannot be read."))
                    .withRemedy(tr("Run git status in the worktree and do what it says.")));
}

tl::unexpected<Error> unsupported(const QString &what)
{
    return fail(
        Error(ErrorKind::UnsupportedRepository, what)
            .withRemedy(tr("Switch it off for the worktree: git update-index --no-split-index, "
                           "git sparse-checkout disable.")));
}

template <typename T>
T number(const QByteArray &content, qsizetype at)
{
    return qFromBigEndian<T>(content.constData() + at);
}

/// How many bytes the previous path loses at its end (version 4); moves \a at behind the number.
std::optional<qsizetype> takeStrip(const QByteArray &content, qsizetype &at)
{
    quint64 value = 0;
    for (int count = 0; count < 5 && at < content.size(); ++count) {
        const auto byte = static_cast<quint8>(content[at++]);
        value = (value << 7) + (byte & 0x7f);
        if ((byte & 0x80) == 0)
            return static_cast<qsizetype>(value);
        ++value; // git's offset encoding: no value has two forms
    }
    return std::nullopt;
}

} // namespace

Result<QList<StagedEntry>> parseIndexEntries(const QByteArray &content)
{
    if (content.size() < kHeader + kIdSize || !content.startsWith("DIRC"))
        return malformed();
    const auto version = number<quint32>(content, 4);
    const auto count = number<quint32>(content, 8);
    if (version < 2 || version > 4)
        return unsupported(tr("The index of the worktree has version %1.").arg(version));
    const qsizetype end = content.size() - kIdSize;
    QList<StagedEntry> entries;
    QByteArray path;
    qsizetype at = kHeader;
    for (quint32 i = 0; i < count; ++i) {
        const qsizetype start = at;
        if (end - start < kFlagsAt + 4)
            return malformed();
        const auto flags = number<quint16>(content, start + kFlagsAt);
        StagedEntry entry{.mode = number<quint32>(content, start + kModeAt),
                          .stage = (flags >> 12) & 3};
        at = start + kFlagsAt + 2;
        if ((flags & kExtended) != 0) {
            entry.intentToAdd = (number<quint16>(content, at) & kIntentToAdd) != 0;
            at += 2;
        }
        qsizetype shared = 0;
        if (version == 4) {
            const auto strip = takeStrip(content, at);
            if (!strip || *strip > path.size())
                return malformed();
            shared = path.size() - *strip;
        }
        const qsizetype nul = content.indexOf('\0', at);
        if (nul < 0 || nul >= end)
            return malformed();
        path = path.left(shared) + content.mid(at, nul - at);
        at = nul + 1;
        if (version < 4) // filled up with NULs, at least one
            at = start + (nul - start + 8) / 8 * 8;
        const auto id = Oid::fromHex(content.mid(start + kIdAt, kIdSize).toHex());
        if (path.isEmpty()) // stands for one of the other file
            return unsupported(tr("The index of the worktree is split into two files."));
        if (!id || at > end)
            return malformed();
        if (entry.mode == 040000)
            return unsupported(tr("The index of the worktree is sparse."));
        entry.path = path;
        entry.id = *id;
        entries.append(entry);
    }
    while (end - at >= 8) {
        const QByteArrayView name = QByteArrayView(content).sliced(at, 4);
        if (name == "link")
            return unsupported(tr("The index of the worktree is split into two files."));
        if (name == "sdir")
            return unsupported(tr("The index of the worktree is sparse."));
        at += 8 + static_cast<qsizetype>(number<quint32>(content, at + 4));
    }
    return entries;
}

} // namespace paddock::git
