// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/worktrees/FileTree.h"
#include "core/worktrees/Import.h"
#include "core/worktrees/PrivateRepository.h"
#include "core/worktrees/WorktreeJobs.h"
#include "tests/git/GitFixture.h"
#include "tests/git/LocalAgentGit.h"

#include <QTest>

#include <sys/mount.h>
#include <sys/stat.h>

using namespace paddock;
using namespace paddock::test;
using namespace paddock::worktrees;
using namespace Qt::StringLiterals;

namespace {

constexpr Owner kPerson{.uid = 12'345, .gid = 12'345};

} // namespace

/// Projects that are not, or not wholly, of the user Paddock runs as: as root only (label root).
class tst_ForeignProjects : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init() { QVERIFY2(::geteuid() == 0, "These tests mount, and give files away."); }

    void readOnlyFileSystem()
    {
        GitFixture f;
        const QByteArray path = QFile::encodeName(f.project.path());
        QCOMPARE(::mount(path.constData(), path.constData(), nullptr, MS_BIND, nullptr), 0);
        const auto unmount = qScopeGuard([&] { ::umount2(path.constData(), MNT_DETACH); });
        QCOMPARE(
            ::mount(nullptr, path.constData(), nullptr, MS_BIND | MS_REMOUNT | MS_RDONLY, nullptr),
            0);
        const auto tree = f.create();
        QVERIFY(!tree);
        QCOMPARE(tree.error().kind, ErrorKind::PermissionDenied);
        QVERIFY(tree.error().message.contains(u"read-only"_s));
        QVERIFY(!tree.error().remedy.isEmpty());
        const auto explored =
            await(f.manager.useMainCheckout({.session = f.session,
                                             .sessionFolder = f.sessionFolder(f.session),
                                             .projectPath = f.project.path()}));
        QVERIFY(!explored);
        QVERIFY(explored.error().message.contains(u"read-only"_s));
    }

    void mayNotBeWritten()
    {
        GitFixture f;
        const auto project = git::inspectRepository(f.project.path());
        PADDOCK_VERIFY_OK(project);
        // The folder of the test is its owner's alone.
        QCOMPARE(::chmod(QFile::encodeName(f.environment.path()).constData(), 0755), 0);
        QCOMPARE(::seteuid(kPerson.uid), 0);
        const auto root = prepareWorktreesRoot(*project, {});
        QCOMPARE(::seteuid(0), 0);
        QVERIFY(!root);
        QCOMPARE(root.error().kind, ErrorKind::PermissionDenied);
        QVERIFY(root.error().message.contains(u"may not write"_s));
        QVERIFY(root.error().remedy.contains(u"belongs to you"_s));
        PADDOCK_VERIFY_OK(prepareWorktreesRoot(*project, {})); // control: root may
    }

    void projectOfAnotherUserWorks()
    {
        GitFixture f;
        PADDOCK_VERIFY_OK(changeOwner(f.project.path(), kPerson));
        auto options = f.options();
        options.owner = kPerson;
        const auto tree = await(f.manager.create(options));
        PADDOCK_VERIFY_OK(tree);
        PrivateRepository repository(f.pool, f.git);
        PADDOCK_VERIFY_OK(await(repository.ensure(*tree)));
        const auto agent =
            std::make_shared<LocalAgentGit>(*tree, f.project.path(u".git/objects"_s));
        // Here the agent's git runs as root; in a container as the owner.
        QCOMPARE(agent
                     ->git({u"config"_s,
                            u"--file"_s,
                            f.environment.path(u"home/.gitconfig"_s),
                            u"safe.directory"_s,
                            u"*"_s})
                     .exitCode,
                 0);
        const QByteArray tip = agent->commit(u"new"_s, "x\n", u"one"_s);
        Importer importer(f.pool, f.git);
        PADDOCK_VERIFY_OK(await(importer.run(*tree, agent, u"/paddock/git"_s)));
        QCOMPARE(f.project.id(tree->branch), tip);
        struct stat status
        {
        };
        QCOMPARE(::stat(QFile::encodeName(tree->workPath + u"/README"_s).constData(), &status), 0);
        QCOMPARE(status.st_uid, kPerson.uid);
        PADDOCK_VERIFY_OK(await(f.manager.remove(*tree, {.branch = BranchOnRemove::Delete})));
        // In a checkout of theirs an agent of theirs may write, another one may not.
        auto shared = f.options();
        shared.isolation = Isolation::Never;
        shared.owner = kPerson;
        const auto onCheckout = await(f.manager.create(shared));
        PADDOCK_VERIFY_OK(onCheckout);
        QCOMPARE(onCheckout->checkout, Checkout::MainReadWrite);
    }
};

QTEST_GUILESS_MAIN(tst_ForeignProjects)
#include "tst_ForeignProjects.moc"
