// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// What the tree worker says to the owner and the other way round, as a stream.

#include "core/worktrees/TreeFrames.h"

#include <cstddef>
#include <cstdint>
#include <cstdlib>

using namespace paddock::worktrees;

namespace {

void require(bool condition)
{
    if (!condition)
        std::abort();
}

void decode(const TreeFrame &frame)
{
    switch (frame.kind) {
    case TreeFrameKind::Open:
        if (const auto open = decodeTreeOpen(frame.payload))
            require(open->workPath.startsWith('/') && decodeTreeOpen(encode(*open)) == *open);
        break;
    case TreeFrameKind::Look:
        if (const auto look = decodeTreeLook(frame.payload))
            require(look->head.size() == 40);
        break;
    case TreeFrameKind::Answer:
        if (const auto answer = decodeTreeAnswer(frame.payload)) {
            for (const ChangedFile &file : answer->files)
                require(!file.path.isEmpty() && !file.path.startsWith('/'));
        }
        break;
    case TreeFrameKind::Failed:
        if (const auto failure = decodeTreeFailure(frame.payload))
            require(failure->kind <= TreeFailure::Kind::Other);
        break;
    default:
        break;
    }
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size)
{
    const QByteArray bytes(reinterpret_cast<const char *>(data), static_cast<qsizetype>(size));
    // However the stream is cut into pieces, the same frames come out.
    QList<TreeFrame> whole;
    for (const qsizetype piece : {bytes.size() + 1, qsizetype(3)}) {
        TreeFrameReader reader;
        QList<TreeFrame> frames;
        bool isBroken = false;
        for (qsizetype at = 0; at < bytes.size() && !isBroken; at += piece) {
            reader.append(bytes.mid(at, piece));
            for (;;) {
                const auto frame = reader.next();
                isBroken = !frame;
                if (!frame || !frame->has_value())
                    break;
                frames += **frame;
            }
        }
        if (piece > bytes.size())
            whole = frames;
        else
            require(frames == whole);
    }
    for (const TreeFrame &frame : whole)
        decode(frame);
    return 0;
}
