// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/sandbox/RetryPolicy.h"

#include <QTest>

using namespace Qt::StringLiterals;
using namespace paddock;
using namespace paddock::sandbox;

class tst_RetryPolicy : public QObject
{
    Q_OBJECT

    const RetryPolicy m_quick{.attempts = 4,
                              .firstDelay = std::chrono::milliseconds(1),
                              .longestDelay = std::chrono::milliseconds(4)};

private Q_SLOTS:
    void delaysGrowUpToALimit()
    {
        const RetryPolicy policy{.attempts = 9,
                                 .firstDelay = std::chrono::milliseconds(100),
                                 .longestDelay = std::chrono::milliseconds(1000),
                                 .jitter = 0.2};
        QCOMPARE(policy.delayBefore(2, 0.5).count(), 100);
        QCOMPARE(policy.delayBefore(3, 0.5).count(), 200);
        QCOMPARE(policy.delayBefore(5, 0.5).count(), 800);
        QCOMPARE(policy.delayBefore(9, 0.5).count(), 1000);
        QCOMPARE(policy.delayBefore(2, 0.0).count(), 80);
        QVERIFY(policy.delayBefore(1000, 0.999).count() <= 1200);
    }

    void onlyRetryableKindsAreTriedAgain_data()
    {
        QTest::addColumn<ErrorKind>("kind");
        for (const ErrorKind kind : {ErrorKind::DockerUnavailable,
                                     ErrorKind::ConnectionLost,
                                     ErrorKind::ImagePullFailed,
                                     ErrorKind::ContainerCreateFailed,
                                     ErrorKind::ContainerStartFailed,
                                     ErrorKind::NetworkFailed,
                                     ErrorKind::StatsUnavailable,
                                     ErrorKind::RemoveInProgress,
                                     ErrorKind::InvalidConfig,
                                     ErrorKind::ImageNotFound,
                                     ErrorKind::PermissionDenied,
                                     ErrorKind::SecurityViolation,
                                     ErrorKind::MountFailed,
                                     ErrorKind::ResourceLimitExceeded,
                                     ErrorKind::DiskFull,
                                     ErrorKind::CommandNotFound,
                                     ErrorKind::CommandTimeout,
                                     ErrorKind::FileNotFound,
                                     ErrorKind::FileTooLarge,
                                     ErrorKind::NotInitialized,
                                     ErrorKind::AlreadyInitialized,
                                     ErrorKind::Destroyed,
                                     ErrorKind::UnsupportedOption,
                                     ErrorKind::Cancelled,
                                     ErrorKind::Internal})
            QTest::newRow(errorKindInfo(kind).name) << kind;
    }

    void onlyRetryableKindsAreTriedAgain()
    {
        QFETCH(ErrorKind, kind);
        // The list of requirements.md, section C.
        const bool retryable = kind <= ErrorKind::RemoveInProgress &&
                               kind != ErrorKind::EngineTooOld &&
                               kind != ErrorKind::ImageBuildFailed;
        int calls = 0;
        QList<int> told;
        std::optional<Result<Done>> answer;
        auto pending = retry<Done>(
            m_quick,
            [&] {
                ++calls;
                return Pending<Done>::ready(fail(kind, u"no"_s));
            },
            [&](int attempt, const Error &) { told.append(attempt); });
        pending.then(this, [&](Result<Done> result) { answer = std::move(result); });
        QTRY_VERIFY(answer);
        QVERIFY(!*answer);
        QCOMPARE(answer->error().kind, kind);
        QCOMPARE(calls, retryable ? 4 : 1);
        QCOMPARE(told, retryable ? (QList<int>{2, 3, 4}) : QList<int>{});
        QCOMPARE(answer->error().detail.contains(u"4"), retryable);
    }

    void successEndsTheSeries()
    {
        int calls = 0;
        std::optional<Result<int>> answer;
        retry<int>(m_quick, [&] {
            return ++calls < 3 ? Pending<int>::ready(fail(ErrorKind::ConnectionLost, u"no"_s))
                               : Pending<int>::ready(7);
        }).then(this, [&](Result<int> result) { answer = std::move(result); });
        QTRY_VERIFY(answer);
        QCOMPARE(*answer, Result<int>(7));
        QCOMPARE(calls, 3);
    }

    void cancelStopsTheWait()
    {
        int calls = 0;
        auto pending =
            retry<Done>({.attempts = 100, .firstDelay = std::chrono::milliseconds(1)}, [&] {
                ++calls;
                return Pending<Done>::ready(fail(ErrorKind::ConnectionLost, u"no"_s));
            });
        pending.then(this, [](const Result<Done> &) { QFAIL("answered after cancel"); });
        QTRY_VERIFY(calls >= 2);
        pending.cancel();
        const int before = calls;
        // Long enough for ten more attempts of the uncancelled series.
        QTest::qWait(50);
        QCOMPARE(calls, before);
    }

    void cancelReachesTheRunningCall()
    {
        Promise<Done> inner;
        bool cancelled = false;
        inner.onCancel([&] { cancelled = true; });
        auto pending = retry<Done>(m_quick, [&] { return inner.pending(); });
        pending.cancel();
        QVERIFY(cancelled);
    }
};

QTEST_GUILESS_MAIN(tst_RetryPolicy)
#include "tst_RetryPolicy.moc"
