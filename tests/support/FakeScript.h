// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/Pending.h"

#include <QHash>
#include <QList>
#include <QString>
#include <QStringList>

#include <functional>
#include <optional>

namespace paddock::test {

/// What was asked and what to do about it; shared by all the services of one FakeServices.
/// Methods are named "session.start", "project.add", … like those of the control protocol.
class FakeScript
{
public:
    struct Call
    {
        QString method;
        QString actor; ///< Actor::toString(); empty for calls without one
        QStringList arguments;
    };

    /// The next call of \a method answers \a error. Several queue up.
    void failNext(const QString &method, const Error &error);
    /// Calls of \a method get no answer until release().
    void hold(const QString &method) { m_held.insert(method, {}); }
    void release(const QString &method);
    [[nodiscard]] qsizetype heldCount(const QString &method) const;

    [[nodiscard]] const QList<Call> &calls() const { return m_calls; }
    [[nodiscard]] QList<Call> calls(const QString &method) const;
    /// Runs after each recorded call.
    std::function<void(const Call &)> onCall;

    void record(const QString &method, const QString &actor, const QStringList &arguments);
    [[nodiscard]] std::optional<Error> takeFailure(const QString &method);
    /// Answers \a value, the scripted failure, or later.
    template <typename T>
    [[nodiscard]] Pending<T> answer(const QString &method, std::function<Result<T>()> value)
    {
        Promise<T> promise;
        auto settle = [this, method, promise, value = std::move(value)] {
            if (const auto error = takeFailure(method))
                promise.reject(*error);
            else
                promise.resolve(value());
        };
        const auto held = m_held.find(method);
        if (held != m_held.end())
            held->append(settle);
        else
            settle();
        return promise.pending();
    }

private:
    QList<Call> m_calls;
    QHash<QString, QList<Error>> m_failures;
    QHash<QString, QList<std::function<void()>>> m_held;
};

} // namespace paddock::test
