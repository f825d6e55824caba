// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/sessions/SessionLink.h"

#include "core/sessions/Logging.h"

#include <QJsonDocument>
#include <QJsonObject>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace paddock::sessions {

using sandbox::link::AgentLink;
using sandbox::link::LinkOptions;
using sandbox::link::OutboundMessage;
using sandbox::link::ShimInfo;
namespace wire = shimlink;

namespace {
constexpr auto kReopenAfter = 3s;

QByteArray noticeBytes(const QString &kind, const QString &text)
{
    return QJsonDocument(QJsonObject{{u"kind"_s, kind}, {u"text"_s, text}})
        .toJson(QJsonDocument::Compact);
}
} // namespace

SessionLink::SessionLink(store::Database &database, Options options, QObject *parent)
    : QObject(parent)
    , m_database(database)
    , m_options(std::move(options))
    , m_streams(m_options.streamsFolder)
    , m_epoch(m_options.stored.epoch)
    , m_nextNumber(m_options.stored.nextOutbound)
    , m_positions(m_options.stored.positions)
    , m_outbox(m_options.stored.outbox)
{
    m_reopen.setSingleShot(true);
    connect(&m_reopen, &QTimer::timeout, this, [this] {
        if (auto listening = listen(); !listening)
            Q_EMIT storeFailed(listening.error());
    });
}

SessionLink::~SessionLink() = default;

bool SessionLink::isUp() const
{
    return m_link && m_link->isUp();
}

const ShimInfo &SessionLink::shim() const
{
    static const ShimInfo none;
    return m_link ? m_link->shim() : none;
}

bool SessionLink::isEphemeral(quint16 channel) const
{
    return channel >= wire::kFirstTerminal;
}

void SessionLink::makeLink()
{
    LinkOptions options;
    options.runFolder = m_options.runFolder;
    options.socketOwner = m_options.socketOwner;
    options.peerCheck = m_options.peerCheck;
    options.watchedGitDir = m_options.gitDir;
    options.epoch = m_epoch;
    options.stored = m_positions;
    if (auto positions = m_streams.open(m_epoch)) {
        for (auto it = positions->cbegin(); it != positions->cend(); ++it)
            options.stored.insert(it.key(), it.value());
    }
    options.nextOutbound = [this](const QByteArray &epoch,
                                  quint64 after) -> std::optional<OutboundMessage> {
        if (epoch != m_epoch)
            return std::nullopt;
        for (const records::OutboxEntry &entry : std::as_const(m_outbox)) {
            if (entry.number > after)
                return OutboundMessage{
                    .number = entry.number, .channel = entry.channel, .bytes = entry.bytes};
        }
        return std::nullopt;
    };
    m_link = std::make_unique<AgentLink>(std::move(options));

    AgentLink *link = m_link.get();
    connect(link, &AgentLink::helloReceived, this, &SessionLink::onHello);
    connect(link, &AgentLink::linkDown, this, &SessionLink::linkDown);
    connect(link, &AgentLink::refsChanged, this, &SessionLink::refsChanged);
    connect(link, &AgentLink::message, this, [this](quint16, quint64 seq, const QByteArray &bytes) {
        receive({.seq = seq, .line = bytes, .isNotice = false, .event = {}});
    });
    connect(link, &AgentLink::messageTooLong, this, [this](quint16, quint64 seq, quint64 size) {
        receive({.seq = seq,
                 .line = noticeBytes(u"message-too-long"_s,
                                     tr("A message of the agent with %1 bytes was thrown away: the "
                                        "limit is 16 MiB.")
                                         .arg(size)),
                 .isNotice = true,
                 .event = {}});
    });
    connect(link, &AgentLink::terminalOutput, this, &SessionLink::onTerminalOutput);
    connect(
        link, &AgentLink::outputDropped, this, [this](quint16 channel, quint64 from, quint64 seq) {
            // Only a spool file that cannot be read any more, or a store that was put back. Their
            // positions are in the database, with what comes after.
            if (channel == wire::kAcpChannel) {
                receive({.seq = seq,
                         .line = noticeBytes(u"messages-lost"_s,
                                             tr("%1 bytes of the agent's messages were lost in the "
                                                "container.")
                                                 .arg(seq - from)),
                         .isNotice = true,
                         .event = {}});
                return;
            }
            if (channel == wire::kControlChannel) {
                receive({.seq = seq, .line = {}, .isNotice = false, .event = [] {}});
                return;
            }
            if (!isEphemeral(channel)) {
                if (auto skipped = m_streams.skipTo(channel, seq); !skipped) {
                    onStoreFailed(skipped.error());
                    return;
                }
            }
            m_link->acknowledge(channel, seq);
        });
    connect(link,
            &AgentLink::processStarted,
            this,
            [this](quint64 seq, const sandbox::link::ProcessStart &start) {
                receive({.seq = seq, .line = {}, .isNotice = false, .event = [this, start] {
                             Q_EMIT agentStarted(start);
                         }});
            });
    connect(link,
            &AgentLink::processFailed,
            this,
            [this](quint64 seq, const sandbox::link::ProcessFailure &failure) {
                receive({.seq = seq, .line = {}, .isNotice = false, .event = [this, failure] {
                             Q_EMIT agentFailed(failure);
                         }});
            });
    connect(link,
            &AgentLink::processExited,
            this,
            [this](quint64 seq, const sandbox::link::ProcessExit &exit) {
                receive({.seq = seq, .line = {}, .isNotice = false, .event = [this, exit] {
                             Q_EMIT processExited(exit);
                         }});
            });
    connect(
        link, &AgentLink::notice, this, [this](quint64 seq, const sandbox::link::LinkNotice &what) {
            receive({.seq = seq, .line = {}, .isNotice = false, .event = [this, what] {
                         Q_EMIT notice(what);
                     }});
        });
    connect(link, &AgentLink::outboundAcknowledged, this, [this](quint64 number) {
        while (!m_outbox.isEmpty() && m_outbox.first().number <= number)
            m_outbox.removeFirst();
        m_database
            .write<Done>([id = m_options.id, number](store::Connection &connection) {
                return records::deleteOutboxUpTo(connection, id, number);
            })
            .then(this, [](const Result<Done> &result) {
                // Left rows are sent again after a restart and dropped by the shim.
                if (!result)
                    qCWarning(lcPaddockSessions) << "outbox:" << result.error().toString();
            });
    });
    connect(link,
            &AgentLink::secondLinkRefused,
            this,
            [this](const sandbox::link::PeerCredentials &peer, int count) {
                m_database
                    .write<Done>([id = m_options.id, peer, count](store::Connection &connection) {
                        return records::audit(
                            connection,
                            u"system:link"_s,
                            u"link-refused"_s,
                            id,
                            u"pid %1, uid %2, %3 times"_s.arg(peer.pid).arg(peer.uid).arg(count));
                    })
                    .then(this, [](const Result<Done> &) {});
                Q_EMIT intruderRefused(count);
            });
    connect(link, &AgentLink::protocolError, this, [this](const QString &reason) {
        addNotice(u"link"_s, tr("The link to the container was ended: %1").arg(reason));
    });
}

