// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/Operation.h"

#include <QSignalSpy>
#include <QTest>

using namespace paddock;
using namespace Qt::StringLiterals;

class tst_Operation : public QObject
{
    Q_OBJECT

    QStringList m_log;

    OperationStep step(const QString &name, bool ok = true)
    {
        return {.name = name,
                .title = name,
                .run =
                    [this, name, ok] {
                        m_log += u"run "_s + name;
                        return Pending<Done>::ready(
                            ok ? Result<Done>(Done{})
                               : fail(ErrorKind::IoFailed, name + u" broke"_s));
                    },
                .undo =
                    [this, name] {
                        m_log += u"undo "_s + name;
                        return Pending<Done>::ready(Done{});
                    }};
    }

    Operation::Recorder recorder()
    {
        return [this](Operation::Record what, const QStringList &names) {
            static const QStringList words{
                u"planned"_s, u"begin"_s, u"done"_s, u"undoing"_s, u"ended"_s};
            m_log += (words.at(static_cast<int>(what)) + u' ' + names.join(u' ')).trimmed();
            return Pending<Done>::ready(Done{});
        };
    }

    static Operation::Recorder fullDiskAt(Operation::Record what, const QStringList &names)
    {
        return [what, names](Operation::Record now, const QStringList &steps) {
            return Pending<Done>::ready(now == what && steps == names
                                            ? Result<Done>(fail(ErrorKind::DiskFull, u"full"_s))
                                            : Result<Done>(Done{}));
        };
    }

private Q_SLOTS:
    void init() { m_log.clear(); }

    void recordsEveryStepBeforeTheFirstIsDone()
    {
        Operation operation(u"start"_s);
        operation.addStep(step(u"a"_s));
        operation.addStep(step(u"b"_s));
        operation.setRecorder(recorder());
        QSignalSpy spy(&operation, &Operation::finished);
        operation.start();
        QTRY_COMPARE(spy.size(), 1);
        QCOMPARE(operation.state(), Operation::State::Succeeded);
        QCOMPARE(m_log,
                 QStringList({u"planned a b"_s,
                              u"begin a"_s,
                              u"run a"_s,
                              u"done a"_s,
                              u"begin b"_s,
                              u"run b"_s,
                              u"done b"_s,
                              u"ended"_s}));
    }

    void nothingRunsBeforeThePlanIsOnTheDisk()
    {
        Promise<Done> disk;
        Operation operation(u"start"_s);
        operation.addStep(step(u"a"_s));
        operation.setRecorder([&](Operation::Record what, const QStringList &) {
            return what == Operation::Record::Planned ? disk.pending()
                                                      : Pending<Done>::ready(Done{});
        });
        QSignalSpy spy(&operation, &Operation::finished);
        operation.start();
        for (int turn = 0; turn < 20; ++turn)
            QCoreApplication::processEvents();
        QVERIFY(m_log.isEmpty());
        disk.resolve(Done{});
        QTRY_COMPARE(spy.size(), 1);
        QCOMPARE(m_log, QStringList({u"run a"_s}));
    }

    void aPlanThatIsRecordedIsNotRecordedAgain()
    {
        Operation operation(u"start"_s);
        operation.addStep(step(u"a"_s));
        operation.setRecorder(recorder(), Operation::Plan::IsRecorded);
        QSignalSpy spy(&operation, &Operation::finished);
        operation.start();
        QTRY_COMPARE(spy.size(), 1);
        QCOMPARE(m_log, QStringList({u"begin a"_s, u"run a"_s, u"done a"_s, u"ended"_s}));
    }

    void undoesInReverseWithTheFailedStepFirst()
    {
        Operation operation(u"start"_s);
        operation.addStep(step(u"a"_s));
        operation.addStep(step(u"b"_s, false));
        operation.addStep(step(u"c"_s));
        QSignalSpy spy(&operation, &Operation::finished);
        operation.start();
        QTRY_COMPARE(spy.size(), 1);
        QCOMPARE(m_log, QStringList({u"run a"_s, u"run b"_s, u"undo b"_s, u"undo a"_s}));
        QCOMPARE(operation.state(), Operation::State::Failed);
        QCOMPARE(operation.error().message, u"b broke"_s);
        QCOMPARE(operation.error().operation, u"b"_s);
    }

    void cancelStopsTheRunningStep()
    {
        Promise<Done> never;
        bool stopped = false;
        never.onCancel([&] { stopped = true; });
        Operation operation(u"start"_s);
        operation.addStep(step(u"a"_s));
        operation.addStep(
            {.name = u"wait"_s, .title = {}, .run = [&] { return never.pending(); }, .undo = {}});
        QSignalSpy steps(&operation, &Operation::stepStarted);
        QSignalSpy spy(&operation, &Operation::finished);
        operation.start();
        QTRY_COMPARE(steps.size(), 2);
        operation.cancel();
        QTRY_COMPARE(spy.size(), 1);
        QVERIFY(stopped);
        QCOMPARE(operation.state(), Operation::State::Cancelled);
        QVERIFY(operation.error().isCancelled());
        QCOMPARE(m_log, QStringList({u"run a"_s, u"undo a"_s}));
    }

    void aPlanThatCannotBeWrittenIsNotBegun()
    {
        Operation operation(u"start"_s);
        operation.addStep(step(u"a"_s));
        operation.setRecorder(fullDiskAt(Operation::Record::Planned, {u"a"_s}));
        QSignalSpy spy(&operation, &Operation::finished);
        operation.start();
        QTRY_COMPARE(spy.size(), 1);
        QCOMPARE(operation.error().kind, ErrorKind::DiskFull);
        QVERIFY(m_log.isEmpty());
    }

    void aNoteThatCannotBeWrittenStopsTheRunningStep()
    {
        Promise<Done> never;
        bool stopped = false;
        never.onCancel([&] { stopped = true; });
        Operation operation(u"start"_s);
        operation.addStep(step(u"a"_s));
        operation.addStep(
            {.name = u"b"_s, .title = {}, .run = [&] { return never.pending(); }, .undo = {}});
        operation.setRecorder(fullDiskAt(Operation::Record::StepBegins, {u"b"_s}));
        QSignalSpy spy(&operation, &Operation::finished);
        operation.start();
        QTRY_COMPARE(spy.size(), 1);
        QVERIFY(stopped);
        QCOMPARE(operation.state(), Operation::State::Failed);
        QCOMPARE(operation.error().kind, ErrorKind::DiskFull);
        QCOMPARE(operation.error().operation, u"b"_s);
        QCOMPARE(m_log, QStringList({u"run a"_s, u"undo a"_s}));
    }

    void failingUndoIsTold()
    {
        Operation operation(u"start"_s);
        operation.addStep(
            {.name = u"a"_s,
             .title = u"A"_s,
             .run = [] { return Pending<Done>::ready(Done{}); },
             .undo = [] { return Pending<Done>::ready(fail(ErrorKind::IoFailed, u"stuck"_s)); }});
        operation.addStep(step(u"b"_s, false));
        QSignalSpy spy(&operation, &Operation::finished);
        operation.start();
        QTRY_COMPARE(spy.size(), 1);
        QVERIFY(operation.error().detail.contains(u"stuck"_s));
        QCOMPARE(operation.error().message, u"b broke"_s);
    }
};

QTEST_GUILESS_MAIN(tst_Operation)
#include "tst_Operation.moc"
