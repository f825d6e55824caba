// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/shim/EventLoop.h"
#include "app/shim/RefWatch.h"
#include "app/shim/Spool.h"
#include "app/shim/Supervisor.h"
#include "core/shimlink/Frame.h"

#include <map>
#include <string>

namespace paddock::shim {

/// The shim's end of the link: dials link.sock in the current folder for ever, says hello, sends
/// what the spool holds from where the host stands, and hands what arrives to the supervisor.
class HostLink final : Watcher
{
public:
    HostLink(EventLoop &loop, Spool &spool, Supervisor &supervisor, RefWatch &refs);
    ~HostLink();

    void start();
    /// Sends what there is; after each round of the loop.
    void pump();
    /// A host has answered our hello on this connection.
    [[nodiscard]] bool isUp() const { return m_helloDone; }

private:
    /// Watches the folder for a new link.sock.
    struct FolderWatch final : Watcher
    {
        void ready(std::uint32_t events) override;
        HostLink *link = nullptr;
        Fd fd;
    };

    void ready(std::uint32_t events) override;
    void dial();
    void redialLater();
    void lost();
    void breakOff(const std::string &reason);
    void sendHello();

    void readFrames();
    [[nodiscard]] bool handle(const shimlink::Frame &frame);
    [[nodiscard]] bool handleHello(const shimlink::Frame &frame);
    [[nodiscard]] bool handleAck(const shimlink::Frame &frame);
    [[nodiscard]] bool handleMessage(const shimlink::Frame &frame);

    struct Batch;
    [[nodiscard]] bool flushRest();
    void queueSmallFrames();
    void addFrom(Channel channel, Batch &batch);
    void fill(Batch &batch);
    [[nodiscard]] bool send(Batch &batch);
    void wantWrite(bool want);

    EventLoop &m_loop;
    Spool &m_spool;
    Supervisor &m_supervisor;
    RefWatch &m_refs;
    FolderWatch m_folder;
    std::string m_epoch;

    Fd m_fd;
    bool m_helloDone = false;
    std::uint16_t m_version = 0;
    bool m_wantWrite = false;
    shimlink::FrameDecoder m_decoder;
    shimlink::MessageAssembler m_assembler;
    /// What the socket did not take yet.
    std::string m_rest;
    std::size_t m_restSent = 0;
    /// Where sending stands, by channel, on this connection.
    std::map<Channel, std::uint64_t> m_sent;
    Channel m_lastServed = 0;
    std::uint64_t m_received = 0;
    std::uint64_t m_handedOnTold = 0;
    bool m_released = false;

    EventLoop::TimerId m_redial = 0;
    int m_backoff = 0;
    std::int64_t m_upSince = 0;
};

} // namespace paddock::shim
