// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// An owner for tests that kill it: keeps all it knows in a folder, starts the agent, talks with it,
// and goes on where the folder says it stands. Ends with 0 when the agent has ended and everything
// is stored.
//
//   stored_owner RUN-FOLDER STORE-FOLDER lines|terminal AGENT COUNT PROMPTS

#include "core/sandbox/link/AgentLink.h"

#include <QCoreApplication>
#include <QDir>
#include <QFile>

#include <cstdio>
#include <fcntl.h>
#include <unistd.h>

using namespace paddock;
using namespace paddock::sandbox::link;
using namespace Qt::StringLiterals;

namespace {

/// A file that is only appended to; its length is the position up to which a channel is stored.
class StreamFile
{
public:
    explicit StreamFile(const QString &path)
        : m_fd(::open(QFile::encodeName(path).constData(), O_RDWR | O_CREAT | O_CLOEXEC, 0600))
    {
        m_size = static_cast<quint64>(::lseek(m_fd, 0, SEEK_END));
    }
    ~StreamFile() { ::close(m_fd); }
    Q_DISABLE_COPY_MOVE(StreamFile)

    void append(const QByteArray &bytes)
    {
        if (::write(m_fd, bytes.constData(), static_cast<size_t>(bytes.size())) != bytes.size())
            qFatal("the store cannot be written");
        m_size += static_cast<quint64>(bytes.size());
    }
    [[nodiscard]] quint64 size() const { return m_size; }
    /// Cuts off what a kill left of the last record.
    void cutTo(quint64 size)
    {
        if (::ftruncate(m_fd, static_cast<off_t>(size)) != 0 || ::lseek(m_fd, 0, SEEK_END) < 0)
            qFatal("the store cannot be cut");
        m_size = size;
    }

private:
    int m_fd;
    quint64 m_size = 0;
};

QByteArray readAll(const QString &path)
{
    QFile file(path);
    return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
}

class Owner : public QObject
{
    Q_OBJECT

public:
    Owner(const QStringList &arguments)
        : m_store(arguments.at(2))
        , m_terminal(arguments.at(3) == u"terminal")
        , m_prompts(arguments.at(6).toULongLong())
        , m_acp(m_store + u"/acp"_s)
        , m_output(m_store + u"/terminal"_s)
        , m_control(m_store + u"/control"_s)
        , m_outbound(m_store + u"/outbound"_s)
        , m_epochFile(m_store + u"/epoch"_s)
    {
        load();
        LinkOptions options;
        options.runFolder = arguments.at(1);
        options.epoch = m_epoch;
        options.stored = {{shimlink::kControlChannel, m_controlAt},
                          {shimlink::kAcpChannel, m_acp.size()},
                          {shimlink::kAgentTerminal, m_output.size()}};
        options.nextOutbound = [this](const QByteArray &, quint64 after) {
            std::optional<OutboundMessage> next;
            if (after < static_cast<quint64>(m_sent.size())) {
                next =
                    OutboundMessage{after + 1,
                                    after == 0 ? shimlink::kControlChannel : shimlink::kAcpChannel,
                                    m_sent.at(qsizetype(after))};
            }
            return next;
        };
        m_link = std::make_unique<AgentLink>(options);
        connect(m_link.get(), &AgentLink::helloReceived, this, &Owner::onHello);
        connect(m_link.get(), &AgentLink::message, this, &Owner::onMessage);
        connect(m_link.get(), &AgentLink::terminalOutput, this, &Owner::onOutput);
        connect(m_link.get(), &AgentLink::processStarted, this, [this](quint64 seq) {
            storeControl(seq);
        });
        connect(m_link.get(), &AgentLink::notice, this, [this](quint64 seq, const LinkNotice &) {
            storeControl(seq);
        });
        connect(m_link.get(), &AgentLink::processExited, this, &Owner::onExited);
        connect(m_link.get(), &AgentLink::protocolError, this, [](const QString &reason) {
            std::fprintf(stderr, "owner: %s\n", qPrintable(reason));
            QCoreApplication::exit(3);
        });
        connect(m_link.get(), &AgentLink::outputDropped, this, [] { QCoreApplication::exit(4); });
        if (m_sent.isEmpty()) {
            StartRequest start;
            start.id = u"first"_s;
            start.mode = m_terminal ? StartRequest::Mode::Terminal : StartRequest::Mode::Lines;
            start.argv = QStringList{arguments.at(4), arguments.at(5)};
            start.workingFolder = u"/"_s;
            store(AgentLink::encodeStart(start));
        }
        if (!m_link->listen())
            qFatal("the owner cannot listen");
    }

private:
    void load()
    {
        m_epoch = readAll(m_store + u"/epoch"_s);
        if (m_epoch.size() < 16) {
            m_epoch.clear();
            m_epochFile.cutTo(0);
        }
        const QByteArray acp = readAll(m_store + u"/acp"_s);
        m_acp.cutTo(static_cast<quint64>(acp.lastIndexOf('\n') + 1));
        const QList<QByteArray> lines = acp.left(acp.lastIndexOf('\n') + 1).split('\n');
        for (const QByteArray &line : lines)
            m_answers += line.startsWith("answer to ") ? 1 : 0;
        const QByteArray control = readAll(m_store + u"/control"_s);
        m_control.cutTo(static_cast<quint64>(control.lastIndexOf('\n') + 1));
        const QList<QByteArray> positions = control.left(control.lastIndexOf('\n')).split('\n');
        m_controlAt = positions.last().toULongLong();
        const QByteArray outbound = readAll(m_store + u"/outbound"_s);
        m_outbound.cutTo(static_cast<quint64>(outbound.lastIndexOf('\n') + 1));
        for (const QByteArray &line : outbound.left(outbound.lastIndexOf('\n') + 1).split('\n')) {
            if (!line.isEmpty())
                m_sent.append(QByteArray::fromHex(line));
        }
    }

