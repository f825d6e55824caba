// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/ctl/TerminalCommand.h"

#include <QCoreApplication>

#include <array>
#include <cerrno>
#include <csignal>
#include <sys/ioctl.h>
#include <unistd.h>
#include <utility>

using namespace Qt::StringLiterals;

namespace paddock::ctl {

namespace {

QString translated(const char *text)
{
    return QCoreApplication::translate("Ctl", text);
}

void writeAll(const QByteArray &bytes)
{
    qsizetype at = 0;
    while (at < bytes.size()) {
        const ssize_t count = ::write(
            STDOUT_FILENO, bytes.constData() + at, static_cast<std::size_t>(bytes.size() - at));
        if (count < 0 && (errno == EINTR || errno == EAGAIN))
            continue;
        if (count <= 0)
            return;
        at += count;
    }
}

} // namespace

Result<int> detachKeyByte(const QString &text)
{
    const QString lower = text.toLower();
    if (lower == u"none")
        return -1;
    if (lower.size() == 6 && lower.startsWith(u"ctrl-")) {
        const char16_t key = lower.at(5).unicode();
        if ((key >= u'a' && key <= u'z') || (key >= u'[' && key <= u'_') || key == u'@')
            return key & 0x1f;
    }
    return fail(Error(ErrorKind::InvalidArgument, translated("%1 is no detach key.").arg(text))
                    .withRemedy(translated("It is ctrl- and a letter or one of [ ] \\ ^ _ @, for "
                                           "example ctrl-t, or none.")));
}

TerminalCommand::TerminalCommand(const Arguments &arguments, Console &console)
    : Command(arguments, console)
{
    connect(&m_endOfInput, &QTimer::timeout, this, [this] {
        owner().client().writeTerminal(QByteArrayLiteral("\x04"));
    });
}

TerminalCommand::~TerminalCommand()
{
    restore();
}

void TerminalCommand::begin()
{
    const auto key = detachKeyByte(arguments().value(u"detach-key"_s, u"ctrl-]"_s));
    if (!key) {
        console().printError(key.error());
        end(2);
        return;
    }
    m_detachKey = *key;
    withOwner([this] {
        const bool isShell = arguments().command->name == u"session shell";
        const control::TerminalSize now = size();
        connect(&owner().client(),
                &control::ControlClient::terminalOutput,
                this,
                [this](const QByteArray &bytes) {
                    m_modes.follow(bytes);
                    writeAll(bytes);
                });
        connect(&owner().client(),
                &control::ControlClient::terminalClosed,
                this,
                &TerminalCommand::onClosed);
        owner()
            .client()
            .callForTerminal(
                isShell ? u"session.shell"_s : u"session.attach"_s,
                {{u"id"_s, arguments().at(0)}, {u"columns"_s, now.columns}, {u"rows"_s, now.rows}})
            .then(this, [this](const Result<QJsonObject> &answer) {
                if (answer)
                    onOpen();
                else
                    failWith(answer.error());
            });
    });
}

void TerminalCommand::onOpen()
{
    if (console().isErrorTerminal() && m_detachKey >= 0 && ::isatty(STDIN_FILENO) == 1) {
        const QString key = arguments().value(u"detach-key"_s, u"ctrl-]"_s);
        console().note(translated("Connected; %1 detaches.").arg(key));
    }
    makeRaw();
    m_signals =
        std::make_unique<SignalWatch>(QList<int>{SIGWINCH, SIGTERM, SIGHUP, SIGINT, SIGQUIT});
    connect(m_signals.get(), &SignalWatch::caught, this, &TerminalCommand::onSignal);
    m_input = std::make_unique<QSocketNotifier>(STDIN_FILENO, QSocketNotifier::Read);
    connect(m_input.get(), &QSocketNotifier::activated, this, &TerminalCommand::onInput);
    owner().client().startTerminal();
    sendSize();
}

void TerminalCommand::onInput()
{
    std::array<char, 65536> buffer = {};
    const ssize_t count = ::read(STDIN_FILENO, buffer.data(), buffer.size());
    if (count < 0 && (errno == EINTR || errno == EAGAIN))
        return;
    if (count <= 0) {
        // The end of a pipe is the end of input for the program as well. A Ctrl-D that comes while
        // a shell sets its terminal up is lost: hence again, as long as the program runs.
        m_input->setEnabled(false);
        m_endOfInput.start(std::chrono::seconds(1));
        owner().client().writeTerminal(QByteArrayLiteral("\x04"));
        return;
    }
    const QByteArray bytes(buffer.data(), count);
    // Only a person detaches: in a pipe every byte is data.
    const qsizetype detach =
        m_isRaw && m_detachKey >= 0 ? bytes.indexOf(static_cast<char>(m_detachKey)) : -1;
    owner().client().writeTerminal(detach < 0 ? bytes : bytes.left(detach));
    if (detach < 0)
        return;
    restore();
    console().note(translated("\nDetached."));
    end();
}

void TerminalCommand::onSignal(int number)
{
    if (number == SIGWINCH) {
        sendSize();
        return;
    }
    restore();
    end(128 + number);
}

void TerminalCommand::onClosed(const Result<int> &exitCode)
{
    restore();
    if (!exitCode)
        failWith(exitCode.error());
    else
        end(*exitCode & 0xff);
}

void TerminalCommand::makeRaw()
{
    if (::isatty(STDIN_FILENO) != 1 || ::tcgetattr(STDIN_FILENO, &m_saved) != 0)
        return;
    termios raw = m_saved;
    ::cfmakeraw(&raw);
    m_isRaw = ::tcsetattr(STDIN_FILENO, TCSADRAIN, &raw) == 0;
}

void TerminalCommand::restore()
{
    m_endOfInput.stop();
    m_input.reset();
    if (!std::exchange(m_isRaw, false))
        return;
    if (console().isOutputTerminal())
        writeAll(m_modes.restoring());
    ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &m_saved);
}

control::TerminalSize TerminalCommand::size() const
{
    winsize now = {};
    for (const int descriptor : {STDOUT_FILENO, STDIN_FILENO}) {
        if (::ioctl(descriptor, TIOCGWINSZ, &now) == 0 && now.ws_col > 0 && now.ws_row > 0)
            return {now.ws_col, now.ws_row};
    }
    return {};
}

void TerminalCommand::sendSize()
{
    owner().client().resizeTerminal(size());
}

} // namespace paddock::ctl
