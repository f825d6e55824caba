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

void Operation::setRecorder(Recorder recorder, Plan plan)
{
    m_recorder = std::move(recorder);
    m_plan = plan;
}

QStringList Operation::stepNames() const
{
    QStringList names;
    for (const OperationStep &step : m_steps)
        names += step.name;
    return names;
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
    if (m_plan == Plan::IsRecorded)
        runNext();
    else
        record(Record::Planned, stepNames(), [this] { runNext(); });
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

// What follows waits for the disk.
void Operation::record(Record what, const QStringList &steps, std::function<void()> next)
{
    if (!m_recorder) {
        next();
        return;
    }
    m_pending = m_recorder(what, steps);
    m_pending.then(this, [this, next = std::move(next)](const Result<Done> &result) {
        // A plan that cannot be written is not begun; the way back goes on without its records.
        if (!result && m_state == State::Running) {
            failWith(result.error());
            return;
        }
        next();
    });
}

void Operation::note(Record what, const QString &step)
{
    if (!m_recorder)
        return;
    m_recorder(what, {step}).then(this, [this](const Result<Done> &result) {
        if (result || m_state != State::Running)
            return;
        m_pending.cancel();
        failWith(result.error());
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
    const OperationStep &step = m_steps.at(static_cast<size_t>(m_current));
    note(Record::StepBegins, step.name);
    Q_EMIT stepStarted(step.name, step.title);
    m_pending = step.run();
    m_pending.then(this, [this](const Result<Done> &result) {
        if (!result) {
            failWith(result.error());
            return;
        }
        note(Record::StepDone, stepName());
        runNext();
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
    note(Record::UndoBegins, step.name);
    m_pending = step.undo();
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