Result<Done> SessionLink::listen()
{
    m_closed = false;
    makeLink();
    return m_link->listen();
}

void SessionLink::close()
{
    m_closed = true;
    m_reopen.stop();
    if (m_link)
        m_link->close();
}

void SessionLink::onHello(const ShimInfo &shim)
{
    if (!shim.newEpoch) {
        m_ready = true;
        Q_EMIT shimReady(shim);
        return;
    }
    // Positions and numbers begin again. What waits for the store still carries the old epoch.
    m_epoch = shim.epoch;
    m_nextNumber = 1;
    m_outbox.clear();
    m_positions.clear();
    m_inbound.clear();
    m_ready = false;
    if (auto opened = m_streams.open(m_epoch); !opened) {
        onStoreFailed(opened.error());
        return;
    }
    std::optional<records::OutboxEntry> first;
    if (!m_first.isEmpty())
        first = {.number = m_nextNumber++, .channel = wire::kControlChannel, .bytes = m_first};
    m_database
        .write<Done>([id = m_options.id, epoch = m_epoch, first](
                         store::Connection &connection) -> Result<Done> {
            auto begun = records::beginEpoch(connection, id, epoch);
            return begun && first ? records::insertOutbox(connection, id, *first) : begun;
        })
        .then(this, [this, shim, first](const Result<Done> &result) {
            if (!result) {
                onStoreFailed(result.error());
                return;
            }
            if (shim.epoch != m_epoch)
                return;
            m_ready = true;
            if (first) {
                m_first.clear();
                transmit(*first);
            }
            Q_EMIT shimReady(shim);
        });
}

void SessionLink::onTerminalOutput(quint16 channel, quint64 seq, const QByteArray &bytes)
{
    if (!isEphemeral(channel)) {
        if (auto stored = m_streams.append(channel, seq, bytes); !stored) {
            onStoreFailed(stored.error());
            return;
        }
    }
    m_link->acknowledge(channel, seq);
    Q_EMIT terminalOutput(channel, bytes);
}

void SessionLink::receive(Inbound inbound)
{
    m_inbound.append(std::move(inbound));
    flush();
}

void SessionLink::flush()
{
    // Everything that arrives within one turn of the event loop goes into one transaction.
    if (m_flushing || m_flushScheduled)
        return;
    m_flushScheduled = true;
    QMetaObject::invokeMethod(this, &SessionLink::storeBatch, Qt::QueuedConnection);
}

