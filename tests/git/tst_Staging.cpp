// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/git/StagingFixture.h"

#include <QElapsedTimer>
#include <QTest>

#include <sys/stat.h>
#include <unistd.h>

using namespace paddock;
using namespace paddock::test;
using namespace paddock::worktrees;
using namespace Qt::StringLiterals;

namespace {

using Part = FileSelection::Part;

QByteArray lineList(int from, int to)
{
    QByteArray text;
    for (int i = from; i <= to; ++i)
        text += QByteArray::number(i) + '\n';
    return text;
}

/// A file named by bytes.
void writeBytes(const StagingFixture &fixture, const QByteArray &name, const QByteArray &content)
{
    const QByteArray path = QFile::encodeName(fixture.tree.workPath) + '/' + name;
    FILE *file = std::fopen(path.constData(), "w");
    if (!file || std::fwrite(content.constData(), 1, static_cast<size_t>(content.size()), file) !=
                     static_cast<size_t>(content.size()))
        qFatal("cannot write %s", path.constData());
    std::fclose(file);
}

} // namespace

class tst_Staging : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void wholeFiles()
    {
        StagingFixture fixture([](const ScratchRepository &project) {
            project.write(u"gone"_s, "gone\n");
            project.write(u"run"_s, "run\n");
            project.write(u"kind"_s, "kind\n");
            project.commitAll(u"more"_s);
        });
        fixture.write(u"README"_s, "changed\n");
        fixture.write(u"new/deep/file"_s, "new\n");
        QVERIFY(QFile::remove(fixture.file(u"gone"_s)));
        QCOMPARE(::chmod(qPrintable(fixture.file(u"run"_s)), 0755), 0);
        QVERIFY(QFile::remove(fixture.file(u"kind"_s)));
        QVERIFY(QFile::link(u"/etc/passwd"_s, fixture.file(u"kind"_s)));
        fixture.write(u"other"_s, "not selected\n");
        const QByteArray index = fixture.indexFile();

        const auto report = await(fixture.staging.stage(fixture.tree,
                                                        {{.path = "README"},
                                                         {.path = "new/deep/file"},
                                                         {.path = "gone"},
                                                         {.path = "run"},
                                                         {.path = "kind"},
                                                         {.path = "src/main.c"}}));
        PADDOCK_VERIFY_OK(report);
        QCOMPARE(report->changed,
                 (QList<QByteArray>{"README", "gone", "kind", "new/deep/file", "run"}));
        QVERIFY(report->canUndo);
        QCOMPARE(fixture.status("README"), "M ");
        QCOMPARE(fixture.status("new/deep/file"), "A ");
        QCOMPARE(fixture.status("gone"), "D ");
        QCOMPARE(fixture.status("run"), "M ");
        QCOMPARE(fixture.status("kind"), "T ");
        QCOMPARE(fixture.status("other"), "??");
        QCOMPARE(fixture.status("src/main.c"), "");
        QCOMPARE(fixture.staged(u"kind"_s), "/etc/passwd"); // the link, not what it leads to
        // The person's own git finds what is staged.
        QVERIFY(fixture.person({u"diff"_s, u"--cached"_s}).contains("+changed"));
        QVERIFY(!fixture.person({u"write-tree"_s}).isEmpty());

        const auto unstaged = await(fixture.staging.unstage(fixture.tree, {}));
        PADDOCK_VERIFY_OK(unstaged);
        QCOMPARE(unstaged->changed.size(), 5);
        QCOMPARE(fixture.status("README"), " M");
        QCOMPARE(fixture.status("gone"), " D");
        QCOMPARE(fixture.status("kind"), " T");
        QCOMPARE(fixture.status("new/deep/file"), "??");

        // Both are taken back, one after the other.
        PADDOCK_VERIFY_OK(await(fixture.staging.undo(fixture.tree)));
        QCOMPARE(fixture.status("kind"), "T ");
        QCOMPARE(fixture.status("new/deep/file"), "A ");
        const auto undone = await(fixture.staging.undo(fixture.tree));
        PADDOCK_VERIFY_OK(undone);
        QVERIFY(!undone->canUndo);
        QCOMPARE(fixture.status("kind"), " T");
        QCOMPARE(await(fixture.staging.undo(fixture.tree)).error().kind, ErrorKind::NotFound);
        QCOMPARE(fixture.person({u"diff"_s, u"--cached"_s, u"--name-only"_s}), "");
    }

    void everythingAndFolders()
    {
        StagingFixture fixture;
        fixture.write(u".gitignore"_s, "ignored\n");
        fixture.write(u"README"_s, "changed\n");
        fixture.write(u"a/one"_s, "1\n");
        fixture.write(u"a/two"_s, "2\n");
        fixture.write(u"b/ignored"_s, "x\n");
        PADDOCK_VERIFY_OK(await(fixture.staging.stage(fixture.tree, {{.path = "a/"}})));
        QCOMPARE(fixture.status("a/two"), "A ");
        QCOMPARE(fixture.status("README"), " M");
        PADDOCK_VERIFY_OK(await(fixture.staging.stage(fixture.tree, {})));
        QCOMPARE(fixture.status("README"), "M ");
        QCOMPARE(fixture.status(".gitignore"), "A ");
        QCOMPARE(fixture.person({u"ls-files"_s, u"--"_s, u"b"_s}), "");
        PADDOCK_VERIFY_OK(await(fixture.staging.unstage(fixture.tree, {{.path = "a/"}})));
        QCOMPARE(fixture.status("a/one"), "??");
        QCOMPARE(fixture.status("README"), "M ");
        // Everything git knows is put back; new files stay, unless they are named.
        fixture.write(u"README"_s, "changed again\n");
        PADDOCK_VERIFY_OK(await(fixture.staging.discard(fixture.tree, {})));
        QCOMPARE(readFile(fixture.file(u"README"_s)), "changed\n");
        QVERIFY(QFile::exists(fixture.file(u"a/one"_s)));
        PADDOCK_VERIFY_OK(await(fixture.staging.discard(fixture.tree, {{.path = "a/"}})));
        QVERIFY(!QFile::exists(fixture.file(u"a/one"_s)));
        PADDOCK_VERIFY_OK(await(fixture.staging.undo(fixture.tree)));
        QCOMPARE(readFile(fixture.file(u"a/two"_s)), "2\n");
    }

    void linesOfAFile()
    {
        StagingFixture fixture([](const ScratchRepository &project) {
            project.write(u"list"_s, lineList(1, 20));
            project.commitAll(u"list"_s);
        });
        QByteArray changed = lineList(1, 20);
        changed.replace("\n3\n", "\nthree\n").replace("\n18\n", "\n");
        fixture.write(u"list"_s, changed);

        auto view = await(fixture.staging.view(fixture.tree));
        PADDOCK_VERIFY_OK(view);
        const auto *patch = StagingFixture::patchOf(view->unstaged, "list");
        QVERIFY(patch && patch->hunks.size() == 2);
        QVERIFY(!view->undoable);
        // Of the first hunk only the new line.
        PADDOCK_VERIFY_OK(
            await(fixture.staging.stage(fixture.tree, {StagingFixture::lines(*patch, {3})})));
        QCOMPARE(fixture.staged(u"list"_s), lineList(1, 3) + "three\n" + lineList(4, 20));
        QCOMPARE(readFile(fixture.file(u"list"_s)), changed);

        view = await(fixture.staging.view(fixture.tree));
        PADDOCK_VERIFY_OK(view);
        QCOMPARE(view->undoable, StagingAction::Stage);
        // The second hunk as a whole.
        patch = StagingFixture::patchOf(view->unstaged, "list");
        QVERIFY(patch && patch->hunks.size() == 2);
        FileSelection second{.path = "list",
                             .part = Part::Lines,
                             .seen = {{.oldId = patch->oldId, .newId = patch->newId}},
                             .hunks = {{.hunk = patch->hunks[1]}}};
        PADDOCK_VERIFY_OK(await(fixture.staging.stage(fixture.tree, {second})));
        QCOMPARE(fixture.staged(u"list"_s),
                 lineList(1, 3) + "three\n" + lineList(4, 17) + lineList(19, 20));

        // Out again, a line of it.
        view = await(fixture.staging.view(fixture.tree));
        PADDOCK_VERIFY_OK(view);
        patch = StagingFixture::patchOf(view->staged, "list");
        QVERIFY(patch && patch->hunks.size() == 2);
        PADDOCK_VERIFY_OK(
            await(fixture.staging.unstage(fixture.tree, {StagingFixture::lines(*patch, {3})})));
        QCOMPARE(fixture.staged(u"list"_s), lineList(1, 17) + lineList(19, 20));
        QCOMPARE(readFile(fixture.file(u"list"_s)), changed);

        // And of the file, what is not staged of it: the 3 comes back, "three" stays.
        view = await(fixture.staging.view(fixture.tree));
        PADDOCK_VERIFY_OK(view);
        patch = StagingFixture::patchOf(view->unstaged, "list");
        QVERIFY(patch && patch->hunks.size() == 1);
        PADDOCK_VERIFY_OK(
            await(fixture.staging.discard(fixture.tree, {StagingFixture::lines(*patch, {2})})));
        QCOMPARE(readFile(fixture.file(u"list"_s)),
                 lineList(1, 3) + "three\n" + lineList(4, 17) + lineList(19, 20));
        for (int i = 0; i < 4; ++i)
            PADDOCK_VERIFY_OK(await(fixture.staging.undo(fixture.tree)));
        QCOMPARE(readFile(fixture.file(u"list"_s)), changed);
        QCOMPARE(fixture.status("list"), " M");
    }

    void linesOfNewAndDeletedFiles()
    {
        StagingFixture fixture([](const ScratchRepository &project) {
            project.write(u"gone"_s, "1\n2\n");
            project.commitAll(u"gone"_s);
        });
        QVERIFY(QFile::remove(fixture.file(u"gone"_s)));
        fixture.write(u"new"_s, "a\nb\n");
        fixture.person({u"add"_s, u"--intent-to-add"_s, u"new"_s});
        QCOMPARE(fixture.status("new"), " A");
        auto view = await(fixture.staging.view(fixture.tree));
        PADDOCK_VERIFY_OK(view);
        const auto *gone = StagingFixture::patchOf(view->unstaged, "gone");
        const auto *fresh = StagingFixture::patchOf(view->unstaged, "new");
        QVERIFY(gone && gone->isDeleted() && fresh && fresh->isNew());
        PADDOCK_VERIFY_OK(await(fixture.staging.stage(
            fixture.tree,
            {StagingFixture::lines(*gone, {0}), StagingFixture::lines(*fresh, {1})})));
        QCOMPARE(fixture.staged(u"gone"_s), "2\n");
        QCOMPARE(fixture.staged(u"new"_s), "b\n");
        QCOMPARE(fixture.status("new"), "AM");
        // The rest of the deletion is the deletion.
        view = await(fixture.staging.view(fixture.tree));
        PADDOCK_VERIFY_OK(view);
        gone = StagingFixture::patchOf(view->unstaged, "gone");
        QVERIFY(gone);
        PADDOCK_VERIFY_OK(
            await(fixture.staging.stage(fixture.tree, {StagingFixture::lines(*gone, {0})})));
        QCOMPARE(fixture.status("gone"), "D ");
        PADDOCK_VERIFY_OK(await(fixture.staging.undo(fixture.tree)));
        PADDOCK_VERIFY_OK(await(fixture.staging.undo(fixture.tree)));
        QCOMPARE(fixture.status("new"), " A"); // only named, as before
        QCOMPARE(fixture.status("gone"), " D");

        // A part of a deleted file comes back into the worktree.
        view = await(fixture.staging.view(fixture.tree));
        PADDOCK_VERIFY_OK(view);
        gone = StagingFixture::patchOf(view->unstaged, "gone");
        QVERIFY(gone);
        PADDOCK_VERIFY_OK(
            await(fixture.staging.discard(fixture.tree, {StagingFixture::lines(*gone, {1})})));
        QCOMPARE(readFile(fixture.file(u"gone"_s)), "2\n");
        PADDOCK_VERIFY_OK(await(fixture.staging.undo(fixture.tree)));
        QVERIFY(!QFile::exists(fixture.file(u"gone"_s)));
        // A file that is only named goes with its name, and comes back with it.
        PADDOCK_VERIFY_OK(await(fixture.staging.discard(fixture.tree, {{.path = "new"}})));
        QVERIFY(!QFile::exists(fixture.file(u"new"_s)));
        QCOMPARE(fixture.status("new"), "");
        PADDOCK_VERIFY_OK(await(fixture.staging.undo(fixture.tree)));
        QCOMPARE(readFile(fixture.file(u"new"_s)), "a\nb\n");
        QCOMPARE(fixture.status("new"), " A");
    }

    void modeAlone()
    {
        StagingFixture fixture;
        fixture.write(u"README"_s, "changed\n");
        QCOMPARE(::chmod(qPrintable(fixture.file(u"README"_s)), 0755), 0);
        PADDOCK_VERIFY_OK(
            await(fixture.staging.stage(fixture.tree, {{.path = "README", .part = Part::Mode}})));
        QCOMPARE(fixture.staged(u"README"_s), "hello\n");
        QVERIFY(fixture.person({u"ls-files"_s, u"-s"_s, u"README"_s}).startsWith("100755"));
        PADDOCK_VERIFY_OK(
            await(fixture.staging.unstage(fixture.tree, {{.path = "README", .part = Part::Mode}})));
        QVERIFY(fixture.person({u"ls-files"_s, u"-s"_s, u"README"_s}).startsWith("100644"));
        PADDOCK_VERIFY_OK(
            await(fixture.staging.discard(fixture.tree, {{.path = "README", .part = Part::Mode}})));
        QVERIFY(!QFileInfo(fixture.file(u"README"_s)).isExecutable());
        QCOMPARE(readFile(fixture.file(u"README"_s)), "changed\n");
        PADDOCK_VERIFY_OK(await(fixture.staging.undo(fixture.tree)));
        QVERIFY(QFileInfo(fixture.file(u"README"_s)).isExecutable());
    }

    void whatMovedOnIsRefused()
    {
        StagingFixture fixture;
        fixture.write(u"README"_s, "hello\nworld\n");
        fixture.write(u"other"_s, "x\n");
        auto view = await(fixture.staging.view(fixture.tree));
        PADDOCK_VERIFY_OK(view);
        const auto *patch = StagingFixture::patchOf(view->unstaged, "README");
        QVERIFY(patch);
        const FileSelection seen = StagingFixture::lines(*patch, {1});
        const FileSelection whole{.path = "README", .seen = seen.seen};

        // The agent writes in between.
        fixture.write(u"README"_s, "hello\nworld!\n");
        const QByteArray index = fixture.indexFile();
        for (const FileSelection &selection : {seen, whole}) {
            for (const auto action : {&Staging::stage, &Staging::discard}) {
                // Beside a file that would do: all or nothing.
                const auto report =
                    await((fixture.staging.*action)(fixture.tree, {{.path = "other"}, selection}));
                QVERIFY(!report);
                QCOMPARE(report.error().kind, ErrorKind::Conflict);
                QVERIFY(!report.error().remedy.isEmpty());
            }
        }
        QCOMPARE(fixture.indexFile(), index);
        QCOMPARE(readFile(fixture.file(u"README"_s)), "hello\nworld!\n");
        QVERIFY(QFile::exists(fixture.file(u"other"_s)));

        // The person stages in between.
        fixture.write(u"README"_s, "hello\nworld\n");
        fixture.person({u"add"_s, u"README"_s});
        fixture.write(u"README"_s, "hello\nworld\nagain\n");
        QCOMPARE(await(fixture.staging.stage(fixture.tree, {seen})).error().kind,
                 ErrorKind::Conflict);
        // What was done before cannot be taken back over it.
        PADDOCK_VERIFY_OK(await(fixture.staging.stage(fixture.tree, {{.path = "README"}})));
        fixture.person({u"reset"_s, u"-q"_s});
        fixture.write(u"README"_s, "else\n");
        fixture.person({u"add"_s, u"README"_s});
        QCOMPARE(await(fixture.staging.undo(fixture.tree)).error().kind, ErrorKind::Conflict);
        QCOMPARE(fixture.staged(u"README"_s), "else\n");
    }

    void discardedContentIsNeverLost()
    {
        StagingFixture fixture;
        const QByteArray mixed("line\r\nother\n\0binary\xff", 20);
        fixture.write(u"README"_s, mixed);
        fixture.write(u"untracked"_s, "mine\n");
        QVERIFY(QFile::link(u"target"_s, fixture.file(u"link"_s)));
        PADDOCK_VERIFY_OK(await(fixture.staging.discard(
            fixture.tree, {{.path = "README"}, {.path = "untracked"}, {.path = "link"}})));
        QCOMPARE(readFile(fixture.file(u"README"_s)), "hello\n");
        QVERIFY(!QFile::exists(fixture.file(u"untracked"_s)));
        QVERIFY(!QFileInfo(fixture.file(u"link"_s)).isSymLink());
        // Written since: the newer content stays, and nothing is half undone.
        fixture.write(u"README"_s, "newer\n");
        QCOMPARE(await(fixture.staging.undo(fixture.tree)).error().kind, ErrorKind::Conflict);
        QVERIFY(!QFile::exists(fixture.file(u"untracked"_s)));
        fixture.write(u"README"_s, "hello\n");
        // The journal is in a file: another object, as after a restart, can take it back.
        Staging restarted(fixture.pool, fixture.git);
        PADDOCK_VERIFY_OK(await(restarted.undo(fixture.tree)));
        QCOMPARE(readFile(fixture.file(u"README"_s)), mixed);
        QCOMPARE(readFile(fixture.file(u"untracked"_s)), "mine\n");
        QCOMPARE(QFile::symLinkTarget(fixture.file(u"link"_s)), fixture.file(u"target"_s));
    }

    void theJournalIsBounded()
    {
        StagingFixture fixture;
        const qsizetype count = StagingJournal::kMaxRecords + 3;
        StagingJournal journal(fixture.tree.sessionFolder);
        for (qsizetype i = 0; i < count; ++i)
            PADDOCK_VERIFY_OK(journal.append({.time = i}));
        StagingJournal again(fixture.tree.sessionFolder);
        QCOMPARE(again.last()->time, count - 1);
        for (qsizetype i = 0; i < StagingJournal::kMaxRecords; ++i)
            PADDOCK_VERIFY_OK(again.removeLast());
        QVERIFY(!again.last());
        // What it does not understand is an empty journal, not an obstacle.
        for (const char *damaged : {"", "{", "[]", "{\"version\":1,\"records\":{}}"}) {
            writeFile(fixture.tree.sessionFolder + u"/staging.json"_s, damaged);
            QVERIFY(!StagingJournal(fixture.tree.sessionFolder).last());
        }
        fixture.write(u"README"_s, "changed\n");
        PADDOCK_VERIFY_OK(await(fixture.staging.stage(fixture.tree, {})));
        PADDOCK_VERIFY_OK(await(fixture.staging.undo(fixture.tree)));
    }

    void aLockedIndex()
    {
        StagingFixture fixture;
        fixture.write(u"README"_s, "changed\n");
        const QString lock =
            QString::fromUtf8(fixture.person({u"rev-parse"_s, u"--git-path"_s, u"index"_s})) +
            u".lock"_s;
        writeFile(lock, {});
        QElapsedTimer clock;
        clock.start();
        const auto report = await(fixture.staging.stage(fixture.tree, {}));
        QVERIFY(!report);
        QCOMPARE(report.error().kind, ErrorKind::Conflict);
        QVERIFY(report.error().detail.endsWith(u"index.lock"_s));
        QVERIFY(!report.error().remedy.isEmpty());
        QVERIFY(clock.elapsed() < 10'000);
        QVERIFY(QFile::exists(lock)); // it is not ours
        // Nothing of it stays: there is nothing to take back.
        QCOMPARE(await(fixture.staging.undo(fixture.tree)).error().kind, ErrorKind::NotFound);
        QVERIFY(QFile::remove(lock));
        PADDOCK_VERIFY_OK(await(fixture.staging.stage(fixture.tree, {})));
        QVERIFY(!QFile::exists(lock));
    }

    void namesOfAllKinds()
    {
        StagingFixture fixture;
        const QList<QByteArray> names{"with space",
                                      "a\nb",
                                      "tab\t",
                                      "\"quoted\"",
                                      ":(top)magic",
                                      "*",
                                      "-dash",
                                      "\xff\xfe latin",
                                      "\xc3\xa4",
                                      "Case",
                                      "case",
                                      "back\\slash",
                                      "trailing dot.",
                                      "...",
                                      " ",
                                      "#hash"};
        for (const QByteArray &name : names)
            writeBytes(fixture, name, "content of " + name);
        QList<FileSelection> files;
        for (const QByteArray &name : names)
            files.append({.path = name});
        const auto report = await(fixture.staging.stage(fixture.tree, files));
        PADDOCK_VERIFY_OK(report);
        QCOMPARE(report->changed.size(), names.size());
        for (const QByteArray &name : names)
            QCOMPARE(fixture.status(name), "A ");
        for (const QByteArray &name : names)
            writeBytes(fixture, name, "content of " + name + "\nmore\n");
        // Lines too: the patch quotes what it must.
        const auto view = await(fixture.staging.view(fixture.tree));
        PADDOCK_VERIFY_OK(view);
        files.clear();
        for (const QByteArray &name : names) {
            const auto *patch = StagingFixture::patchOf(view->unstaged, name);
            QVERIFY2(patch, name.constData());
            files += StagingFixture::lines(*patch, {1, 2});
        }
        PADDOCK_VERIFY_OK(await(fixture.staging.stage(fixture.tree, files)));
        for (const QByteArray &name : names)
            QCOMPARE(fixture.status(name), "AM");
        PADDOCK_VERIFY_OK(await(fixture.staging.discard(fixture.tree, {})));
        for (const QByteArray &name : names)
            QCOMPARE(fixture.status(name), "A ");
        PADDOCK_VERIFY_OK(await(fixture.staging.unstage(fixture.tree, {})));
        for (const QByteArray &name : names)
            QCOMPARE(fixture.status(name), "??");
        const QByteArray folder = QFile::encodeName(fixture.tree.workPath) + '/';
        for (const QByteArray &name : names) // Qt would leave some of them lying
            QCOMPARE(::unlink((folder + name).constData()), 0);
    }

    void pathsThatAreNone_data()
    {
        QTest::addColumn<QByteArray>("path");
        for (const char *path : {"",
                                 "/etc/passwd",
                                 "../outside",
                                 "a/../../outside",
                                 "./README",
                                 "src//main.c",
                                 ".git/config",
                                 "sub/.GIT/hooks/x",
                                 ".."})
            QTest::newRow(path) << QByteArray(path);
        QTest::newRow("NUL") << QByteArray("README\0x", 8);
    }

    void pathsThatAreNone()
    {
        QFETCH(QByteArray, path);
        StagingFixture fixture;
        fixture.write(u"README"_s, "changed\n");
        for (const auto action : {&Staging::stage, &Staging::unstage, &Staging::discard}) {
            const auto report = await((fixture.staging.*action)(fixture.tree, {{.path = path}}));
            QVERIFY(!report);
            QCOMPARE(report.error().kind, ErrorKind::InvalidArgument);
        }
        QCOMPARE(fixture.status("README"), " M");
    }

    void selectionsThatMakeNoSense()
    {
        StagingFixture fixture;
        fixture.write(u"README"_s, "changed\n");
        fixture.write(u"folder/file"_s, "x\n");
        QCOMPARE(::mkfifo(qPrintable(fixture.file(u"fifo"_s)), 0600), 0);
        for (const QList<FileSelection> &files :
             {QList<FileSelection>{{.path = "README"}, {.path = "README"}},
              {{.path = "README", .part = Part::Lines}},
              {{.path = "folder"}},
              {{.path = "fifo"}}}) {
            const auto report = await(fixture.staging.stage(fixture.tree, files));
            QVERIFY(!report);
            QCOMPARE(report.error().kind, ErrorKind::InvalidArgument);
        }
        QCOMPARE(fixture.status("README"), " M");
    }

    void aSessionWithoutAWorktree()
    {
        GitFixture fixture;
        Staging staging(fixture.pool, fixture.git);
        const auto tree = await(fixture.manager.useMainCheckout(
            {.session = fixture.session,
             .sessionFolder = fixture.sessionFolder(fixture.session),
             .projectPath = fixture.project.path()}));
        PADDOCK_VERIFY_OK(tree);
        for (const auto action : {&Staging::stage, &Staging::unstage, &Staging::discard})
            QCOMPARE(await((staging.*action)(*tree, {})).error().kind,
                     ErrorKind::UnsupportedOption);
        QCOMPARE(await(staging.undo(*tree)).error().kind, ErrorKind::UnsupportedOption);
        QCOMPARE(await(staging.view(*tree)).error().kind, ErrorKind::UnsupportedOption);
    }

    void nothingLeavesTheWorktree()
    {
        StagingFixture fixture([](const ScratchRepository &project) {
            project.write(u"dir/file"_s, "inside\n");
            project.commitAll(u"dir"_s);
        });
        const QString outside = fixture.environment.path(u"outside"_s);
        writeFile(outside + u"/file"_s, "secret\n");
        QVERIFY(QFile::remove(fixture.file(u"dir/file"_s)));
        QVERIFY(QDir().rmdir(fixture.file(u"dir"_s)));
        QVERIFY(QFile::link(outside, fixture.file(u"dir"_s)));

        // Behind the link there is nothing of the worktree: it is a deletion, as git sees it.
        PADDOCK_VERIFY_OK(await(fixture.staging.stage(fixture.tree, {{.path = "dir/file"}})));
        QCOMPARE(fixture.status("dir/file"), "D ");
        PADDOCK_VERIFY_OK(await(fixture.staging.undo(fixture.tree)));
        const auto discarded = await(fixture.staging.discard(fixture.tree, {{.path = "dir/file"}}));
        QVERIFY(!discarded);
        QCOMPARE(discarded.error().kind, ErrorKind::Conflict);
        QCOMPARE(readFile(outside + u"/file"_s), "secret\n");
        QCOMPARE(QDir(outside).entryList(QDir::AllEntries | QDir::Hidden | QDir::NoDotAndDotDot),
                 QStringList{u"file"_s});
        // The link in the place of the folder is a link, whatever it leads to.
        PADDOCK_VERIFY_OK(await(fixture.staging.stage(fixture.tree, {{.path = "dir"}})));
        QCOMPARE(fixture.staged(u"dir"_s), outside.toUtf8());
        QCOMPARE(fixture.status("dir/file"), "D ");
        PADDOCK_VERIFY_OK(await(fixture.staging.undo(fixture.tree)));
        QCOMPARE(fixture.status("dir/file"), " D");
    }

    void contentIsConvertedAsGitDoes_data()
    {
        QTest::addColumn<QString>("autocrlf");
        QTest::addColumn<QByteArray>("attributes");
        QTest::newRow("no conversion") << u"false"_s << ""_ba;
        QTest::newRow("autocrlf") << u"true"_s << ""_ba;
        QTest::newRow("input") << u"input"_s << ""_ba;
        QTest::newRow("eol attribute") << u"false"_s << "*.txt text eol=crlf\n"_ba;
        QTest::newRow("text=auto") << u"false"_s << "* text=auto\n"_ba;
        QTest::newRow("encoding") << u"false"_s << "u.txt text working-tree-encoding=UTF-16\n"_ba;
        QTest::newRow("ident") << u"false"_s << "*.txt ident\n"_ba;
    }

    void contentIsConvertedAsGitDoes()
    {
        QFETCH(QString, autocrlf);
        QFETCH(QByteArray, attributes);
        StagingFixture fixture([&](const ScratchRepository &project) {
            // What was committed with carriage returns stays so, for git.
            project.write(u"old.txt"_s, "1\r\n2\r\n3\r\n");
            project.write(u"sub/unix.txt"_s, "1\n2\n$Id$\n");
            project.commitAll(u"texts"_s);
            project.git({u"config"_s, u"core.autocrlf"_s, autocrlf});
            project.write(u".gitattributes"_s, attributes);
            project.commitAll(u"attributes"_s);
        });
        fixture.write(u"old.txt"_s, "1\r\n2\r\nthree\r\n");
        fixture.write(u"new.txt"_s, "a\r\nb\r\n");
        fixture.write(u"sub/unix.txt"_s, "1\r\ntwo\r\n$Id: abc $\r\n");
        fixture.write(u"u.txt"_s,
                      QByteArray("\xff\xfe"
                                 "a\0\n\0",
                                 6));
        // The person's git, beside: on another index.
        const auto twin = [&](const QStringList &arguments) {
            return fixture.project.git(QStringList{u"--work-tree="_s + fixture.tree.workPath} +
                                       arguments);
        };
        twin({u"add"_s, u"-A"_s, u"."_s});
        const QByteArray expected = twin({u"ls-files"_s, u"-s"_s});
        PADDOCK_VERIFY_OK(await(fixture.staging.stage(fixture.tree, {})));
        QCOMPARE(fixture.person({u"ls-files"_s, u"-s"_s}), expected);

        PADDOCK_VERIFY_OK(await(fixture.staging.unstage(fixture.tree, {})));
        PADDOCK_VERIFY_OK(await(fixture.staging.discard(fixture.tree, {})));
        const QByteArray old = readFile(fixture.file(u"old.txt"_s));
        const QByteArray unix = readFile(fixture.file(u"sub/unix.txt"_s));
        fixture.person({u"checkout"_s, u"-f"_s, u"HEAD"_s, u"--"_s, u"."_s});
        QVERIFY(QFile::remove(fixture.file(u"old.txt"_s)));
        QVERIFY(QFile::remove(fixture.file(u"sub/unix.txt"_s)));
        fixture.person({u"checkout"_s, u"--"_s, u"."_s});
        QCOMPARE(old, readFile(fixture.file(u"old.txt"_s)));
        QCOMPARE(unix, readFile(fixture.file(u"sub/unix.txt"_s)));
    }

    void linesWithConvertedEnds()
    {
        StagingFixture fixture([&](const ScratchRepository &project) {
            project.write(u".gitattributes"_s, "*.txt text eol=crlf\n");
            project.write(u"a.txt"_s, "1\n2\n3\n");
            project.commitAll(u"texts"_s);
        });
        QCOMPARE(readFile(fixture.file(u"a.txt"_s)), "1\r\n2\r\n3\r\n");
        fixture.write(u"a.txt"_s, "1\r\nzwei\r\n3\r\n4\r\n");
        const auto view = await(fixture.staging.view(fixture.tree));
        PADDOCK_VERIFY_OK(view);
        const auto *patch = StagingFixture::patchOf(view->unstaged, "a.txt");
        QVERIFY(patch && patch->hunks.size() == 1);
        PADDOCK_VERIFY_OK(
            await(fixture.staging.discard(fixture.tree, {StagingFixture::lines(*patch, {1, 2})})));
        QCOMPARE(readFile(fixture.file(u"a.txt"_s)), "1\r\n2\r\n3\r\n4\r\n");
        PADDOCK_VERIFY_OK(await(fixture.staging.stage(fixture.tree, {})));
        QCOMPARE(fixture.staged(u"a.txt"_s), "1\n2\n3\n4\n");
    }

    void noProgramOfTheProjectRuns()
    {
        StagingFixture fixture;
        const QString marker = fixture.environment.path(u"marker"_s);
        const QString run = u"echo ran >> "_s + marker + u"; cat"_s;
        fixture.project.git({u"config"_s, u"filter.evil.clean"_s, run});
        fixture.project.git({u"config"_s, u"filter.evil.smudge"_s, run});
        fixture.project.git({u"config"_s, u"core.fsmonitor"_s, run});
        fixture.write(u".gitattributes"_s, "* filter=evil\n");
        fixture.write(u"README"_s, "changed\n");
        PADDOCK_VERIFY_OK(await(fixture.staging.view(fixture.tree)));
        PADDOCK_VERIFY_OK(await(fixture.staging.stage(fixture.tree, {})));
        fixture.write(u"README"_s, "changed again\n");
        PADDOCK_VERIFY_OK(await(fixture.staging.discard(fixture.tree, {})));
        PADDOCK_VERIFY_OK(await(fixture.staging.undo(fixture.tree)));
        PADDOCK_VERIFY_OK(await(fixture.staging.unstage(fixture.tree, {})));
        QVERIFY2(!QFile::exists(marker), readFile(marker).constData());
        // Control: plain git in the same folder runs it.
        QCOMPARE(runGit(fixture.tree.workPath, {u"add"_s, u"README"_s}).exitCode, 0);
        QVERIFY(QFile::exists(marker));
    }

    void aConflictedFile()
    {
        StagingFixture fixture;
        const QByteArray base = fixture.person({u"rev-parse"_s, u"HEAD:README"_s});
        fixture.write(u"README"_s, "resolved\n");
        const QByteArray unmerged = "0 " + QByteArray(40, '0') + "\tREADME\n" + "100644 " + base +
                                    " 1\tREADME\n100644 " + base + " 2\tREADME\n100644 " + base +
                                    " 3\tREADME\n";
        fixture.person({u"update-index"_s, u"--index-info"_s}, unmerged);
        QCOMPARE(fixture.status("README"), "UU");
        PADDOCK_VERIFY_OK(await(fixture.staging.view(fixture.tree)));
        QCOMPARE(await(fixture.staging.discard(fixture.tree, {{.path = "README"}})).error().kind,
                 ErrorKind::InvalidArgument);
        PADDOCK_VERIFY_OK(await(fixture.staging.stage(fixture.tree, {{.path = "README"}})));
        QCOMPARE(fixture.status("README"), "M ");
        PADDOCK_VERIFY_OK(await(fixture.staging.undo(fixture.tree)));
        QCOMPARE(fixture.status("README"), "UU");
        PADDOCK_VERIFY_OK(await(fixture.staging.unstage(fixture.tree, {{.path = "README"}})));
        QCOMPARE(fixture.status("README"), " M");
    }

    void aLargeFileIsNotLoaded()
    {
        StagingFixture fixture;
        QFile big(fixture.file(u"big"_s));
        QVERIFY(big.open(QIODevice::WriteOnly) && big.resize(64 * kMiB)); // sparse
        PADDOCK_VERIFY_OK(await(fixture.staging.stage(fixture.tree, {{.path = "big"}})));
        QCOMPARE(fixture.status("big"), "A ");
        QCOMPARE(fixture.staged(u"big"_s).size(), 64 * kMiB);
        QVERIFY(
            fixture.project.has(QString::fromLatin1(fixture.person({u"rev-parse"_s, u":big"_s}))));
        // What is left over is gone with the operation.
        QCOMPARE(QDir(fixture.tree.hostViewDir()).entryList({u"staging-*"_s}, QDir::Dirs).size(),
                 0);
    }
};

QTEST_GUILESS_MAIN(tst_Staging)
#include "tst_Staging.moc"
