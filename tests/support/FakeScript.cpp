// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/FakeScript.h"

namespace paddock::test {

void FakeScript::failNext(const QString &method, const Error &error)
{
    m_failures[method].append(error);
}

void FakeScript::release(const QString &method)
{
    const auto held = m_held.take(method);
    for (const auto &settle : held)
        settle();
}

qsizetype FakeScript::heldCount(const QString &method) const
{
    return m_held.value(method).size();
}

QList<FakeScript::Call> FakeScript::calls(const QString &method) const
{
    QList<Call> found;
    for (const Call &call : m_calls) {
        if (call.method == method)
            found.append(call);
    }
    return found;
}

void FakeScript::record(const QString &method, const QString &actor, const QStringList &arguments)
{
    m_calls.append({method, actor, arguments});
    if (onCall)
        onCall(m_calls.last());
}

std::optional<Error> FakeScript::takeFailure(const QString &method)
{
    const auto it = m_failures.find(method);
    if (it == m_failures.end() || it->isEmpty())
        return std::nullopt;
    return it->takeFirst();
}

} // namespace paddock::test
