// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QByteArray>
#include <QFile>
#include <QList>
#include <QString>

#include <atomic>
#include <cstdio>
#include <fcntl.h>
#include <thread>
#include <unistd.h>
#include <utility>

namespace paddock::test {

/// Exchanges two names in a folder without pause, as an agent that waits for its moment.
class Swapper
{
public:
    Swapper(const QString &folder, const QList<std::pair<QByteArray, QByteArray>> &names)
        : m_folder(::open(QFile::encodeName(folder).constData(), O_RDONLY | O_DIRECTORY))
        , m_thread([this, names] {
            while (!m_stop) {
                for (const auto &[one, other] : names)
                    ::renameat2(
                        m_folder, one.constData(), m_folder, other.constData(), RENAME_EXCHANGE);
                ++m_rounds;
            }
        })
    {
    }
    ~Swapper()
    {
        m_stop = true;
        m_thread.join();
        ::close(m_folder);
    }
    Q_DISABLE_COPY_MOVE(Swapper)

    [[nodiscard]] int rounds() const { return m_rounds; }

private:
    int m_folder;
    std::atomic<bool> m_stop = false;
    std::atomic<int> m_rounds = 0;
    std::thread m_thread;
};

} // namespace paddock::test
