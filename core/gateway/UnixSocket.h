// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/Result.h"

#include <QString>

#include <optional>
#include <sys/types.h>
#include <utility>

namespace paddock::gateway {

/// An owned file descriptor.
class Descriptor
{
public:
    Descriptor() = default;
    explicit Descriptor(int value)
        : m_value(value)
    {
    }
    ~Descriptor();
    Descriptor(Descriptor &&other) noexcept
        : m_value(std::exchange(other.m_value, -1))
    {
    }
    Descriptor &operator=(Descriptor &&other) noexcept;
    Descriptor(const Descriptor &) = delete;
    Descriptor &operator=(const Descriptor &) = delete;

    [[nodiscard]] bool isValid() const { return m_value >= 0; }
    [[nodiscard]] int get() const { return m_value; }
    [[nodiscard]] int take() { return std::exchange(m_value, -1); }

private:
    int m_value = -1;
};

struct Peer
{
    pid_t pid = 0;
    uid_t uid = 0;
    gid_t gid = 0;
};
/// Who connected, as the kernel says (SO_PEERCRED).
[[nodiscard]] std::optional<Peer> peerOf(int descriptor);

/// Opens a folder for the calls below. Refuses a link in its last part.
[[nodiscard]] Result<Descriptor> openFolder(const QString &folder);

/// Whether the open \a folder is in no other folder any more.
[[nodiscard]] bool isDeleted(const Descriptor &folder);

/// Who may use a listening socket.
struct SocketOwner
{
    uid_t uid = 0;
    gid_t gid = 0;
};
/// Binds and listens on \a name in the open \a folder, mode 0600. A socket of that name from
/// before is replaced, anything else there is refused. Only root can give it to another user.
/// Works however long the path of the folder is (sun_path holds 107 bytes).
[[nodiscard]] Result<Descriptor>
listenUnix(const Descriptor &folder, const QString &name, std::optional<SocketOwner> owner = {});
[[nodiscard]] Result<Descriptor> connectUnix(const QString &folder, const QString &name);

} // namespace paddock::gateway
