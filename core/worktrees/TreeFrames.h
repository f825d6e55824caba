// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/Bytes.h"
#include "core/base/Result.h"
#include "core/worktrees/TreeStatus.h"

#include <QByteArray>
#include <QList>

#include <optional>

/// What the owner and paddock-tree-worker say to each other over a socket pair: frames of u32
/// length of what follows, u8 kind, u32 number of the request, payload; little-endian. Each side
/// takes the other for broken at the first thing it cannot read. Pure.
namespace paddock::worktrees {

enum class TreeFrameKind : quint8 {
    // owner → worker
    Open = 1,
    Look = 2,
    // worker → owner
    Opened = 16,
    Answer = 17,
    Failed = 18,
    Changed = 19, ///< something moved since the last answer; once, request 0
};

struct TreeFrame
{
    TreeFrameKind kind = TreeFrameKind::Changed;
    quint32 request = 0;
    QByteArray payload{};
    bool operator==(const TreeFrame &) const = default;
};

inline constexpr qint64 kMaxTreeFrame = 16 * kMiB;
inline constexpr qint64 kMaxTreeAnswer = 8 * kMiB; ///< of paths in one answer; the rest is cut

inline constexpr quint32 kMaxTreeFiles = 200'000; ///< likewise

[[nodiscard]] QByteArray encodeTreeFrame(const TreeFrame &frame);

/// Cuts a stream into frames. After an error it stays broken.
class TreeFrameReader
{
public:
    void append(const QByteArray &bytes) { m_bytes += bytes; }
    /// The next whole frame; nothing if it is not all there. ProtocolError: too long, unknown kind.
    [[nodiscard]] Result<std::optional<TreeFrame>> next();

private:
    QByteArray m_bytes;
    qsizetype m_at = 0;
};

/// Open: which tree. Paths are absolute and of the host's making.
struct TreeOpen
{
    QByteArray workPath{};
    QByteArray gitDir{};    ///< the host view
    QByteArray indexFile{}; ///< of the worktree
    bool trustsFileMode = true;
    bool convertsLineEnds = false; ///< by configuration; attributes are looked at by the worker
    bool isPlain = true; ///< false: names or links work differently here, git alone can answer
    quint32 maxWatches = 0;
    quint32 sweepSeconds = 30; ///< how old the last look at every tracked file may be
    bool operator==(const TreeOpen &) const = default;
};

/// Look: the state of the files, please.
struct TreeLook
{
    QByteArray head{}; ///< 40 digits
    bool operator==(const TreeLook &) const = default;
};

/// Opened and Answer.
struct TreeAnswer
{
    QList<ChangedFile> files{};
    bool truncated = false;
    bool isWatched = false; ///< false: every look is a full one, and nothing is told by itself
    quint32 watches = 0;
    quint32 looked = 0; ///< how many tracked files this look touched
};

/// Failed.
struct TreeFailure
{
    enum class Kind : quint8 {
        SpecialFile, ///< detail: names, one a line
        TimedOut,
        Other,
    };
    Kind kind = Kind::Other;
    QByteArray detail{};
    bool operator==(const TreeFailure &) const = default;
};

[[nodiscard]] QByteArray encode(const TreeOpen &open);
[[nodiscard]] QByteArray encode(const TreeLook &look);
[[nodiscard]] QByteArray encode(const TreeAnswer &answer);
[[nodiscard]] QByteArray encode(const TreeFailure &failure);
[[nodiscard]] Result<TreeOpen> decodeTreeOpen(const QByteArray &payload);
[[nodiscard]] Result<TreeLook> decodeTreeLook(const QByteArray &payload);
[[nodiscard]] Result<TreeAnswer> decodeTreeAnswer(const QByteArray &payload);
[[nodiscard]] Result<TreeFailure> decodeTreeFailure(const QByteArray &payload);

} // namespace paddock::worktrees
