// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/Result.h"
#include "core/docker/EngineErrors.h"
#include "core/docker/HttpParser.h"

#include <QByteArray>
#include <QList>
#include <QString>

#include <chrono>
#include <utility>

namespace paddock::docker {

/// How long the engine may take before it begins to answer, and whether the body has an end.
enum class Pace {
    Quick,      ///< a look-up
    Work,       ///< the engine has to do something first
    Stream,     ///< the head comes soon, the body as long as it lasts
    WorkStream, ///< like Stream, but the head comes when there is first output
};

/// One request of the API, before the version is in its path.
struct ApiCall
{
    Action action = Action::System;
    QByteArray method = QByteArrayLiteral("GET");
    QByteArray path; ///< "/containers/json"; built with pathPart()
    QList<std::pair<QByteArray, QString>> query;
    QByteArray body;
    QByteArray contentType;
    QString bodyFile;
    QList<HttpHeader> headers;
    Pace pace = Pace::Quick;
    std::chrono::milliseconds extraTime{0}; ///< added to the limit of the head
    bool isVersioned = true;
    bool isUpgrade = false;
    qint64 maxBodyBytes = 0; ///< 0: the client's limit for JSON

    [[nodiscard]] bool isReadOnly() const { return method == "GET" && pace == Pace::Quick; }
};

struct ApiResponse
{
    int status = 0;
    HttpHead head;
    QByteArray body;
};

/// Percent-encodes one part of a path; '/' and what references need stay.
[[nodiscard]] QByteArray pathPart(const QString &text);
/// An id or a name of a container, network or exec: [A-Za-z0-9][A-Za-z0-9_.-]*, at most 255.
[[nodiscard]] Result<QByteArray> checkedName(const QString &text, const QString &what);

} // namespace paddock::docker
