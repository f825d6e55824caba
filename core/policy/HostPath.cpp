// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/policy/HostPath.h"

#include <QCoreApplication>
#include <QDir>
#include <QFile>

#include <cerrno>
#include <climits>
#include <cstdlib>
#include <cstring>
#include <memory>

using namespace Qt::StringLiterals;

namespace paddock::policy {

namespace {

QString translated(const char *text)
{
    return QCoreApplication::translate("HostPath", text);
}

struct FreeDeleter
{
    void operator()(char *text) const { std::free(text); }
};

QString realPath(const QByteArray &path)
{
    const std::unique_ptr<char, FreeDeleter> resolved(::realpath(path.constData(), nullptr));
    return resolved ? QFile::decodeName(resolved.get()) : QString();
}

/// A name that goes to the engine and comes back as the same bytes.
bool isExact(const QString &path)
{
    return !path.contains(QChar::ReplacementCharacter) && path.isValidUtf16();
}

/// proc(5): space, tab, line feed and backslash are written as three octal digits.
QString unescaped(const QByteArray &field)
{
    QByteArray out;
    out.reserve(field.size());
    for (qsizetype i = 0; i < field.size(); ++i) {
        if (field.at(i) == '\\' && i + 3 < field.size()) {
            bool ok = false;
            const int code = field.mid(i + 1, 3).toInt(&ok, 8);
            if (ok && code < 256) {
                out.append(static_cast<char>(code));
                i += 3;
                continue;
            }
        }
        out.append(field.at(i));
    }
    return QFile::decodeName(out);
}

QString joined(const QString &root, const QString &rest)
{
    if (rest.isEmpty())
        return root;
    return root == u"/" ? u'/' + rest : root + u'/' + rest;
}

} // namespace

QString shownPath(const QString &path)
{
    QString shown;
    for (const QChar c : path.size() > 240 ? path.left(120) + u'…' + path.right(100) : path)
        shown += c < u' ' || c == u'\x7f' ? QChar(0x2400 + (c == u'\x7f' ? 0x21 : c.unicode())) : c;
    return shown;
}

bool isSameOrInside(const QString &inner, const QString &outer)
{
    if (inner == outer || outer == u"/")
        return true;
    return inner.size() > outer.size() && inner.startsWith(outer) && inner.at(outer.size()) == u'/';
}

QStringList withAncestors(const QString &canonical)
{
    QStringList all{u"/"_s};
    for (qsizetype end = canonical.indexOf(u'/', 1); canonical.size() > 1;
         end = canonical.indexOf(u'/', end + 1)) {
        all.append(end < 0 ? canonical : canonical.left(end));
        if (end < 0)
            break;
    }
    return all;
}

Result<HostPath> resolveHostPath(const QString &path)
{
    const auto refuse = [&path](ErrorKind kind, const char *text, const char *remedy) {
        return fail(Error(kind, translated(text).arg(shownPath(path)))
                        .withRemedy(translated(remedy))
                        .withOperation(u"mount"_s));
    };
    if (path.isEmpty() || !path.startsWith(u'/')) {
        return refuse(ErrorKind::SecurityViolation,
                      "\"%1\" is not an absolute path.",
                      "Give the whole path, from the root folder on.");
    }
    if (path.contains(QChar::Null)) {
        return refuse(ErrorKind::SecurityViolation,
                      "The path \"%1\" contains a NUL character.",
                      "Choose another folder.");
    }
    if (!isExact(path)) {
        return refuse(
            ErrorKind::SecurityViolation,
            "The name \"%1\" is not valid UTF-8 and cannot be given to the engine exactly.",
            "Rename the folder, or move the project to a path of valid UTF-8.");
    }
    const QByteArray name = QFile::encodeName(path);
    struct stat info = {};
    errno = 0;
    const QString canonical = realPath(name);
    if (canonical.isEmpty() || ::stat(QFile::encodeName(canonical).constData(), &info) != 0) {
        const int code = errno;
        const char *text = code == ENOENT || code == ENOTDIR ? "%1 does not exist."
                           : code == ENAMETOOLONG ? "The path %1 is too long for this system."
                           : code == ELOOP        ? "The links of %1 go round in a circle."
                           : code == EACCES       ? "%1 may not be looked at."
                                                  : "%1 cannot be used.";
        return fail(
            Error(ErrorKind::MountFailed, translated(text).arg(shownPath(path)))
                .withDetail(QString::fromLocal8Bit(std::strerror(code)))
                .withRemedy(translated("Choose a folder that exists and that you may read."))
                .withOperation(u"mount"_s));
    }
    if (!isExact(canonical)) {
        return refuse(ErrorKind::SecurityViolation,
                      "%1 leads to a name that is not valid UTF-8.",
                      "Rename the folder it leads to.");
    }
    return HostPath{.canonical = canonical,
                    .identity = {info.st_dev, info.st_ino},
                    .mode = info.st_mode,
                    .owner = info.st_uid};
}

QString canonicalAsFarAsItGoes(const QString &path)
{
    QString head = QDir::cleanPath(path);
    QString tail;
    while (true) {
        const QString real = realPath(QFile::encodeName(head));
        if (!real.isEmpty())
            return tail.isEmpty() ? real : joined(real, tail);
        const qsizetype slash = head.lastIndexOf(u'/');
        if (slash < 0)
            return QDir::cleanPath(path);
        const QString last = head.mid(slash + 1);
        tail = tail.isEmpty() ? last : last + u'/' + tail;
        head = slash == 0 ? u"/"_s : head.left(slash);
    }
}

std::optional<FileIdentity> identityOf(const QString &path)
{
    struct stat info = {};
    if (::stat(QFile::encodeName(path).constData(), &info) != 0)
        return std::nullopt;
    return FileIdentity{info.st_dev, info.st_ino};
}

Result<MountTable> MountTable::read(const QString &file)
{
    QFile table(file);
    if (!table.open(QIODevice::ReadOnly)) {
        return fail(Error(ErrorKind::IoFailed,
                          translated("The list of mounts cannot be read, so that no folder can be "
                                     "checked."))
                        .withDetail(file + u": "_s + table.errorString())
                        .withRemedy(translated("Check that /proc is mounted.")));
    }
    return fromText(table.readAll());
}

MountTable MountTable::fromText(const QByteArray &text)
{
    MountTable table;
    for (const QByteArray &line : text.split('\n')) {
        // 36 35 98:0 /root /point options … - type source superoptions
        const QList<QByteArray> fields = line.split(' ');
        if (fields.size() < 6 || !fields.at(4).startsWith('/'))
            continue;
        table.m_entries.append({.device = QString::fromLatin1(fields.at(2)),
                                .root = unescaped(fields.at(3)),
                                .mountPoint = unescaped(fields.at(4))});
    }
    return table;
}

std::optional<FileSystemPlace> MountTable::locate(const QString &canonical) const
{
    const Entry *best = nullptr;
    for (const Entry &entry : m_entries) {
        if (isSameOrInside(canonical, entry.mountPoint) &&
            (!best || entry.mountPoint.size() >= best->mountPoint.size())) {
            best = &entry;
        }
    }
    if (!best)
        return std::nullopt;
    const qsizetype skip = best->mountPoint == u"/" ? 1 : best->mountPoint.size() + 1;
    return FileSystemPlace{.device = best->device, .path = joined(best->root, canonical.mid(skip))};
}

QList<MountTable::Below> MountTable::below(const QString &canonical) const
{
    QList<Below> all;
    for (const Entry &entry : m_entries) {
        if (entry.mountPoint != canonical && isSameOrInside(entry.mountPoint, canonical))
            all.append({entry.mountPoint, {entry.device, entry.root}});
    }
    return all;
}

} // namespace paddock::policy