    void store(const QByteArray &message)
    {
        m_outbound.append(message.toHex() + '\n');
        m_sent.append(message);
        const auto number = static_cast<quint64>(m_sent.size());
        const Result<Done> sent = m_link->sendMessage(
            number == 1 ? shimlink::kControlChannel : shimlink::kAcpChannel, number, message);
        if (!sent)
            qFatal("the message is refused");
    }

    void prompt()
    {
        // The first message is the start.
        const auto prompts = static_cast<quint64>(m_sent.size()) - 1;
        if (m_terminal || prompts > m_answers)
            return;
        if (prompts < m_prompts)
            store("prompt " + QByteArray::number(prompts + 1));
        else if (prompts == m_prompts)
            store("bye");
    }

    void storeControl(quint64 seq)
    {
        m_control.append(QByteArray::number(seq) + '\n');
        m_link->acknowledge(shimlink::kControlChannel, seq);
    }

    void onHello(const ShimInfo &shim)
    {
        if (shim.newEpoch) {
            if (!m_epoch.isEmpty())
                QCoreApplication::exit(5);
            m_epochFile.append(shim.epoch);
            m_epoch = shim.epoch;
        }
        prompt();
    }

    void onMessage(Channel channel, quint64 seq, const QByteArray &bytes)
    {
        m_acp.append(bytes + '\n');
        if (m_acp.size() != seq)
            QCoreApplication::exit(6);
        m_link->acknowledge(channel, seq);
        if (bytes.startsWith("answer to ")) {
            ++m_answers;
            prompt();
        }
    }

    void onOutput(Channel channel, quint64 seq, const QByteArray &bytes)
    {
        if (channel == shimlink::kAgentTerminal) {
            m_output.append(bytes);
            if (m_output.size() != seq)
                QCoreApplication::exit(6);
        }
        m_link->acknowledge(channel, seq);
    }

    void onExited(quint64 seq, const ProcessExit &exit)
    {
        const StreamFile done(m_store + u"/done"_s);
        storeControl(seq);
        QCoreApplication::exit(exit.code == 0 && exit.id == u"first" ? 0 : 7);
    }

    QString m_store;
    bool m_terminal;
    quint64 m_prompts;
    StreamFile m_acp;
    StreamFile m_output;
    StreamFile m_control;
    StreamFile m_outbound;
    StreamFile m_epochFile;
    QByteArray m_epoch;
    quint64 m_controlAt = 0;
    quint64 m_answers = 0;
    QList<QByteArray> m_sent;
    std::unique_ptr<AgentLink> m_link;
};

} // namespace

int main(int argc, char **argv)
{
    QCoreApplication app(argc, argv);
    // Killed between storing the last event and ending.
    if (QFile::exists(QCoreApplication::arguments().at(2) + u"/done"_s))
        return 0;
    const Owner owner(QCoreApplication::arguments());
    return app.exec();
}

#include "stored_owner.moc"
