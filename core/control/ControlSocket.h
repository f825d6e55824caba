// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/Result.h"

#include <QString>

#include <optional>

namespace paddock::control {

/// Owns a file descriptor. Move only.
class Descriptor
{
public:
    Descriptor() = default;
    explicit Descriptor(int descriptor)
        : m_descriptor(descriptor)
    {
    }
    ~Descriptor() { reset(); }
    Descriptor(Descriptor &&other) noexcept
        : m_descriptor(other.release())
    {
    }
    Descriptor &operator=(Descriptor &&other) noexcept
    {
        if (this != &other) {
            reset();
            m_descriptor = other.release();
        }
        return *this;
    }
    Descriptor(const Descriptor &) = delete;
    Descriptor &operator=(const Descriptor &) = delete;

    [[nodiscard]] bool isValid() const { return m_descriptor >= 0; }
    [[nodiscard]] int get() const { return m_descriptor; }
    [[nodiscard]] int release()
    {
        const int descriptor = m_descriptor;
        m_descriptor = -1;
        return descriptor;
    }
    void reset();

private:
    int m_descriptor = -1;
};

/// A path of at most 107 bytes (the limit of sockaddr_un) that leads to a socket however long its
/// real path is; valid while \a folder is open.
struct ShortSocketPath
{
    Descriptor folder;
    QString path;
};
[[nodiscard]] Result<ShortSocketPath> shortSocketPath(const QString &path);

/// A listening socket at \a path, mode 0600, close-on-exec. Removes what was there: only the
/// holder of the owner lock may call it. IoFailed with the cause.
[[nodiscard]] Result<Descriptor> bindControlSocket(const QString &path);

/// uid of the process at the other end (SO_PEERCRED), as it was when it connected.
[[nodiscard]] std::optional<quint32> peerUser(qintptr descriptor);

} // namespace paddock::control
