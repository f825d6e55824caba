// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/FakeServices.h"
#include "ui/sessions/SessionFilter.h"
#include "ui/sessions/SessionLook.h"
#include "ui/sessions/SessionModel.h"

#include <QAbstractItemModelTester>
#include <QSignalSpy>
#include <QTest>

using namespace paddock;
using namespace paddock::ui;
using namespace paddock::test;
using namespace Qt::StringLiterals;
using S = sessions::SessionState;

class tst_SessionModel : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init()
    {
        m_fake = std::make_unique<FakeServices>();
        add(u"aaaa0001"_s, u"First"_s, u"beta"_s, 30);
        add(u"aaaa0002"_s, u"Second"_s, u"Alpha"_s, 20);
        add(u"aaaa0003"_s, u"Third"_s, u"beta"_s, 10);
        m_model = std::make_unique<SessionModel>(m_fake->sessions);
        m_tester = std::make_unique<QAbstractItemModelTester>(
            m_model.get(), QAbstractItemModelTester::FailureReportingMode::QtTest);
        m_filter = std::make_unique<SessionFilter>(*m_model);
        m_filterTester = std::make_unique<QAbstractItemModelTester>(
            m_filter.get(), QAbstractItemModelTester::FailureReportingMode::QtTest);
    }
    void cleanup()
    {
        m_filterTester.reset();
        m_filter.reset();
        m_tester.reset();
        m_model.reset();
        m_fake.reset();
    }

    void groupsAndOrder()
    {
        QCOMPARE(titles(), QStringList({u"Second"_s, u"Third"_s, u"First"_s}));
        QVERIFY(first(0));
        QVERIFY(first(1));
        QVERIFY(!first(2));
    }

    void aBurstBecomesOneUpdate()
    {
        const SessionId id{u"aaaa0001"_s};
        QSignalSpy changed(m_model.get(), &QAbstractItemModel::dataChanged);
        QSignalSpy refreshed(m_model.get(), &SessionModel::refreshed);
        for (int i = 0; i < 100; ++i)
            m_fake->sessions.setState(id, S::Paused, i % 2 ? u"one"_s : u"two"_s);
        QCOMPARE(changed.count(), 0);
        QTRY_COMPARE(refreshed.count(), 1);
        QCOMPARE(changed.count(), 1);
        QCOMPARE(m_model->find(id)->substate, u"one"_s);
    }

    void unchangedSaysNothing()
    {
        QSignalSpy changed(m_model.get(), &QAbstractItemModel::dataChanged);
        QSignalSpy refreshed(m_model.get(), &SessionModel::refreshed);
        m_fake->sessions.updateSession(*m_fake->sessions.find(SessionId{u"aaaa0002"_s}));
        QTRY_COMPARE(refreshed.count(), 1);
        QCOMPARE(changed.count(), 0);
    }

    void rowsComeAndGo()
    {
        QSignalSpy inserted(m_model.get(), &QAbstractItemModel::rowsInserted);
        QSignalSpy removed(m_model.get(), &QAbstractItemModel::rowsRemoved);
        QSignalSpy reset(m_model.get(), &QAbstractItemModel::modelReset);
        add(u"aaaa0004"_s, u"Fourth"_s, u"beta"_s, 5);
        m_fake->sessions.dropSession(SessionId{u"aaaa0002"_s});
        QTRY_COMPARE(inserted.count(), 1);
        QCOMPARE(removed.count(), 1);
        QCOMPARE(reset.count(), 0);
        QCOMPARE(titles(), QStringList({u"Fourth"_s, u"Third"_s, u"First"_s}));
        QVERIFY(!m_model->indexOf(SessionId{u"aaaa0002"_s}).isValid());
        QVERIFY(m_model->indexOf(SessionId{u"aaaa0004"_s}).isValid());
    }

    void cameAndWentInOneTurn()
    {
        QSignalSpy refreshed(m_model.get(), &SessionModel::refreshed);
        add(u"aaaa0009"_s, u"Short"_s, u"beta"_s, 1);
        m_fake->sessions.dropSession(SessionId{u"aaaa0009"_s});
        QTRY_COMPARE(refreshed.count(), 1);
        QCOMPARE(m_model->rowCount(), 3);
    }

    void filterByWordsAndProject()
    {
        m_filter->setText(u"THIRD"_s);
        QCOMPARE(titles(), QStringList{u"Third"_s});
        m_filter->setText(u"beta fir"_s); // every word, anywhere
        QCOMPARE(titles(), QStringList{u"First"_s});
        m_filter->setText({});
        m_filter->setProject(ProjectId{u"Alpha"_s});
        QCOMPARE(titles(), QStringList{u"Second"_s});
        m_filter->setProject({});
        QCOMPARE(titles().size(), 3);
    }

    void waitingOnesLongestFirst()
    {
        m_fake->sessions.setState(SessionId{u"aaaa0003"_s}, S::Waiting, u"approval"_s);
        m_fake->sessions.setState(SessionId{u"aaaa0001"_s}, S::Waiting, u"prompt"_s);
        m_fake->sessions.setState(SessionId{u"aaaa0002"_s}, S::Waiting, u"quota-until"_s);
        QTRY_COMPARE(m_model->waiting(),
                     QList<SessionId>({SessionId{u"aaaa0001"_s}, SessionId{u"aaaa0003"_s}}));
    }

    void everyStateHasSignAndWord()
    {
        QSet<QString> words;
        for (int state = 0; state <= static_cast<int>(S::Lost); ++state) {
            sessions::Session session = sampleSession(u"aaaa0001"_s, u"x"_s);
            session.state = static_cast<S>(state);
            session.substate.clear();
            const StateLook look = lookOf(session);
            QVERIFY(look.icon != Icon::None);
            QVERIFY(!look.word.isEmpty());
            words.insert(look.word);
        }
        // Preparing and starting are one word for a person.
        QCOMPARE(words.size(), static_cast<qsizetype>(S::Lost));
    }

    void hostileTitlesAreCleaned()
    {
        sessions::Session session = *m_fake->sessions.find(SessionId{u"aaaa0001"_s});
        session.title = u"a\u202Eb\nc"_s + QString(10'000, u'x');
        m_fake->sessions.updateSession(session);
        QTRY_VERIFY(m_model->find(session.id)->title.startsWith(u"a\\u{202E}b c"_s));
        QVERIFY(m_model->find(session.id)->title.size() < 400);
    }

    void aThousandRows()
    {
        for (int i = 0; i < 1000; ++i)
            add(u"m%1"_s.arg(i, 7, 10, QChar(u'0')), u"Many %1"_s.arg(i), u"p%1"_s.arg(i % 20), i);
        QTRY_COMPARE(m_model->rowCount(), 1003);
        QCOMPARE(m_filter->rowCount(), 1003);
    }

private:
    void add(const QString &id, const QString &title, const QString &project, int minutesAgo)
    {
        sessions::Session session = sampleSession(id, title);
        session.projectName = project;
        session.projectId = ProjectId{project};
        session.branch = u"paddock/x"_s;
        session.createdAt = session.updatedAt =
            QDateTime(QDate(2026, 1, 1), QTime(12, 0), Qt::UTC).addSecs(-60 * minutesAgo);
        m_fake->sessions.addSession(session);
    }
    QStringList titles() const
    {
        QStringList found;
        for (int row = 0; row < m_filter->rowCount(); ++row)
            found += m_filter->index(row, 0).data().toString();
        return found;
    }
    bool first(int row) const
    {
        return m_filter->index(row, 0).data(SessionFilter::IsFirstOfGroupRole).toBool();
    }

    std::unique_ptr<FakeServices> m_fake;
    std::unique_ptr<SessionModel> m_model;
    std::unique_ptr<QAbstractItemModelTester> m_tester;
    std::unique_ptr<SessionFilter> m_filter;
    std::unique_ptr<QAbstractItemModelTester> m_filterTester;
};

QTEST_GUILESS_MAIN(tst_SessionModel)
#include "tst_SessionModel.moc"
