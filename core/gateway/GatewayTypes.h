// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/Ids.h"
#include "core/base/ProviderProtocol.h"

#include <QDateTime>
#include <QString>
#include <QUrl>

#include <sys/types.h>

namespace paddock::gateway {

/// Where the model requests of a session go.
enum class UpstreamKind {
    Demo,     ///< the built-in scripted provider; no network, no key
    Provider, ///< baseUrl, with the session's key added
};

/// How the key is put into a request.
enum class CredentialForm {
    XApiKey,     ///< x-api-key: KEY (Anthropic)
    Bearer,      ///< Authorization: Bearer KEY
    XGoogApiKey, ///< x-goog-api-key: KEY
};

struct Upstream
{
    UpstreamKind kind = UpstreamKind::Demo;
    /// https, or http for a loopback address only. A path is put before the request's path.
    QUrl baseUrl;
    CredentialForm credential = CredentialForm::XApiKey;
    /// Demo only: folder with scripts in place of the built-in ones (tests).
    QString scripts;
    /// Provider only: PEM file with authorities trusted besides the system's.
    QString authorities;
    bool operator==(const Upstream &) const = default;
};

/// A session's door: <runFolder>/model.sock.
struct DoorOptions
{
    SessionId id;
    QString runFolder; ///< exists, belongs to this user (or, for root, to uid), not a link
    uid_t uid = 0;     ///< of the container's user; the socket is given to it where we are root
    gid_t gid = 0;
    ProviderProtocol protocol = ProviderProtocol::Anthropic;
    Upstream upstream;
};

struct DoorStatus
{
    SessionId id;
    QString runFolder;
    ProviderProtocol protocol = ProviderProtocol::Anthropic;
    Upstream upstream;
    ContainerId container; ///< empty: any process that can connect may use the door
    bool hasKey = false;
    qint64 requests = 0; ///< since the door was opened
    qint64 refused = 0;
    qint64 bytesUp = 0;
    qint64 bytesDown = 0;
    int active = 0; ///< requests under way
};

/// One line of the request log; never a body, a header or a query.
struct RequestRecord
{
    qint64 number = 0; ///< per gateway process, rising
    QDateTime at;
    SessionId session;
    QString method;
    QString path;
    int status = 0; ///< as answered to the agent; 0: the agent went away first
    QString reason; ///< in words, when the gateway itself answered
    qint64 bytesUp = 0;
    qint64 bytesDown = 0;
    qint64 milliseconds = 0;
    pid_t peerPid = 0; ///< as the kernel says (SO_PEERCRED)
};

} // namespace paddock::gateway
