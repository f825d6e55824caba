// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/Pending.h"

#include <QObject>

#include <functional>
#include <vector>

namespace paddock {

/// One named step of an Operation. run() does it; undo() takes it back after a later step failed
/// and must succeed quietly when there is nothing (or only a half) to undo.
struct OperationStep
{
    QString name;  ///< stable, for records: "create-container"
    QString title; ///< for a person: "Creating the container"
    std::function<Pending<Done>()> run;
    std::function<Pending<Done>()> undo; ///< empty: nothing to take back
};

/// Work of several asynchronous steps, with undo in reverse on failure or cancel. One shot; owned
/// by whoever starts it. Main thread.
///
/// A recorder may be given. It is told the plan, every step by name, before the first of them runs,
/// and its Pending must succeed first (the plan is on disk): so whatever a step does was written
/// down before. How far the plan has come is told as it goes and not waited for; a note that cannot
/// be written stops the way forward all the same.
class Operation : public QObject
{
    Q_OBJECT

public:
    enum class State { Inactive, Running, Undoing, Succeeded, Failed, Cancelled };
    Q_ENUM(State)
    enum class Record { Planned, StepBegins, StepDone, UndoBegins, Ended };
    enum class Plan { ToBeRecorded, IsRecorded };

    /// \a steps: all of them for Planned, none for Ended, else the one.
    using Recorder = std::function<Pending<Done>(Record, const QStringList &steps)>;

    explicit Operation(QString name, QObject *parent = nullptr);

    void addStep(OperationStep step);
    /// Plan::IsRecorded: whoever made the operation has the plan on disk already.
    void setRecorder(Recorder recorder, Plan plan = Plan::ToBeRecorded);
    void start();
    /// Stops at the running step (its Pending is cancelled) and undoes what was done.
    void cancel();

    [[nodiscard]] const QString &name() const { return m_name; }
    [[nodiscard]] State state() const { return m_state; }
    [[nodiscard]] QString stepName() const;
    [[nodiscard]] QString stepTitle() const;
    [[nodiscard]] QStringList stepNames() const;
    [[nodiscard]] qsizetype stepIndex() const { return m_current; }
    [[nodiscard]] qsizetype stepCount() const { return static_cast<qsizetype>(m_steps.size()); }
    /// The reason of Failed or Cancelled; what undo itself could not do is in the detail.
    [[nodiscard]] const Error &error() const { return m_error; }

Q_SIGNALS:
    void stepStarted(const QString &name, const QString &title);
    /// Exactly once, from the event loop.
    void finished(const paddock::Result<paddock::Done> &result);

private:
    void record(Record what, const QStringList &steps, std::function<void()> next);
    void note(Record what, const QString &step);
    void runNext();
    void failWith(Error error);
    void undoNext();
    void end();

    QString m_name;
    std::vector<OperationStep> m_steps;
    Recorder m_recorder;
    Plan m_plan = Plan::ToBeRecorded;
    State m_state = State::Inactive;
    qsizetype m_current = -1;
    Pending<Done> m_pending;
    Error m_error;
    bool m_cancelled = false;
};

} // namespace paddock
