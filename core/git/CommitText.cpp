// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/git/CommitText.h"

#include <QCoreApplication>
#include <QDateTime>

#include <algorithm>

namespace paddock::git {

namespace {

constexpr qsizetype kMaxSubject = 500;

/// As git does: no line feed, no angle bracket, nothing odd at the ends.
QByteArray cleaned(const QString &text)
{
    QString kept;
    for (const QChar c : text) {
        if (c != u'<' && c != u'>' && c.category() != QChar::Other_Control)
            kept += c;
    }
    return kept.trimmed().toUtf8();
}

} // namespace

QByteArray CommitText::toBytes() const
{
    QByteArray text = "tree " + tree.toHex() + '\n';
    for (const Oid &parent : parents)
        text += "parent " + parent.toHex() + '\n';
    text += "author " + author + "\ncommitter " + committer + '\n';
    if (!encoding.isEmpty())
        text += "encoding " + encoding + '\n';
    return text + '\n' + message;
}

QString CommitText::subject() const
{
    const QByteArray text = message.trimmed();
    const qsizetype end = text.indexOf('\n');
    return QString::fromUtf8(text.left(end < 0 ? text.size() : end)).left(kMaxSubject);
}

Result<CommitText> parseCommit(const QByteArray &text)
{
    const auto malformed = [&] {
        return fail(Error(ErrorKind::ProtocolError,
                          QCoreApplication::translate("CommitText", "A commit could not be read."))
                        .withDetail(QString::fromUtf8(text.left(80))));
    };
    CommitText commit;
    qsizetype at = 0;
    while (at < text.size() && text.at(at) != '\n') {
        const qsizetype end = text.indexOf('\n', at);
        if (end < 0)
            return malformed();
        const QByteArray line = text.mid(at, end - at);
        at = end + 1;
        const QByteArray name = line.left(std::max<qsizetype>(line.indexOf(' '), 0));
        const QByteArray value = line.mid(name.size() + 1);
        if (name == "tree" || name == "parent") {
            const auto id = Oid::fromHex(value);
            if (!id || id->isNull())
                return malformed();
            if (name == "tree")
                commit.tree = *id;
            else
                commit.parents += *id;
        } else if (name == "author") {
            commit.author = value;
        } else if (name == "committer") {
            commit.committer = value;
        } else if (name == "encoding") {
            commit.encoding = value;
        }
    }
    if (commit.tree.isNull() || commit.author.isEmpty() || commit.committer.isEmpty())
        return malformed();
    commit.message = text.mid(at + 1);
    return commit;
}

QByteArray signatureLine(const QString &name, const QString &email)
{
    const QDateTime now = QDateTime::currentDateTime();
    const int minutes = now.offsetFromUtc() / 60;
    const QByteArray zone = (minutes < 0 ? "-" : "+") +
                            QByteArray::number(std::abs(minutes) / 60).rightJustified(2, '0') +
                            QByteArray::number(std::abs(minutes) % 60).rightJustified(2, '0');
    return cleaned(name) + " <" + cleaned(email) + "> " +
           QByteArray::number(now.toSecsSinceEpoch()) + ' ' + zone;
}

} // namespace paddock::git
