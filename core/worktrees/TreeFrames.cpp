// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/worktrees/TreeFrames.h"

#include "core/git/Oid.h"
#include "core/shimlink/Payload.h"

#include <QCoreApplication>

#include <algorithm>
#include <string_view>

namespace paddock::worktrees {

namespace {

using shimlink::PayloadReader;
using shimlink::PayloadWriter;

constexpr qsizetype kLengthSize = 4;
constexpr quint32 kHeaderSize = 5;       // kind and request
constexpr std::size_t kMinFileSize = 11; // letters, flag, two lengths

std::string_view view(const QByteArray &bytes)
{
    return {bytes.constData(), static_cast<std::size_t>(bytes.size())};
}

QByteArray bytesOf(const std::string &text)
{
    return QByteArray::fromStdString(text);
}

QByteArray taken(PayloadWriter &writer)
{
    return bytesOf(writer.take());
}

tl::unexpected<Error> malformed()
{
    return fail(
        ErrorKind::ProtocolError,
        QCoreApplication::translate("TreeFrames", "The tree worker's frame could not be read."));
}

bool isKnown(quint8 kind)
{
    using enum TreeFrameKind;
    const auto all = {Open, Look, Opened, Answer, Failed, Changed};
    return std::any_of(all.begin(), all.end(), [kind](TreeFrameKind one) {
        return static_cast<quint8>(one) == kind;
    });
}

bool isLetter(char c)
{
    return std::string_view(".MTADRCU?").find(c) != std::string_view::npos;
}

/// A path as git would give it: not empty, relative, no NUL.
bool isPath(const QByteArray &path)
{
    return !path.isEmpty() && !path.startsWith('/') && !path.contains('\0');
}

} // namespace

QByteArray encodeTreeFrame(const TreeFrame &frame)
{
    PayloadWriter writer;
    writer.u32(static_cast<quint32>(frame.payload.size()) + kHeaderSize)
        .u8(static_cast<quint8>(frame.kind))
        .u32(frame.request);
    return taken(writer) + frame.payload;
}

Result<std::optional<TreeFrame>> TreeFrameReader::next()
{
    const qsizetype there = m_bytes.size() - m_at;
    if (there < kLengthSize)
        return std::nullopt;
    const auto length = shimlink::loadLittle<quint32>(m_bytes.constData() + m_at);
    if (length < kHeaderSize || length > kMaxTreeFrame)
        return malformed();
    const char *body = m_bytes.constData() + m_at + kLengthSize;
    if (there > kLengthSize && !isKnown(static_cast<quint8>(*body)))
        return malformed();
    if (there - kLengthSize < length)
        return std::nullopt;
    TreeFrame frame{.kind = static_cast<TreeFrameKind>(*body),
                    .request = shimlink::loadLittle<quint32>(body + 1),
                    .payload = QByteArray(body + kHeaderSize, length - kHeaderSize)};
    m_at += kLengthSize + length;
    if (m_at == m_bytes.size() || m_at > kMiB) {
        m_bytes.remove(0, m_at);
        m_at = 0;
    }
    return frame;
}

QByteArray encode(const TreeOpen &open)
{
    PayloadWriter writer;
    writer.text(view(open.workPath)).text(view(open.gitDir)).text(view(open.indexFile));
    writer.u8(open.trustsFileMode).u8(open.convertsLineEnds).u8(open.isPlain);
    writer.u32(open.maxWatches).u32(open.sweepSeconds);
    return taken(writer);
}

Result<TreeOpen> decodeTreeOpen(const QByteArray &payload)
{
    PayloadReader reader(view(payload));
    TreeOpen open;
    open.workPath = bytesOf(reader.text());
    open.gitDir = bytesOf(reader.text());
    open.indexFile = bytesOf(reader.text());
    open.trustsFileMode = reader.u8() != 0;
    open.convertsLineEnds = reader.u8() != 0;
    open.isPlain = reader.u8() != 0;
    open.maxWatches = reader.u32();
    open.sweepSeconds = reader.u32();
    for (const QByteArray *path : {&open.workPath, &open.gitDir, &open.indexFile}) {
        if (!path->startsWith('/') || path->contains('\0'))
            return malformed();
    }
    return reader.atEnd() ? Result<TreeOpen>(open) : malformed();
}

QByteArray encode(const TreeLook &look)
{
    PayloadWriter writer;
    writer.text(view(look.head));
    return taken(writer);
}

Result<TreeLook> decodeTreeLook(const QByteArray &payload)
{
    PayloadReader reader(view(payload));
    const TreeLook look{.head = bytesOf(reader.text())};
    return reader.atEnd() && git::Oid::fromHex(look.head) ? Result<TreeLook>(look) : malformed();
}

QByteArray encode(const TreeAnswer &answer)
{
    PayloadWriter writer;
    writer.u8(answer.truncated).u8(answer.isWatched).u32(answer.watches).u32(answer.looked);
    writer.u32(static_cast<quint32>(answer.files.size()));
    for (const ChangedFile &file : answer.files) {
        writer.u8(static_cast<quint8>(file.index)).u8(static_cast<quint8>(file.worktree));
        writer.u8(file.untracked).text(view(file.path)).text(view(file.oldPath));
    }
    return taken(writer);
}

Result<TreeAnswer> decodeTreeAnswer(const QByteArray &payload)
{
    PayloadReader reader(view(payload));
    TreeAnswer answer;
    answer.truncated = reader.u8() != 0;
    answer.isWatched = reader.u8() != 0;
    answer.watches = reader.u32();
    answer.looked = reader.u32();
    const quint32 count = reader.count(kMinFileSize);
    if (count > kMaxTreeFiles)
        return malformed();
    answer.files.reserve(count);
    for (quint32 i = 0; i < count && reader.ok(); ++i) {
        ChangedFile file;
        file.index = static_cast<char>(reader.u8());
        file.worktree = static_cast<char>(reader.u8());
        file.untracked = reader.u8() != 0;
        file.path = bytesOf(reader.text());
        file.oldPath = bytesOf(reader.text());
        if (!isLetter(file.index) || !isLetter(file.worktree) || !isPath(file.path) ||
            (!file.oldPath.isEmpty() && !isPath(file.oldPath)))
            return malformed();
        answer.files.append(file);
    }
    return reader.atEnd() ? Result<TreeAnswer>(answer) : malformed();
}

QByteArray encode(const TreeFailure &failure)
{
    PayloadWriter writer;
    writer.u8(static_cast<quint8>(failure.kind)).text(view(failure.detail.left(64 * kKiB)));
    return taken(writer);
}

Result<TreeFailure> decodeTreeFailure(const QByteArray &payload)
{
    PayloadReader reader(view(payload));
    const quint8 kind = reader.u8();
    TreeFailure failure{.detail = bytesOf(reader.text())};
    if (!reader.atEnd() || kind > static_cast<quint8>(TreeFailure::Kind::Other))
        return malformed();
    failure.kind = static_cast<TreeFailure::Kind>(kind);
    return failure;
}

} // namespace paddock::worktrees
