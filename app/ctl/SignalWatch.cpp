// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/ctl/SignalWatch.h"

#include <QPointer>

#include <array>
#include <cerrno>
#include <fcntl.h>
#include <unistd.h>

namespace paddock::ctl {

namespace {

// A signal handler may only touch what is global.
std::array<int, 2> ends = {-1, -1};

void noteSignal(int number)
{
    const int saved = errno;
    const auto byte = static_cast<char>(number);
    static_cast<void>(!::write(ends[1], &byte, 1));
    errno = saved;
}

} // namespace

SignalWatch::SignalWatch(const QList<int> &numbers, QObject *parent)
    : QObject(parent)
{
    Q_ASSERT(ends[0] < 0);
    if (::pipe2(ends.data(), O_CLOEXEC | O_NONBLOCK) != 0)
        return;
    m_notifier = std::make_unique<QSocketNotifier>(ends[0], QSocketNotifier::Read);
    connect(m_notifier.get(), &QSocketNotifier::activated, this, &SignalWatch::onReadable);
    struct sigaction action = {};
    action.sa_handler = noteSignal;
    action.sa_flags = SA_RESTART;
    for (const int number : numbers) {
        struct sigaction before = {};
        if (::sigaction(number, &action, &before) == 0)
            m_before.append({number, before});
    }
}

SignalWatch::~SignalWatch()
{
    for (const auto &[number, action] : std::as_const(m_before))
        ::sigaction(number, &action, nullptr);
    m_notifier.reset();
    for (int &end : ends) {
        ::close(end);
        end = -1;
    }
}

void SignalWatch::onReadable()
{
    const QPointer<SignalWatch> guard(this);
    char number = 0;
    while (guard && ::read(ends[0], &number, 1) == 1)
        Q_EMIT caught(number);
}

} // namespace paddock::ctl
