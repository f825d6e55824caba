// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/Operation.h"

#include <QCoreApplication>

using namespace Qt::StringLiterals;

namespace paddock {

Operation::Operation(QString name, QObject *parent)
    : QObject(parent)
    , m_name(std::move(name))
{
}

void Operation::addStep(OperationStep step)
{
    Q_ASSERT(m_state == State::Inactive && step.run);
    m_steps.push_back(std::move(step));
}

void Operation::setRecorder(Recorder recorder)
{
    m_recorder = std::move(recorder);
}

QString Operation::stepName() const
{
    return m_current < 0 || m_current >= stepCount()
               ? QString()
               : m_steps.at(static_cast<size_t>(m_current)).name;
}

QString Operation::stepTitle() const
{
    return m_current < 0 || m_current >= stepCount()
               ? QString()
               : m_steps.at(static_cast<size_t>(m_current)).title;
}

void Operation::start()
{
    Q_ASSERT(m_state == State::Inactive);
    m_state = State::Running;
    runNext();
}

void Operation::cancel()
{
    if (m_state == State::Inactive) {
        m_state = State::Running;
        m_cancelled = true;
        failWith(Error(ErrorKind::Cancelled, tr("The operation was cancelled.")));
        return;
    }
    if (m_state != State::Running || m_cancelled)
        return;
    m_cancelled = true;
    m_pending.cancel();
    failWith(Error(ErrorKind::Cancelled, tr("The operation was cancelled.")));
}

void Operation::record(Record what, const QString &step, std::function<void()> next)
{
    if (!m_recorder) {
        next();
        return;
    }
    m_pending = m_recorder(what, step);
    m_pending.then(this, [this, what, next = std::move(next)](const Result<Done> &result) {
        // A record that cannot be written stops the way forward; the way back goes on without it.
        if (!result && m_state == State::Running && what != Record::Ended) {
            failWith(result.error());
            return;
        }
        next();
    });
}

void Operation::runNext()
{
    ++m_current;
    if (m_current >= stepCount()) {
        m_state = State::Succeeded;
        record(Record::Ended, {}, [this] { end(); });
        return;
    }
    record(Record::StepBegins, stepName(), [this] {
        const OperationStep &step = m_steps.at(static_cast<size_t>(m_current));
        Q_EMIT stepStarted(step.name, step.title);
        m_pending = step.run();
        m_pending.then(this, [this](const Result<Done> &result) {
            if (!result) {
                failWith(result.error());
                return;
            }
            record(Record::StepDone, stepName(), [this] { runNext(); });
        });
    });
}

void Operation::failWith(Error error)
{
    m_error = std::move(error);
    if (m_error.operation.isEmpty())
        m_error.operation = stepName();
    m_state = State::Undoing;
    if (m_current >= stepCount())
        m_current = stepCount() - 1;
    // The failed step is undone too: it may have been half done.
    undoNext();
}

void Operation::undoNext()
{
    if (m_current < 0) {
        m_state = m_cancelled ? State::Cancelled : State::Failed;
        record(Record::Ended, {}, [this] { end(); });
        return;
    }
    const OperationStep &step = m_steps.at(static_cast<size_t>(m_current));
    if (!step.undo) {
        --m_current;
        undoNext();
        return;
    }
    record(Record::UndoBegins, step.name, [this] {
        m_pending = m_steps.at(static_cast<size_t>(m_current)).undo();
        m_pending.then(this, [this](const Result<Done> &result) {
            if (!result) {
                if (!m_error.detail.isEmpty())
                    m_error.detail += u'\n';
                m_error.detail +=
                    tr("Taking back \"%1\" failed: %2").arg(stepName(), result.error().toString());
            }
            --m_current;
            undoNext();
        });
    });
}

void Operation::end()
{
    // From the event loop even when nothing asynchronous happened.
    QMetaObject::invokeMethod(
        this,
        [this] {
            Q_EMIT finished(m_state == State::Succeeded ? Result<Done>(Done{})
                                                        : Result<Done>(fail(m_error)));
        },
        Qt::QueuedConnection);
}

} // namespace paddock
