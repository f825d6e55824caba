// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/git/Refs.h"

#include "core/git/NulFields.h"

#include <algorithm>
#include <array>
#include <optional>

using namespace Qt::StringLiterals;

namespace paddock::git {

namespace {

constexpr qsizetype kMaxSubject = 500;
constexpr std::size_t kFields = 8;
// Each ref ends with a NUL and the line feed that for-each-ref adds.
constexpr auto kFormat =
    "%(refname)%00%(objectname)%00%(objecttype)%00%(*objectname)%00%(*objecttype)%00%(symref)%00"
    "%(creatordate:unix)%00%(contents:subject)%00";

struct Prefix
{
    const char *text;
    Ref::Kind kind;
};

// The first that fits.
constexpr std::array kPrefixes = {Prefix{"refs/heads/paddock/", Ref::Kind::SessionBranch},
                                  Prefix{"refs/heads/", Ref::Kind::Branch},
                                  Prefix{"refs/remotes/", Ref::Kind::RemoteBranch},
                                  Prefix{"refs/tags/", Ref::Kind::Tag},
                                  Prefix{"refs/paddock/backup/", Ref::Kind::Backup},
                                  Prefix{"refs/paddock/", Ref::Kind::Session}};

Ref::Kind kindOf(const QByteArray &name)
{
    for (const Prefix &prefix : kPrefixes) {
        if (name.startsWith(prefix.text))
            return prefix.kind;
    }
    return Ref::Kind::Other;
}

std::optional<Ref> refOf(const std::array<QByteArray, kFields> &fields)
{
    const auto id = Oid::fromHex(fields[1]);
    if (!id || id->isNull() || !fields[0].startsWith("refs/") || fields[0].contains('\n'))
        return std::nullopt;
    Ref ref{.kind = kindOf(fields[0]),
            .name = fields[0],
            .id = *id,
            .symbolic = fields[5],
            .time = fields[6].toLongLong(), // a tree or blob has none
            .subject = QString::fromUtf8(fields[7].left(kMaxSubject))};
    if (fields[2] == "commit") {
        ref.commit = *id;
    } else if (fields[4] == "commit") {
        const auto peeled = Oid::fromHex(fields[3]);
        if (!peeled)
            return std::nullopt;
        ref.commit = *peeled;
    }
    return ref;
}

} // namespace

QByteArray Ref::shortName() const
{
    if (kind == Kind::SessionBranch)
        return name.mid(qstrlen("refs/heads/"));
    for (const Prefix &prefix : kPrefixes) {
        if (prefix.kind == kind)
            return name.mid(static_cast<qsizetype>(qstrlen(prefix.text)));
    }
    return name;
}

QStringList refsArguments(int count)
{
    return {u"for-each-ref"_s,
            u"--sort=-creatordate"_s,
            u"--count=%1"_s.arg(std::max(count, 1)),
            u"--format="_s + QLatin1String(kFormat)};
}

Result<QList<Ref>> parseRefs(const QByteArray &text, Tail tail)
{
    QList<Ref> refs;
    detail::NulFields rest(text);
    while (!rest.atEnd()) {
        const QByteArrayView near = rest.rest();
        std::array<QByteArray, kFields> fields;
        bool isWhole = true;
        for (QByteArray &field : fields) {
            auto next = rest.next();
            isWhole = isWhole && next;
            field = next.value_or(QByteArray());
        }
        if (tail == Tail::MayBeCut && (!isWhole || rest.atEnd()))
            break;
        const auto ref = isWhole ? refOf(fields) : std::nullopt;
        if (!ref || !rest.take('\n'))
            return detail::malformed("for-each-ref", near);
        if (!ref->name.startsWith("refs/paddock/keep/"))
            refs += *ref;
    }
    return refs;
}

} // namespace paddock::git
