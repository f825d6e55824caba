// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/worktrees/GitSettings.h"
#include "tests/support/Await.h"

#include <QTest>

using namespace paddock;
using namespace paddock::worktrees;
using namespace Qt::StringLiterals;

class tst_GitSettings : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void everyAllowedOneTakesItsValues()
    {
        for (const auto &[name, values] : allowedGitSettings()) {
            for (const QString &form : values.split(u'|')) {
                const QByteArray value = form == u"bool"     ? "true"
                                         : form == u"number" ? "7"
                                                             : form.toUtf8();
                PADDOCK_VERIFY_OK(checkedGitSettings({{name.toUtf8(), value}}));
            }
            for (const QByteArray &value : {QByteArray(),
                                            QByteArray("nonsense"),
                                            QByteArray("true\n[alias]"),
                                            QByteArray("!sh"),
                                            QByteArray("-1"),
                                            QByteArray("99999999999999")})
                QVERIFY2(!checkedGitSettings({{name.toUtf8(), value}}), qPrintable(name));
        }
    }

    void namesAreWrittenAsGitHasThemAndTheLastCounts()
    {
        const auto checked = checkedGitSettings(
            {{"PULL.REBASE", "true"}, {"diff.context", "5"}, {"pull.rebase", "merges"}});
        PADDOCK_VERIFY_OK(checked);
        QCOMPARE(*checked, (QList<GitSetting>{{"diff.context", "5"}, {"pull.rebase", "merges"}}));
    }

    void whatNamesSomethingIsRefusedByName_data()
    {
        QTest::addColumn<QByteArray>("name");
        QTest::addColumn<QString>("why");
        const auto rows = [](const QString &why, std::initializer_list<const char *> names) {
            for (const char *name : names)
                QTest::newRow(name) << QByteArray(name) << why;
        };
        rows(u"a program"_s,
             {"core.editor",
              "core.sshCommand",
              "core.fsmonitor",
              "core.pager",
              "core.askPass",
              "core.gitProxy",
              "sequence.editor",
              "diff.external",
              "alias.st",
              "credential.helper",
              "filter.x.clean",
              "filter.x.process",
              "diff.x.command",
              "diff.x.textconv",
              "merge.x.driver",
              "gpg.program",
              "gpg.ssh.program",
              "pager.log",
              "mergetool.x.cmd",
              "remote.origin.uploadpack",
              "interactive.diffFilter",
              "trailer.x.command",
              "core.alternateRefsCommand",
              "uploadpack.packObjectsHook"});
        rows(u"a path"_s,
             {"core.hooksPath",
              "core.worktree",
              "core.excludesFile",
              "core.attributesFile",
              "commit.template",
              "init.templateDir",
              "safe.directory",
              "blame.ignoreRevsFile"});
        rows(u"an address"_s,
             {"remote.origin.url", "url.x.insteadOf", "http.proxy", "submodule.x.url"});
        rows(u"another file"_s, {"include.path", "includeIf.gitdir:/.path"});
        rows(u"not in the list"_s,
             {"core.bare",
              "extensions.worktreeConfig",
              "made.up",
              "user.signingKey",
              "nodot",
              "",
              "core.repositoryFormatVersion",
              "protocol.allow"});
    }

    void whatNamesSomethingIsRefusedByName()
    {
        QFETCH(QByteArray, name);
        QFETCH(QString, why);
        const auto checked = checkedGitSettings({{"pull.rebase", "true"}, {name, "true"}});
        QVERIFY(!checked);
        QCOMPARE(checked.error().kind, ErrorKind::InvalidArgument);
        QVERIFY2(checked.error().message.contains(why), qPrintable(checked.error().message));
        QVERIFY(checked.error().message.contains(QString::fromUtf8(name)));
        QVERIFY(!checked.error().remedy.isEmpty());
    }

    void identities()
    {
        PADDOCK_VERIFY_OK(checkIdentity(u"Zoë O'Neill, Jr."_s, u"zoe@example.org"_s));
        PADDOCK_VERIFY_OK(checkIdentity({}, {}));
        for (const auto &name :
             {u"a\nb"_s, u"a <b"_s, u"a> b"_s, u"\u202Ea"_s, u" a"_s, QString(300, u'x')}) {
            QVERIFY(!checkIdentity(name, {}));
            QVERIFY(!checkIdentity({}, name));
        }
    }

    void tooManyAreRefused()
    {
        QVERIFY(!checkedGitSettings(QList<GitSetting>(101, {"pull.rebase", "true"})));
    }
};

QTEST_GUILESS_MAIN(tst_GitSettings)
#include "tst_GitSettings.moc"
