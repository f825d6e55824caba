// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/ctl/Command.h"
#include "app/ctl/SignalWatch.h"
#include "app/ctl/TerminalModes.h"

#include <QSocketNotifier>
#include <QTimer>

#include <memory>
#include <termios.h>

namespace paddock::ctl {

/// `session attach|shell`: this terminal becomes the one of the session. Raw while it lasts; put
/// back whatever ends it: the program, the detach key, the owner, or a signal that can be caught.
class TerminalCommand final : public Command
{
    Q_OBJECT
public:
    TerminalCommand(const Arguments &arguments, Console &console);
    ~TerminalCommand() override;
    void begin() override;

private:
    void onOpen();
    void onInput();
    void onSignal(int number);
    void onClosed(const Result<int> &exitCode);
    void makeRaw();
    void restore();
    void sendSize();
    [[nodiscard]] control::TerminalSize size() const;

    int m_detachKey = 0x1d; // Ctrl-]; negative: none
    std::unique_ptr<QSocketNotifier> m_input;
    std::unique_ptr<SignalWatch> m_signals;
    QTimer m_endOfInput;
    TerminalModes m_modes;
    termios m_saved = {};
    bool m_isRaw = false;
};

/// The byte of "ctrl-]" or "ctrl-x"; -1 for "none". InvalidArgument for anything else.
[[nodiscard]] Result<int> detachKeyByte(const QString &text);

} // namespace paddock::ctl
