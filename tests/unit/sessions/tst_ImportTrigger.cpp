// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/sessions/ImportTrigger.h"

#include <QElapsedTimer>
#include <QTest>

using namespace paddock;
using namespace paddock::sessions;
using namespace Qt::StringLiterals;

class tst_ImportTrigger : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init()
    {
        begun = 0;
        running.reset();
        trigger = std::make_unique<ImportTrigger>([this] {
            ++begun;
            running.emplace();
            return running->pending();
        });
    }
    void cleanup() { trigger.reset(); }

    void firstBeginsAtOnce()
    {
        QElapsedTimer clock;
        clock.start();
        trigger->request();
        QTRY_COMPARE(begun, 1);
        QVERIFY(clock.elapsed() < 200);
    }

    void neverTwoAtOnceAndOneAfter()
    {
        trigger->request();
        QTRY_COMPARE(begun, 1);
        for (int i = 0; i < 1000; ++i)
            trigger->request();
        QCoreApplication::processEvents();
        QCOMPARE(begun, 1);
        end();
        QTRY_COMPARE(begun, 2);
        end();
        trigger->request();
        QTRY_COMPARE(begun, 3);
    }

    void restsBetweenThem()
    {
        QElapsedTimer clock;
        clock.start();
        for (int i = 1; i <= 4; ++i) {
            trigger->request();
            QTRY_COMPARE(begun, i);
            end();
            QCoreApplication::processEvents();
        }
        QVERIFY2(clock.elapsed() >= 700, qPrintable(QString::number(clock.elapsed())));
    }

    void failureIsNoEnd()
    {
        trigger->request();
        QTRY_COMPARE(begun, 1);
        running->reject(Error(ErrorKind::GitFailed, u"broken"_s));
        trigger->request();
        QTRY_COMPARE(begun, 2);
    }

    void heldOnesBeginAfterwards()
    {
        trigger->setHeld(true);
        trigger->request();
        QCoreApplication::processEvents();
        QCOMPARE(begun, 0);
        trigger->setHeld(false);
        QTRY_COMPARE(begun, 1);
        end();
        // Nothing was requested meanwhile: nothing begins.
        trigger->setHeld(true);
        trigger->setHeld(false);
        trigger->request();
        QTRY_COMPARE(begun, 2);
    }

private:
    void end() { running->resolve(Done{}); }

    int begun = 0;
    std::optional<Promise<Done>> running;
    std::unique_ptr<ImportTrigger> trigger;
};

QTEST_GUILESS_MAIN(tst_ImportTrigger)
#include "tst_ImportTrigger.moc"
