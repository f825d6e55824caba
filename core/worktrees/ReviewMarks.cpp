// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/worktrees/ReviewMarks.h"

#include "core/base/Bytes.h"
#include "core/worktrees/FileTree.h"

#include <QCoreApplication>
#include <QCryptographicHash>
#include <QFile>
#include <QHash>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QSaveFile>

#include <algorithm>

using namespace Qt::StringLiterals;

namespace paddock::worktrees {

namespace {

constexpr int kVersion = 1;
constexpr quint32 kPlainMode = 0100644;
constexpr qsizetype kMaxMarks = 50'000;
constexpr qint64 kMaxFile = 8 * kMiB;
constexpr char kFile[] = "review.json";

QString tr(const char *text)
{
    return QCoreApplication::translate("ReviewMarks", text);
}

class Hasher
{
public:
    /// With its length, so that no two lists of texts give the same bytes.
    void add(const QByteArray &text)
    {
        m_hash.addData(QByteArray::number(text.size()) + ':');
        m_hash.addData(text);
    }
    [[nodiscard]] QByteArray key() const { return m_hash.result().left(20).toHex(); }

private:
    QCryptographicHash m_hash{QCryptographicHash::Sha256};
};

bool isKey(const QByteArray &text)
{
    return text.size() == 40 && std::all_of(text.begin(), text.end(), [](char c) {
               return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
           });
}

QByteArray contentOf(const git::Hunk &hunk)
{
    QByteArray text;
    for (const git::PatchLine &line : hunk.lines) {
        if (line.kind == git::PatchLineKind::Context)
            continue;
        text += line.kind == git::PatchLineKind::Added ? '+' : '-';
        text += line.text + (line.noNewlineAtEnd ? "\n\\\n" : "\n");
    }
    return text;
}

QString nameOf(const QString &folder)
{
    return folder + u'/' + QLatin1StringView(kFile);
}

} // namespace

QByteArrayList ReviewMarks::keysOf(const git::FilePatch &file)
{
    QByteArrayList keys;
    QHash<QByteArray, int> seen; // the same change twice in one file
    for (const git::Hunk &hunk : file.hunks) {
        const QByteArray content = contentOf(hunk);
        Hasher hasher;
        hasher.add(file.isDeleted() ? "gone" : "hunk"); // else emptied and deleted were the same
        hasher.add(file.path());
        hasher.add(content);
        hasher.add(QByteArray::number(seen[content]++));
        keys += hasher.key();
    }
    // That a plain file is new, or that a file is gone, says the hunk.
    const bool isPlain = file.isDeleted() || (file.isNew() && file.newMode == kPlainMode);
    if (keys.isEmpty() || (file.oldMode != file.newMode && !isPlain) || file.isRenamed()) {
        Hasher hasher;
        hasher.add("file");
        hasher.add(file.oldPath);
        hasher.add(file.newPath);
        hasher.add(QByteArray::number(file.oldMode, 8) + ' ' + QByteArray::number(file.newMode, 8));
        if (keys.isEmpty())
            hasher.add(file.oldId.toHex() + file.newId.toHex());
        keys += hasher.key();
    }
    return keys;
}

bool ReviewMarks::isReviewed(const git::FilePatch &file) const
{
    const auto keys = keysOf(file);
    return !file.cut && std::all_of(keys.begin(), keys.end(), [this](const QByteArray &key) {
        return m_known.contains(key);
    });
}

void ReviewMarks::mark(const QByteArrayList &keys, bool reviewed)
{
    QSet<QByteArray> unmarked;
    for (const QByteArray &key : keys) {
        if (!isKey(key) || m_known.contains(key) == reviewed)
            continue;
        if (reviewed) {
            m_known += key;
            m_order += key;
        } else {
            m_known -= key;
            unmarked += key;
        }
    }
    if (!unmarked.isEmpty())
        m_order.removeIf([&](const QByteArray &key) { return unmarked.contains(key); });
    if (m_order.size() > kMaxMarks) {
        for (qsizetype i = 0; i < m_order.size() - kMaxMarks; ++i)
            m_known -= m_order[i];
        m_order = m_order.last(kMaxMarks);
    }
}

Result<ReviewMarks> ReviewMarks::load(const QString &sessionFolder)
{
    ReviewMarks marks;
    const auto text = readFileBeneath(sessionFolder, kFile, kMaxFile);
    if (!text && text.error().kind == ErrorKind::FileNotFound)
        return marks;
    if (!text && text.error().kind != ErrorKind::FileTooLarge)
        return fail(text.error());
    const QJsonObject object = QJsonDocument::fromJson(text.value_or(QByteArray())).object();
    const int version = object.value(u"version"_s).toInt();
    if (version > kVersion)
        return fail(Error(ErrorKind::StoreNewer,
                          tr("The marks of the review were written by a newer Paddock."))
                        .withDetail(nameOf(sessionFolder))
                        .withRemedy(tr("Update Paddock.")));
    if (version != kVersion || !object.value(u"marks"_s).isArray()) {
        const QString aside = nameOf(sessionFolder) + u".damaged"_s;
        QFile::remove(aside);
        QFile::rename(nameOf(sessionFolder), aside);
        marks.m_notice =
            tr("The marks of the review could not be read. They were put aside as %1.").arg(aside);
        return marks;
    }
    QByteArrayList keys;
    for (const auto &value : object.value(u"marks"_s).toArray())
        keys += value.toString().toLatin1();
    marks.mark(keys, true);
    return marks;
}

Result<Done> ReviewMarks::save(const QString &sessionFolder) const
{
    QJsonArray array;
    for (const QByteArray &key : m_order)
        array.append(QString::fromLatin1(key));
    const QByteArray text =
        QJsonDocument(QJsonObject{{u"version"_s, kVersion}, {u"marks"_s, array}})
            .toJson(QJsonDocument::Compact);
    QSaveFile file(nameOf(sessionFolder));
    if (!file.open(QIODevice::WriteOnly) ||
        !file.setPermissions(QFile::ReadOwner | QFile::WriteOwner) ||
        file.write(text) != text.size() || !file.commit())
        return fail(
            orDiskFull(Error(ErrorKind::GitFailed, tr("The marks of the review were not kept."))
                           .withDetail(file.fileName() + u": "_s + file.errorString()),
                       sessionFolder));
    return Done{};
}

} // namespace paddock::worktrees
