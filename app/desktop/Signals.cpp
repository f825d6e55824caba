// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/desktop/Signals.h"

#include <array>
#include <atomic>
#include <csignal>
#include <fcntl.h>
#include <unistd.h>

namespace paddock::desktop {

namespace {

std::atomic_int g_writeEnd{-1}; // all that a signal handler may touch

void onSignal(int)
{
    const int saved = errno;
    const char byte = 1;
    const auto written = ::write(g_writeEnd.load(), &byte, 1);
    static_cast<void>(written); // a full pipe means that a wish to end is known already
    errno = saved;
}

} // namespace

Signals::Signals(QObject *parent)
    : QObject(parent)
{
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC | O_NONBLOCK) != 0)
        return; // the default action of the signals stays
    m_readEnd = ends.at(0);
    m_writeEnd = ends.at(1);
    g_writeEnd.store(m_writeEnd);
    m_notifier = std::make_unique<QSocketNotifier>(m_readEnd, QSocketNotifier::Read);
    connect(m_notifier.get(), &QSocketNotifier::activated, this, [this] {
        std::array<char, 16> bytes{};
        const auto read = ::read(m_readEnd, bytes.data(), bytes.size());
        static_cast<void>(read);
        Q_EMIT terminateRequested();
    });
    struct sigaction action = {};
    action.sa_handler = onSignal;
    action.sa_flags = SA_RESTART;
    ::sigemptyset(&action.sa_mask);
    for (const int number : {SIGTERM, SIGINT, SIGHUP})
        ::sigaction(number, &action, nullptr);
}

Signals::~Signals()
{
    for (const int number : {SIGTERM, SIGINT, SIGHUP})
        ::signal(number, SIG_DFL);
    g_writeEnd.store(-1);
    m_notifier.reset();
    if (m_readEnd >= 0) {
        ::close(m_readEnd);
        ::close(m_writeEnd);
    }
}

} // namespace paddock::desktop
