// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/control/OwnerLock.h"
#include "tests/support/TestEnvironment.h"

#include <QFile>
#include <QFileInfo>
#include <QTest>

#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

using namespace paddock;
using namespace paddock::control;
using namespace Qt::StringLiterals;

class tst_OwnerLock : public QObject
{
    Q_OBJECT

private:
    std::unique_ptr<test::TestEnvironment> m_environment;

    /// A process of its own that holds the lock until it is killed.
    static pid_t startHolder(const XdgPaths &paths)
    {
        int ready[2] = {-1, -1};
        if (::pipe(ready) != 0)
            return -1;
        const pid_t child = ::fork();
        if (child == 0) {
            const auto lock = OwnerLock::acquire(paths);
            const char answer = lock ? 'y' : 'n';
            static_cast<void>(::write(ready[1], &answer, 1));
            for (;;)
                ::pause();
        }
        ::close(ready[1]);
        char answer = 0;
        const auto count = ::read(ready[0], &answer, 1);
        ::close(ready[0]);
        return count == 1 && answer == 'y' ? child : -1;
    }

private Q_SLOTS:
    void init() { m_environment = std::make_unique<test::TestEnvironment>(); }

    void onlyOneOwns()
    {
        const auto paths = XdgPaths::fromEnvironment();
        QVERIFY(paths);
        auto first = OwnerLock::acquire(*paths);
        QVERIFY(first);
        QVERIFY(first->isHeld());
        const auto second = OwnerLock::acquire(*paths);
        QVERIFY(!second);
        QCOMPARE(second.error().kind, ErrorKind::OwnerRunning);
        first->release();
        QVERIFY(OwnerLock::acquire(*paths));
    }

    void refusalNamesTheOwner()
    {
        const auto paths = XdgPaths::fromEnvironment();
        const pid_t holder = startHolder(*paths);
        QVERIFY(holder > 0);
        const auto lock = OwnerLock::acquire(*paths);
        ::kill(holder, SIGKILL);
        ::waitpid(holder, nullptr, 0);
        QVERIFY(!lock);
        QCOMPARE(lock.error().kind, ErrorKind::OwnerRunning);
        QVERIFY2(lock.error().message.contains(QString::number(holder)),
                 qPrintable(lock.error().message));
        QVERIFY(!lock.error().remedy.isEmpty());
    }

    void lockOfAKilledOwnerIsTakenOver()
    {
        const auto paths = XdgPaths::fromEnvironment();
        const pid_t holder = startHolder(*paths);
        QVERIFY(holder > 0);
        QVERIFY(!OwnerLock::acquire(*paths)); // the control: it is held
        ::kill(holder, SIGKILL);
        ::waitpid(holder, nullptr, 0);
        QVERIFY(QFileInfo::exists(paths->ownerLock()));
        QVERIFY(OwnerLock::acquire(*paths));
    }

    void dataFolderThatIsAFile()
    {
        const auto paths = XdgPaths::fromEnvironment();
        QFile file(paths->data);
        QVERIFY(file.open(QIODevice::WriteOnly));
        const auto lock = OwnerLock::acquire(*paths);
        QVERIFY(!lock);
        QVERIFY(!lock.error().message.isEmpty());
        QVERIFY(!lock.error().remedy.isEmpty());
    }

    void otherInstanceIsNotSeen()
    {
        const auto paths = XdgPaths::fromEnvironment();
        const auto lock = OwnerLock::acquire(*paths);
        QVERIFY(lock);
        const test::TestEnvironment other;
        QVERIFY(OwnerLock::acquire(*XdgPaths::fromEnvironment()));
    }
};

QTEST_GUILESS_MAIN(tst_OwnerLock)
#include "tst_OwnerLock.moc"