void SessionLink::storeBatch()
{
    m_flushScheduled = false;
    if (m_flushing || m_inbound.isEmpty())
        return;
    m_flushing = true;
    const QList<Inbound> batch = std::exchange(m_inbound, {});
    QList<records::NewEntry> entries;
    QHash<quint16, quint64> positions;
    for (const Inbound &inbound : batch) {
        positions.insert(inbound.event ? wire::kControlChannel : wire::kAcpChannel, inbound.seq);
        if (inbound.event)
            continue;
        entries.append({.direction = inbound.isNotice ? ConversationEntry::Direction::Notice
                                                      : ConversationEntry::Direction::FromAgent,
                        .linkSequence = inbound.seq,
                        .bytes = inbound.line});
    }
    m_database
        .write<qint64>([id = m_options.id, epoch = m_epoch, entries, positions](
                           store::Connection &connection) -> Result<qint64> {
            auto sequence = records::appendConversation(connection, id, epoch, entries);
            if (!sequence)
                return sequence;
            for (auto it = positions.cbegin(); it != positions.cend(); ++it) {
                if (auto set = records::setPosition(connection, id, it.key(), it.value()); !set)
                    return fail(set.error());
            }
            return sequence;
        })
        .then(this, [this, batch, epoch = m_epoch, positions](const Result<qint64> &result) {
            m_flushing = false;
            if (!result) {
                onStoreFailed(result.error());
                return;
            }
            if (epoch == m_epoch) {
                for (auto it = positions.cbegin(); it != positions.cend(); ++it) {
                    m_positions.insert(it.key(), it.value());
                    m_link->acknowledge(it.key(), it.value());
                }
            }
            if (positions.contains(wire::kAcpChannel))
                Q_EMIT conversationGrew(*result);
            onBatchStored(batch, epoch);
        });
}

void SessionLink::onBatchStored(const QList<Inbound> &batch, const QByteArray &epoch)
{
    for (const Inbound &inbound : batch) {
        if (!inbound.event) {
            if (!inbound.isNotice)
                Q_EMIT lineStored(inbound.line);
        } else if (epoch == m_epoch) {
            inbound.event();
        }
    }
    if (!m_inbound.isEmpty())
        flush();
}

void SessionLink::onStoreFailed(const Error &error)
{
    qCWarning(lcPaddockSessions) << "session" << m_options.id.value << "store:" << error.toString();
    Q_EMIT storeFailed(error);
    if (m_closed || m_reopen.isActive())
        return;
    // Nothing was acknowledged: the shim keeps it and repeats it on the next connection.
    m_inbound.clear();
    if (m_link)
        m_link->close();
    m_reopen.start(kReopenAfter);
}

// What is in the store already.
void SessionLink::transmit(const records::OutboxEntry &entry)
{
    m_outbox.append(entry);
    if (auto sent = m_link->sendMessage(entry.channel, entry.number, entry.bytes); !sent)
        qCWarning(lcPaddockSessions) << "send:" << sent.error().toString();
}

void SessionLink::store(const records::OutboxEntry &entry,
                        bool inConversation,
                        qint64 promptNumber,
                        std::function<void(const Result<qint64> &)> then)
{
    m_database
        .write<qint64>([id = m_options.id, epoch = m_epoch, entry, inConversation, promptNumber](
                           store::Connection &connection) -> Result<qint64> {
            qint64 sequence = 0;
            if (inConversation) {
                auto appended = records::appendConversation(
                    connection,
                    id,
                    epoch,
                    {{.direction = ConversationEntry::Direction::ToAgent,
                      .linkSequence = entry.number,
                      .bytes = entry.bytes}});
                if (!appended)
                    return appended;
                sequence = *appended;
            }
            if (auto stored = records::insertOutbox(connection, id, entry); !stored)
                return fail(stored.error());
            if (promptNumber != 0) {
                if (auto marked = records::markPromptSent(connection, id, promptNumber); !marked)
                    return fail(marked.error());
            }
            return sequence;
        })
        .then(this,
              [this, entry, epoch = m_epoch, then = std::move(then)](const Result<qint64> &result) {
                  if (!result) {
                      then(result);
                      onStoreFailed(result.error());
                      return;
                  }
                  if (epoch == m_epoch)
                      transmit(entry);
                  then(result);
              });
}

Pending<Done> SessionLink::sendControl(const QByteArray &bytes)
{
    Promise<Done> promise;
    store({.number = m_nextNumber++, .channel = wire::kControlChannel, .bytes = bytes},
          false,
          0,
          [promise](const Result<qint64> &result) {
              promise.resolve(result ? Result<Done>(Done{}) : fail(result.error()));
          });
    return promise.pending();
}

void SessionLink::sendLine(const QByteArray &line, qint64 promptNumber)
{
    store({.number = m_nextNumber++, .channel = wire::kAcpChannel, .bytes = line},
          true,
          promptNumber,
          [this](const Result<qint64> &result) {
              if (result)
                  Q_EMIT conversationGrew(*result);
          });
}

void SessionLink::addNotice(const QString &kind, const QString &text)
{
    m_database
        .write<qint64>([id = m_options.id,
                        bytes = noticeBytes(kind, text)](store::Connection &connection) {
            return records::appendConversation(connection,
                                               id,
                                               {},
                                               {{.direction = ConversationEntry::Direction::Notice,
                                                 .linkSequence = 0,
                                                 .bytes = bytes}});
        })
        .then(this, [this](const Result<qint64> &result) {
            if (result)
                Q_EMIT conversationGrew(*result);
        });
}

} // namespace paddock::sessions
