// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/Pending.h"
#include "core/base/WorkerPool.h"

#include <QSignalSpy>
#include <QTest>
#include <QThread>

using namespace paddock;
using namespace std::chrono_literals;

class tst_Pending : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void deliversOnceThroughTheLoop()
    {
        Promise<int> promise;
        int calls = 0;
        promise.resolve(7);
        promise.resolve(8);
        promise.pending().then(this, [&](const Result<int> &r) { calls += *r; });
        QCOMPARE(calls, 0); // never inside then()
        QTRY_COMPARE(calls, 7);
        QCoreApplication::processEvents();
        QCOMPARE(calls, 7);
    }

    void deliversAfterThen()
    {
        Promise<int> promise;
        int value = 0;
        promise.pending().then(this, [&](const Result<int> &r) { value = *r; });
        promise.resolve(3);
        QCOMPARE(value, 0);
        QTRY_COMPARE(value, 3);
    }

    void neverAfterContextDied_data()
    {
        QTest::addColumn<bool>("resolveFirst");
        QTest::newRow("context dies before the answer") << false;
        QTest::newRow("context dies between answer and delivery") << true;
    }
    void neverAfterContextDied()
    {
        QFETCH(bool, resolveFirst);
        Promise<int> promise;
        bool called = false;
        auto context = std::make_unique<QObject>();
        promise.pending().then(context.get(), [&](const Result<int> &) { called = true; });
        if (resolveFirst)
            promise.resolve(1);
        context.reset();
        promise.resolve(1);
        QCoreApplication::processEvents();
        QVERIFY(!called);
    }

    void neverAfterCancel()
    {
        Promise<int> promise;
        bool called = false;
        int cancelled = 0;
        promise.onCancel([&] { ++cancelled; });
        auto pending = promise.pending();
        pending.then(this, [&](const Result<int> &) { called = true; });
        pending.cancel();
        pending.cancel();
        promise.resolve(1);
        QCoreApplication::processEvents();
        QVERIFY(!called);
        QCOMPARE(cancelled, 1);
        QVERIFY(promise.isCancelled());
    }

    void cancelBetweenAnswerAndDelivery()
    {
        Promise<int> promise;
        bool called = false;
        auto pending = promise.pending();
        pending.then(this, [&](const Result<int> &) { called = true; });
        promise.resolve(1);
        pending.cancel();
        QCoreApplication::processEvents();
        QVERIFY(!called);
    }

    void droppedPromiseAnswersError()
    {
        std::optional<Error> error;
        {
            Promise<int> promise;
            promise.pending().then(this, [&](const Result<int> &r) { error = r.error(); });
        }
        QTRY_VERIFY(error.has_value());
        QCOMPARE(error->kind, ErrorKind::Internal);
    }

    void timeoutStopsTheProducer()
    {
        Promise<int> promise;
        bool stopped = false;
        std::optional<Error> error;
        promise.onCancel([&] { stopped = true; });
        promise.pending()
            .withTimeout(20ms, QStringLiteral("ping"))
            .then(this, [&](const Result<int> &r) { error = r.error(); });
        QTRY_VERIFY(error.has_value());
        QCOMPARE(error->category, Category::Timeout);
        QCOMPARE(error->operation, QStringLiteral("ping"));
        QVERIFY(stopped);
        promise.resolve(1); // too late, dropped
    }

    void answerInTimeBeatsTimeout()
    {
        Promise<int> promise;
        int value = 0;
        promise.pending().withTimeout(10s).then(this, [&](const Result<int> &r) { value = *r; });
        promise.resolve(5);
        QTRY_COMPARE(value, 5);
    }

    void workerAnswersOnTheMainThread()
    {
        WorkerPool pool(2);
        QThread *workThread = nullptr;
        QThread *answerThread = nullptr;
        int value = 0;
        auto pending = pool.run<int>([&workThread]() -> Result<int> {
            workThread = QThread::currentThread();
            return 42;
        });
        pending.then(this, [&](const Result<int> &r) {
            answerThread = QThread::currentThread();
            value = *r;
        });
        QTRY_COMPARE(value, 42);
        QVERIFY(workThread != nullptr && workThread != answerThread);
        QCOMPARE(answerThread, thread());
    }

    void workerSeesCancel()
    {
        WorkerPool pool(1);
        std::atomic_bool saw = false;
        std::atomic_bool started = false;
        auto pending = pool.run<int>([&](const CancelToken &token) -> Result<int> {
            started = true;
            while (!token.isCancelled())
                QThread::yieldCurrentThread();
            saw = true;
            return fail(ErrorKind::Cancelled, {});
        });
        QTRY_VERIFY(started.load());
        pending.cancel();
        QTRY_VERIFY(saw.load());
    }

    void poolMayDieWithJobsQueued()
    {
        int delivered = 0;
        {
            WorkerPool pool(1);
            for (int i = 0; i < 50; ++i) {
                pool.run<int>([]() -> Result<int> { return 1; })
                    .then(this, [&](const Result<int> &r) {
                        if (r)
                            ++delivered;
                    });
            }
        }
        QCoreApplication::processEvents();
        QVERIFY(delivered <= 50);
    }
};

QTEST_GUILESS_MAIN(tst_Pending)
#include "tst_Pending.moc"
