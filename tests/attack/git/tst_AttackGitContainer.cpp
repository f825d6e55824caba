// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/worktrees/ExecAgentGit.h"
#include "tests/attack/git/HostileSession.h"
#include "tests/engine/worktrees/TreeContainer.h"

#include <QTest>

#include <unistd.h>

using namespace paddock;
using namespace paddock::test;
using namespace paddock::worktrees;
using namespace Qt::StringLiterals;

namespace {

/// As the person's user: root stays root here, without any capability.
QString user()
{
    return u"%1:%2"_s.arg(::geteuid()).arg(::getegid());
}

/// A hostile session whose agent lives in a real container.
struct Contained
{
    HostileSession hostile;
    RealEngine engine;
    ContainerId container;

    void start()
    {
        const auto mounts = await(hostile.session().repository.ensure(hostile.tree()));
        PADDOCK_VERIFY_OK(mounts);
        const auto made = engine.created(treeContainer(engine, *mounts, user()));
        PADDOCK_VERIFY_OK(made);
        container = *made;
        PADDOCK_VERIFY_OK(await(engine.client().containers().start(container)));
        hostile.import = [this, inside = mounts->containerGitDir]() -> Result<Done> {
            const auto report = await(hostile.session().importer.run(
                hostile.tree(),
                std::make_shared<ExecAgentGit>(engine.client().exec(), container, user()),
                inside,
                {.time = std::chrono::seconds(5)}));
            if (!report)
                return fail(report.error());
            return Done{};
        };
    }

