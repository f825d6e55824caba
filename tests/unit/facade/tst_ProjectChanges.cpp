// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/facade/ProjectChanges.h"
#include "tests/support/Await.h"

#include <QTest>

using namespace Qt::StringLiterals;
using namespace paddock;
using namespace paddock::facade;
using sessions::records::ProjectRecord;

/// What becomes of a project by a change.
class tst_ProjectChanges : public QObject
{
    Q_OBJECT

    const ProjectRecord m_project{.id = ProjectId{u"aaaaaaaa"_s},
                                  .name = u"shop"_s,
                                  .path = u"/p"_s,
                                  .settings = {.image = u"i:1"_s,
                                               .gitName = u"N"_s,
                                               .gitEmail = u"n@x"_s,
                                               .gitSettings = {{"core.eol", "lf"}},
                                               .umask = 027},
                                  .createdAt = {}};

private Q_SLOTS:
    void whatIsNotNamedStays()
    {
        QCOMPARE(*changedProject(m_project, {}), m_project);
        const auto changed = changedProject(m_project, {.isolation = projects::Isolation::Never});
        PADDOCK_VERIFY_OK(changed);
        ProjectRecord expected = m_project;
        expected.settings.isolation = projects::Isolation::Never;
        QCOMPARE(*changed, expected);
    }

    void anEmptyTextTakesBack()
    {
        const auto changed = changedProject(m_project,
                                            {.image = QString(),
                                             .protectedBranches = QStringList(),
                                             .gitName = QString(),
                                             .gitEmail = QString(),
                                             .umask = u" "_s});
        PADDOCK_VERIFY_OK(changed);
        QVERIFY(changed->settings.image.isEmpty() && changed->settings.gitName.isEmpty());
        QVERIFY(!changed->settings.umask && changed->settings.protectedBranches.isEmpty());
    }

    void settingsOfGitAreOnePerName()
    {
        using Settings = QList<std::pair<QByteArray, QByteArray>>;
        auto changed = changedProject(
            m_project, {.gitSet = {{"CORE.EOL", "crlf"}, {"merge.conflictStyle", "zdiff3"}}});
        PADDOCK_VERIFY_OK(changed);
        QCOMPARE(changed->settings.gitSettings.size(), 2);
        QCOMPARE(changed->settings.gitSettings.first().second, QByteArray("crlf"));
        changed = changedProject(*changed, {.gitUnset = {"core.eol"}});
        PADDOCK_VERIFY_OK(changed);
        QCOMPARE(changed->settings.gitSettings, (Settings{{"merge.conflictStyle", "zdiff3"}}));
    }

    void whatCannotBeIsRefused_data()
    {
        QTest::addColumn<ProjectChange>("change");
        QTest::newRow("name") << ProjectChange{.name = u" "_s};
        QTest::newRow("half an identity") << ProjectChange{.gitEmail = QString()};
        QTest::newRow("identity with a line") << ProjectChange{.gitName = u"a<b"_s};
        QTest::newRow("umask") << ProjectChange{.umask = u"9"_s};
        QTest::newRow("a program") << ProjectChange{.gitSet = {{"core.sshCommand", "id"}}};
        QTest::newRow("a file") << ProjectChange{.gitSet = {{"include.path", "/etc/passwd"}}};
        QTest::newRow("a value it cannot have") << ProjectChange{.gitSet = {{"core.eol", "x"}}};
        QTest::newRow("an image that is an option") << ProjectChange{.image = u"--rm"_s};
    }
    void whatCannotBeIsRefused()
    {
        QFETCH(ProjectChange, change);
        const auto changed = changedProject(m_project, change);
        QVERIFY(!changed);
        QCOMPARE(changed.error().kind, ErrorKind::InvalidArgument);
        QVERIFY(!changed.error().remedy.isEmpty());
    }
};

QTEST_GUILESS_MAIN(tst_ProjectChanges)
#include "tst_ProjectChanges.moc"
