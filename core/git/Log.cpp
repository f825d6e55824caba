// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/git/Log.h"

#include "core/git/NulFields.h"

#include <algorithm>
#include <optional>

using namespace Qt::StringLiterals;

namespace paddock::git {

namespace {

constexpr qsizetype kMaxSubject = 500;
constexpr qsizetype kMaxBody = 64 * 1024;
constexpr qsizetype kMaxName = 200;
constexpr qsizetype kMaxParents = 1000;
constexpr qsizetype kFields = 9;
constexpr auto kFormat = "%H%x00%P%x00%an%x00%ae%x00%at%x00%cn%x00%ce%x00%ct%x00%B";

std::optional<qint64> timeOf(const QByteArray &text)
{
    bool ok = false;
    const qint64 time = text.toLongLong(&ok);
    return ok ? std::optional(time) : std::nullopt;
}

std::optional<QList<Oid>> parentsOf(const QByteArray &text)
{
    QList<Oid> parents;
    if (text.isEmpty())
        return parents;
    for (const QByteArray &hex : text.split(' ')) {
        const auto id = Oid::fromHex(hex);
        if (!id || id->isNull() || parents.size() >= kMaxParents)
            return std::nullopt;
        parents += *id;
    }
    return parents;
}

std::optional<Signature>
signatureOf(const QByteArray &name, const QByteArray &email, const QByteArray &time)
{
    const auto seconds = timeOf(time);
    if (!seconds)
        return std::nullopt;
    return Signature{.name = QString::fromUtf8(name.left(kMaxName)),
                     .email = QString::fromUtf8(email.left(kMaxName)),
                     .time = *seconds};
}

void setMessage(Commit &commit, const QByteArray &message)
{
    const qsizetype end = message.indexOf('\n');
    const QByteArray subject = end < 0 ? message : message.left(end);
    const QByteArray body = end < 0 ? QByteArray() : message.mid(end + 1).trimmed();
    commit.isCut = subject.size() > kMaxSubject || body.size() > kMaxBody;
    commit.subject = QString::fromUtf8(subject.left(kMaxSubject)).trimmed();
    commit.body = QString::fromUtf8(body.left(kMaxBody));
}

std::optional<Commit> commitOf(const QList<QByteArray> &fields)
{
    const auto id = Oid::fromHex(fields[0]);
    const auto parents = parentsOf(fields[1]);
    const auto author = signatureOf(fields[2], fields[3], fields[4]);
    const auto committer = signatureOf(fields[5], fields[6], fields[7]);
    if (!id || id->isNull() || !parents || !author || !committer)
        return std::nullopt;
    Commit commit{.id = *id, .parents = *parents, .author = *author, .committer = *committer};
    setMessage(commit, fields[8]);
    return commit;
}

/// "\nM" or "R100", as --name-status prints it.
bool isStatus(const QByteArray &field)
{
    const QByteArray letters = field.startsWith('\n') ? field.mid(1) : field;
    return !letters.isEmpty() && letters.size() <= 4 &&
           QByteArrayView("ACDMRT").contains(letters.at(0));
}

} // namespace

QStringList logArguments(const LogOptions &options)
{
    QStringList arguments{u"log"_s,
                          u"-z"_s,
                          u"--topo-order"_s,
                          u"--no-show-signature"_s,
                          u"--no-mailmap"_s,
                          u"--no-notes"_s,
                          u"--no-color"_s,
                          u"--no-decorate"_s,
                          u"--encoding=UTF-8"_s,
                          u"--format="_s + QLatin1String(kFormat),
                          u"--max-count=%1"_s.arg(std::max(options.count, 0)),
                          u"--skip=%1"_s.arg(std::max(options.skip, 0))};
    if (!options.path.isEmpty())
        arguments += {u"--follow"_s, u"--name-status"_s};
    for (const Oid &tip : options.from)
        arguments += tip.toString();
    for (const Oid &tip : options.notIn)
        arguments += u'^' + tip.toString();
    arguments += u"--"_s;
    return arguments;
}

Result<QList<Commit>> parseLog(const QByteArray &text, Tail tail)
{
    QList<Commit> commits;
    detail::NulFields fields(text);
    while (!fields.atEnd()) {
        const auto near = fields.rest();
        QList<QByteArray> record;
        while (record.size() < kFields) {
            auto field = fields.next();
            if (!field)
                break;
            record += *field;
        }
        if (record.size() < kFields) {
            if (tail == Tail::MayBeCut)
                break;
            return detail::malformed("log", near);
        }
        auto commit = commitOf(record);
        if (!commit)
            return detail::malformed("log", near);
        for (auto field = fields.peek(); field && isStatus(*field); field = fields.peek()) {
            const auto status = fields.next();
            const char letter = status->startsWith('\n') ? status->at(1) : status->at(0);
            auto path = fields.next();
            if (path && (letter == 'R' || letter == 'C'))
                path = fields.next();
            if (!path || path->isEmpty()) {
                if (tail == Tail::MayBeCut && !path)
                    return commits;
                return detail::malformed("log", near);
            }
            commit->path = *path;
        }
        commits += *commit;
    }
    return commits;
}

} // namespace paddock::git