    docker::ExecOutput shell(const QString &script)
    {
        return agentShell(engine, container, user(), script);
    }
};

/// What the agent does: every vector at once, with the paths of the host, which it has guessed.
/// $W is the worktree on the host, $P the agent's repository there.
const QString kPlantEverything = uR"(
set -e
git config user.name Agent; git config user.email agent@example.org
evil='[core]
	fsmonitor = PAYLOAD
	hooksPath = WORK/hooks
	sshCommand = PAYLOAD
	askPass = PAYLOAD
[filter "evil"]
	clean = PAYLOAD
	smudge = PAYLOAD
	process = PAYLOAD
[diff]
	external = PAYLOAD
[diff "evil"]
	textconv = PAYLOAD
	command = PAYLOAD
[merge "evil"]
	driver = PAYLOAD %O %A %B
[gpg]
	program = PAYLOAD
[log]
	showSignature = true
[commit]
	gpgSign = true
[credential]
	helper = !PAYLOAD
[remote "origin"]
	url = ext::PAYLOAD
	uploadpack = PAYLOAD
[protocol]
	allow = always
'
# D11, D10, D12: repositories within, with and without a link.
mkdir sub && cd sub && git init -q && echo a > f && echo '* filter=evil' > .gitattributes
git add -A && git commit -qm sub && echo b >> f && cd ..
git init -q --bare docs && printf '[core]\n\trepositoryformatversion = 0\n\tbare = false\n\tworktree = ../\n' > docs/config
git init -q .x
echo /.x >> /paddock/git/info/exclude
for name in pre-commit post-checkout post-commit post-index-change reference-transaction commit-msg; do
    mkdir -p hooks /paddock/git/hooks
    cp payload hooks/$name; cp payload /paddock/git/hooks/$name
done
echo '* filter=evil diff=evil merge=evil' > .gitattributes
printf '[submodule "sub"]\n\tpath = sub\n\turl = ./sub\n\tignore = none\n' > .gitmodules
for name in .gitconfig config config.worktree included; do printf '%s' "$evil" > $name; done
ln -s /etc/passwd absolute; ln -s ../../../outside/victim escaping; ln -s / root
echo changed > README
rm -f /paddock/git/hooks/*
git add -A && git commit -qm everything
cp hooks/* /paddock/git/hooks/
printf '%s' "$evil" >> sub/.git/config; printf '%s' "$evil" >> docs/config; printf '%s' "$evil" >> .x/config
printf '%s[include]\n\tpath = WORK/included\n' "$evil" >> /paddock/git/config
printf '%s' "$evil" > /paddock/git/config.worktree
echo '* filter=evil' > /paddock/git/info/attributes
# D14, D19: links and borrowed objects.
ln -sf VICTIM /paddock/git/COMMIT_EDITMSG
ln -sf VICTIM /paddock/git/logs/HEAD
echo SECRET > /paddock/git/objects/info/alternates.new
cat /paddock/git/objects/info/alternates >> /paddock/git/objects/info/alternates.new
mv /paddock/git/objects/info/alternates.new /paddock/git/objects/info/alternates
echo 'not committed' >> README
mkfifo fifo
# D21, D22: the file itself.
for attempt in 'rm -f .git' 'mv .git .old' 'echo gitdir: .x > .git' 'ln -sf .x .git' \
    'mv /paddock/git /paddock/old' 'touch /paddock/objects/0/x'; do
    if sh -c "$attempt"; then echo "possible: $attempt" >&2; exit 1; fi
done
echo planted
)"_s;

} // namespace

class tst_AttackGitContainer : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    // Everything at once, by a real agent's hands in a real container.
    void hostileAgent()
    {
        Contained session;
        HostileSession &hostile = session.hostile;
        const ScratchRepository secret(hostile.path(u"secret"_s));
        secret.write(u"key"_s, "private key\n");
        const QByteArray secretTip = secret.commitAll(u"secret"_s);
        session.start();
        if (QTest::currentTestFailed())
            return;
        hostile.installPayload(hostile.workFile(u"payload"_s));
        QString script = kPlantEverything;
        script.replace(u"PAYLOAD"_s, hostile.workFile(u"payload"_s))
            .replace(u"WORK"_s, hostile.tree().workPath)
            .replace(u"VICTIM"_s, hostile.victim())
            .replace(u"SECRET"_s, secret.path(u".git/objects"_s));
        const auto planted = session.shell(script);
        QVERIFY2(planted.exitCode == 0 && planted.standardOutput.endsWith("planted\n"),
                 planted.standardError.constData());
        // Inside, where the paths lead nowhere, the agent's own git goes on; the host does all it
        // ever does.
        PADDOCK_VERIFY_HARMLESS(hostile, hostile.paddocksDeeds());
        QCOMPARE(
            hostile.project().git({u"log"_s, u"-1"_s, u"--format=%s"_s, hostile.tree().branch}),
            QByteArray("everything"));
        PADDOCK_VERIFY_HARMLESS(hostile, hostile.personsDeeds());

        // Then it leads its own repository elsewhere (D9, D25): imports fail, nothing waits.
        const QString fan = QString::fromLatin1(secretTip.left(2));
        QCOMPARE(
            session
                .shell(u"rm -rf /paddock/git/objects/%1 && "
                       "ln -s %2/%1 /paddock/git/objects/%1 && "
                       "echo %3 > /paddock/git/refs/heads/x && "
                       "echo /workspace/.x/.git > /paddock/git/commondir"_s.arg(
                           fan, secret.path(u".git/objects"_s), QString::fromLatin1(secretTip)))
                .exitCode,
            0);
        (void)hostile.import();
        QVERIFY2(!hostile.ran(), hostile.marks().constData());
        QVERIFY(!hostile.project().has(QString::fromLatin1(secretTip)));
        auto deeds = hostile.paddocksDeeds();
        deeds.removeIf([](const Deed &deed) { return deed.name == u"import"_s; });
        PADDOCK_VERIFY_HARMLESS(hostile, deeds);

        // Control: plain git with the agent's repository as its git directory runs the payload.
        QVERIFY(QFile::remove(hostile.privateFile(u"commondir"_s)));
        QCOMPARE(
            hostile.trustingGit({u"cat-file"_s, u"-t"_s, QString::fromLatin1(secretTip)}).output,
            QByteArray("commit\n"));
        hostile.forget();
        (void)hostile.trustingGit({u"status"_s});
        QVERIFY(hostile.ran());
        PADDOCK_VERIFY_OK(
            await(session.engine.client().containers().remove(session.container, {.force = true})));
        PADDOCK_VERIFY_HARMLESS(hostile, hostile.lastDeeds());
    }

    // Why the git directory is not in the container at all: mounts over its parts are walked
    // around.
    void D21()
    {
        Contained session;
        HostileSession &hostile = session.hostile;
        session.start();
        if (QTest::currentTestFailed())
            return;
        const QByteArray before = readFile(hostile.workFile(u".git"_s));
        QVERIFY(session.shell(u"mv .git .old && cp -a .old .git"_s).exitCode != 0);
        QVERIFY(session.shell(u"mv /paddock/git /paddock/old"_s).exitCode != 0);
        QCOMPARE(readFile(hostile.workFile(u".git"_s)), before);

        // Control: a checkout whose .git has read-only mounts over configuration and hooks.
        const ScratchRepository plain(hostile.path(u"plain"_s));
        TreeMounts mounts;
        for (const auto &[below, access] : QList<std::pair<QString, TreeMount::Access>>{
                 {QString(), TreeMount::Access::ReadWrite},
                 {u"/.git/config"_s, TreeMount::Access::ReadOnly},
                 {u"/.git/hooks"_s, TreeMount::Access::ReadOnly}})
            mounts.mounts += {.kind = TreeMount::Kind::Workspace,
                              .hostPath = plain.path() + below,
                              .containerPath = u"/workspace"_s + below,
                              .access = access};
        const auto made = session.engine.created(treeContainer(session.engine, mounts, user()));
        PADDOCK_VERIFY_OK(made);
        PADDOCK_VERIFY_OK(await(session.engine.client().containers().start(*made)));
        const auto shell = [&](const QString &script) {
            return agentShell(session.engine, *made, user(), script).exitCode;
        };
        QVERIFY(shell(u"echo x >> .git/config"_s) != 0);
        QCOMPARE(shell(u"mv .git .old && cp -a .old .git && git config core.fsmonitor "_s +
                       hostile.payload()),
                 0);
        hostile.forget();
        (void)runGit(plain.path(), {u"status"_s});
        QVERIFY(hostile.ran());
    }
};

QTEST_GUILESS_MAIN(tst_AttackGitContainer)
#include "tst_AttackGitContainer.moc"
