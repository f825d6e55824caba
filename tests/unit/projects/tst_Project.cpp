// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/personas/Persona.h"
#include "core/projects/Project.h"
#include "tests/support/TestEnvironment.h"

#include <QDir>
#include <QFile>
#include <QTest>

using namespace Qt::StringLiterals;
using namespace paddock;
using namespace paddock::projects;

class tst_Project : public QObject
{
    Q_OBJECT

    test::TestEnvironment m_environment;

private Q_SLOTS:
    void names()
    {
        QCOMPARE(*checkedProjectName(u"  My project "_s), u"My project"_s);
        QCOMPARE(*checkedProjectName(u"\u00dcber \U0001F600"_s), u"\u00dcber \U0001F600"_s);
        for (const QString &name :
             {QString(), u"  "_s, u"a\nb"_s, u"a\x1b[31mb"_s, u"a\u202Eb"_s, QString(81, u'x')})
            QCOMPARE(checkedProjectName(name).error().kind, ErrorKind::InvalidArgument);
    }

    void paths()
    {
        const QString top = m_environment.path(u"home/code"_s);
        const QString home = m_environment.path(u"home"_s);
        QDir().mkpath(top);
        QFile::link(top, m_environment.path(u"way"_s));
        QFile::link(home, m_environment.path(u"home-way"_s));
        QFile file(m_environment.path(u"file"_s));
        QVERIFY(file.open(QIODevice::WriteOnly));

        QCOMPARE(*checkedProjectPath(m_environment.path(u"way/."_s), home), top);
        QCOMPARE(checkedProjectPath(u"code"_s, home).error().kind, ErrorKind::InvalidArgument);
        QCOMPARE(checkedProjectPath(top + u"/none"_s, home).error().kind, ErrorKind::NotFound);
        QCOMPARE(checkedProjectPath(m_environment.path(u"file"_s), home).error().kind,
                 ErrorKind::InvalidArgument);
        for (const QString &whole : {u"/"_s, home, m_environment.path(u"home-way"_s)})
            QCOMPARE(checkedProjectPath(whole, home).error().kind, ErrorKind::SecurityViolation);
    }

    void defaultNames()
    {
        QCOMPARE(defaultProjectName(u"/home/me/tool/"_s), u"tool"_s);
        QCOMPARE(defaultProjectName(u"/home/me/a\nb"_s), u"a b"_s);
        QCOMPARE(defaultProjectName(u"/"_s), u"project"_s);
    }

    void thereIsAPersonaForEveryone()
    {
        const auto persona = personas::defaultPersona();
        QCOMPARE(persona.adapter, u"claude-code"_s);
        QCOMPARE(persona.profile, u"agent"_s);
        QVERIFY(persona.image.isEmpty());
    }
};

QTEST_GUILESS_MAIN(tst_Project)
#include "tst_Project.moc"
