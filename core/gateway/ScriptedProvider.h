// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/Result.h"
#include "core/gateway/HttpTypes.h"

#include <QHash>
#include <QJsonObject>

#include <chrono>

namespace paddock::gateway {

/// One answer of a script; the form of the files is in resources/demo/scripts/README.md.
struct ScriptStep
{
    struct Tool
    {
        QString name;
        QJsonObject input;
    };
    enum class Cut { None, BeforeHead, MidStream };

    QString say;
    QList<Tool> tools;
    int status = 200;
    QString error;
    QString message;
    Cut cut = Cut::None;
    bool hangs = false;
    std::chrono::milliseconds delay{0};
};

struct Script
{
    QString name;
    QString label;
    QString again;
    std::chrono::milliseconds pace{0};
    QList<ScriptStep> steps;
};

/// What the provider sends, piece by piece.
struct ScriptedAnswer
{
    struct Piece
    {
        QByteArray bytes;
        std::chrono::milliseconds after{0}; ///< waits so long before it is sent
    };
    enum class End {
        Proper,
        Cut,  ///< the connection ends before the answer does
        Hang, ///< nothing more ever comes
    };
    int status = 200; ///< 0: not even a head is sent
    QList<HttpHeader> headers;
    QList<Piece> pieces;
    End end = End::Proper;
};

/// Stands in for a model: answers the Anthropic Messages API from scripts, statelessly, and labels
/// every text as scripted. Used for the demo and, with other scripts, by tests. Pure value.
class ScriptedProvider
{
public:
    /// With the built-in scripts.
    ScriptedProvider();
    /// With every *.json in \a folder. InvalidConfig names the file and the mistake.
    [[nodiscard]] static Result<ScriptedProvider> fromFolder(const QString &folder);
    [[nodiscard]] static Result<Script> parseScript(const QString &name, const QByteArray &json);

    void add(const Script &script);
    [[nodiscard]] ScriptedAnswer
    answer(const QByteArray &method, const QByteArray &path, const QByteArray &body) const;

private:
    struct Place; // in a conversation

    [[nodiscard]] ScriptedAnswer messages(const QJsonObject &request) const;
    [[nodiscard]] static Place placeIn(const QJsonObject &request);

    QHash<QString, Script> m_scripts;
};

} // namespace paddock::gateway
