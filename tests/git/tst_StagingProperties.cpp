// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// Random changes to a session's files and random operations on its staging area, by Paddock and,
// on a twin of the worktree, by git itself: index and files have to be the same after each.
//
// PADDOCK_STAGING_ROUNDS: how many operations (default 60). PADDOCK_STAGING_SEED: the first seed;
// each row of the test names its own, which given alone repeats it.
#include "tests/git/StagingFixture.h"

#include <QDirIterator>
#include <QRandomGenerator>
#include <QTest>

#include <sys/stat.h>

using namespace paddock;
using namespace paddock::test;
using namespace paddock::worktrees;
using namespace Qt::StringLiterals;

namespace {

using Part = FileSelection::Part;
using Kind = git::PatchLineKind;

constexpr int kRoundsOfAWorld = 20;

/// A patch as somebody would write it by hand who wants only the chosen lines: what is not chosen
/// becomes context or is left out. Forward it goes on top of the old side, backward off the new
/// one.
class PartialPatch
{
public:
    explicit PartialPatch(bool forward)
        : m_forward(forward)
    {
    }

    void add(const git::FilePatch &file, const QList<git::HunkSelection> &selections)
    {
        QByteArray hunks;
        m_shift = 0;
        bool isWhole = selections.size() == file.hunks.size();
        for (const git::HunkSelection &selection : selections) {
            hunks += hunk(selection);
            isWhole = isWhole && m_isWhole;
        }
        // A part of a new or deleted file is the other side of it, or a change.
        const bool isNew = file.isNew() && (m_forward || isWhole);
        const bool isDeleted = file.isDeleted() && (!m_forward || isWhole);
        const QByteArray mode =
            QByteArray::number(file.isNew() ? file.newMode : file.oldMode, 8) + '\n';
        const auto named = [path = file.path()](const char *prefix) {
            QByteArray name = prefix + path;
            return path.contains('"') ? '"' + name.replace('"', "\\\"") + '"' : name + '\t';
        };
        m_text += "diff --git " + named("a/").trimmed() + ' ' + named("b/").trimmed() + '\n';
        if (isNew)
            m_text += "new file mode " + mode;
        if (isDeleted)
            m_text += "deleted file mode " + mode;
        m_text += isNew ? QByteArray("--- /dev/null\n") : "--- " + named("a/") + '\n';
        m_text += isDeleted ? QByteArray("+++ /dev/null\n") : "+++ " + named("b/") + '\n';
        m_text += hunks;
    }
    [[nodiscard]] const QByteArray &text() const { return m_text; }

private:
    struct Line
    {
        char mark = ' ';
        QByteArray text{};
        bool hasFeed = true;
    };

    QByteArray hunk(const git::HunkSelection &selection)
    {
        m_isWhole = true;
        QList<Line> lines;
        for (int i = 0; i < selection.hunk.lines.size(); ++i) {
            const git::PatchLine &line = selection.hunk.lines[i];
            char mark = line.kind == Kind::Added ? '+' : line.kind == Kind::Removed ? '-' : ' ';
            if (mark != ' ' && selection.lines && !selection.lines->contains(i)) {
                m_isWhole = false;
                const bool isContext = (mark == '-') == m_forward;
                if (!isContext)
                    continue;
                mark = ' ';
            }
            lines.append({.mark = mark, .text = line.text, .hasFeed = !line.noNewlineAtEnd});
        }
        repairEnds(lines);
        qint64 oldLines = 0;
        qint64 newLines = 0;
        QByteArray text;
        for (const Line &line : lines) {
            oldLines += line.mark == '+' ? 0 : 1;
            newLines += line.mark == '-' ? 0 : 1;
            text += line.mark + line.text + '\n';
            if (!line.hasFeed)
                text += "\\ No newline at end of file\n";
        }
        const auto first = [](qint64 start, qint64 count) { return start + (count == 0 ? 1 : 0); };
        const auto range = [](qint64 start, qint64 count) {
            return QByteArray::number(count == 0 ? start - 1 : start) + ',' +
                   QByteArray::number(count);
        };
        // One side is as it was; on the other, only what was chosen before has moved the lines.
        const git::Hunk &hunk = selection.hunk;
        qint64 oldFirst = first(hunk.oldStart, hunk.oldLines);
        qint64 newFirst = first(hunk.newStart, hunk.newLines);
        if (m_forward)
            newFirst = oldFirst + m_shift;
        else
            oldFirst = newFirst - m_shift;
        m_shift += newLines - oldLines;
        return "@@ -" + range(oldFirst, oldLines) + " +" + range(newFirst, newLines) + " @@\n" +
               text;
    }

    /// Lines without a line feed that are not the last of their side any more get one.
    static void repairEnds(QList<Line> &lines)
    {
        for (qsizetype i = 0; i < lines.size(); ++i) {
            if (lines[i].hasFeed)
                continue;
            const auto follows = [&](char other) {
                return std::any_of(lines.begin() + i + 1, lines.end(), [&](const Line &line) {
                    return line.mark == other || line.mark == ' ';
                });
            };
            QByteArray ended = lines[i].text;
            for (qsizetype before = i - 1; before >= 0; --before) {
                if (lines[before].mark != (lines[i].mark == '-' ? '+' : '-')) {
                    if (lines[before].text.endsWith('\r'))
                        ended += '\r';
                    break;
                }
            }
            if (lines[i].mark == ' ' && follows('+')) {
                lines[i].mark = '-';
                lines.insert(i + 1, {.mark = '+', .text = ended});
            } else if (lines[i].mark == '-' ? follows('-') : follows('+')) {
                lines[i].text = ended;
                lines[i].hasFeed = true;
            }
        }
    }

    bool m_forward;
    bool m_isWhole = true;
    qint64 m_shift = 0; ///< lines that the file has become longer by
    QByteArray m_text;
};

/// Everything in a folder but .git: type, executable bit and content by path.
QMap<QByteArray, QByteArray> filesOf(const QString &folder)
{
    QMap<QByteArray, QByteArray> files;
    QDirIterator walk(
        folder, QDir::Files | QDir::System | QDir::Hidden, QDirIterator::Subdirectories);
    while (walk.hasNext()) {
        const QFileInfo info = walk.nextFileInfo();
        const QByteArray path = QFile::encodeName(info.filePath().mid(folder.size() + 1));
        if (path == ".git" || path.startsWith(".git/"))
            continue;
        struct stat status
        {
        };
        ::lstat(QFile::encodeName(info.filePath()).constData(), &status);
        if (S_ISLNK(status.st_mode)) {
            QByteArray target(4096, '\0');
            target.truncate(
                ::readlink(QFile::encodeName(info.filePath()).constData(), target.data(), 4096));
            files.insert(path, "link " + target);
        } else {
            files.insert(
                path, ((status.st_mode & S_IXUSR) != 0 ? "x " : "- ") + readFile(info.filePath()));
        }
    }
    return files;
}

struct State
{
    QByteArray index{};
    QMap<QByteArray, QByteArray> files{};
    bool operator==(const State &) const = default;
};

/// One session and its twin, and what happens to both.
class World
{
public:
    explicit World(quint32 seed)
        : m_random(seed)
        , m_fixture([this](const ScratchRepository &project) { prepare(project); })
        , m_twin(m_fixture.environment.path(u"twin"_s))
    {
        m_fixture.project.git({u"worktree"_s,
                               u"add"_s,
                               u"-q"_s,
                               u"-b"_s,
                               u"twin"_s,
                               m_twin,
                               m_fixture.tree.baseCommit.toString()});
    }

    /// One round; answers what it did, and sets \a wrong to what differs after it.
    QString round(QString &wrong)
    {
        for (int changes = below(4); changes > 0; --changes)
            changeFiles();
        const QString done = operate(wrong);
        if (wrong.isEmpty() && state(m_fixture.tree.workPath) != state(m_twin))
            wrong = u"differs from what git makes"_s;
        if (!wrong.isEmpty())
            wrong += u"\n"_s + difference(state(m_fixture.tree.workPath), state(m_twin));
        return done;
    }

private:
    int below(int limit) { return static_cast<int>(m_random.bounded(limit)); }
    bool chance(int percent) { return below(100) < percent; }
    template <typename T>
    T oneOf(const QList<T> &values)
    {
        return values[below(static_cast<int>(values.size()))];
    }
    template <typename T>
    QList<T> someOf(const QList<T> &values)
    {
        QList<T> some;
        for (const T &value : values) {
            if (chance(50))
                some += value;
        }
        return some.isEmpty() && !values.isEmpty() ? QList<T>{oneOf(values)} : some;
    }

    QByteArray line()
    {
        QByteArray text = oneOf<QByteArray>({"alpha", "beta", "", "}", "gamma \xff", "\t  x"});
        if (chance(30))
            text += QByteArray::number(below(10));
        return text;
    }
    QByteArray content()
    {
        if (chance(10))
            return QByteArray("\0\1binary", 8) + QByteArray::number(below(100));
        if (chance(5))
            return {};
        const QByteArray end = chance(20) ? "\r\n" : "\n";
        QByteArray text;
        for (int count = below(25) + 1; count > 0; --count)
            text += line() + end;
        if (chance(25))
            text.chop(end.size());
        return text;
    }
    QByteArray edited(QByteArray text)
    {
        auto lines = text.split('\n');
        for (int count = below(4) + 1; count > 0; --count) {
            const int at = below(static_cast<int>(lines.size()));
            const QByteArray end = lines[at].endsWith('\r') ? "\r" : "";
            switch (below(4)) {
            case 0:
                lines.insert(at, line() + end);
                break;
            case 1:
                if (lines.size() > 1)
                    lines.removeAt(at);
                break;
            case 2:
                lines[at] = line() + (chance(10) ? QByteArray("\r") : end);
                break;
            default: // the line feed at the end comes or goes
                if (lines.constLast().isEmpty())
                    lines.removeLast();
                else
                    lines.append(QByteArray());
                if (lines.isEmpty())
                    lines.append(line());
                break;
            }
        }
        // A carriage return at the very end looks like one of a line end in a patch, and git apply
        // then does not convert what it reads.
        QByteArray result = lines.join('\n');
        while (result.endsWith('\r'))
            result.chop(1);
        return result;
    }

    void prepare(const ScratchRepository &project)
    {
        project.git({u"config"_s, u"user.name"_s, u"A Tester"_s});
        project.git({u"config"_s, u"user.email"_s, u"tester@example.org"_s});
        for (const QString &name : m_names) {
            if (chance(60))
                project.write(name, content());
        }
        if (chance(30))
            project.write(u".gitattributes"_s, "c* text eol=crlf\nsub/* text=auto\n");
        project.write(u"always"_s, content());
        project.commitAll(u"base"_s);
    }

    void both(const std::function<void(const QString &folder)> &change)
    {
        change(m_fixture.tree.workPath + u'/');
        change(m_twin + u'/');
    }

    void changeFiles()
    {
        const QString name = oneOf(m_names);
        const QString path = m_fixture.file(name);
        const QFileInfo info(path);
        const bool isFile = info.isFile() && !info.isSymLink();
        const int kind = below(100);
        const QByteArray bytes = isFile && kind < 55 ? edited(readFile(path)) : content();
        const QString other = oneOf(m_names);
        const QString target = QString::fromLatin1(oneOf<QByteArray>({"a", "/etc/passwd", "no"}));
        both([&](const QString &folder) {
            const QString file = folder + name;
            if (kind < 70) {
                if (QFileInfo(file).isSymLink())
                    QFile::remove(file);
                writeFile(file, bytes);
            } else if (kind < 80) {
                QFile::remove(file);
            } else if (kind < 87 && isFile) {
                ::chmod(QFile::encodeName(file).constData(), info.isExecutable() ? 0644 : 0755);
            } else if (kind < 93) {
                QFile::remove(file);
                QDir().mkpath(QFileInfo(file).absolutePath());
                QFile::link(target, file);
            } else if (other != name && (isFile || info.isSymLink())) {
                QFile::remove(folder + other);
                QDir().mkpath(QFileInfo(folder + other).absolutePath());
                QFile::rename(file, folder + other);
            }
        });
    }

    State state(const QString &folder) const
    {
        // With the tree that it is: git finds everything that the index names.
        return {.index = runGit(folder, {u"ls-files"_s, u"--stage"_s, u"-z"_s}).output +
                         runGit(folder, {u"write-tree"_s}).output,
                .files = filesOf(folder)};
    }

    static QString difference(const State &ours, const State &theirs)
    {
        QByteArray text;
        const auto ourEntries = ours.index.split('\0');
        const auto theirEntries = theirs.index.split('\0');
        for (const QByteArray &entry : ourEntries) {
            if (!theirEntries.contains(entry))
                text += "ours:   " + entry + '\n';
        }
        for (const QByteArray &entry : theirEntries) {
            if (!ourEntries.contains(entry))
                text += "theirs: " + entry + '\n';
        }
        for (const QByteArray &path : (ours.files.keys() + theirs.files.keys())) {
            if (ours.files.value(path) != theirs.files.value(path))
                text += path + ":\nours   " + ours.files.value(path).toPercentEncoding(" \n") +
                        "\ntheirs " + theirs.files.value(path).toPercentEncoding(" \n") + '\n';
        }
        return QString::fromUtf8(text);
    }

    /// Git on the twin; sets \a wrong if it fails.
    void twin(const QStringList &arguments, QString &wrong, const QByteArray &input = {}) const
    {
        const auto answer = runGit(m_twin, arguments, input);
        if (answer.exitCode != 0)
            wrong = u"git %1 failed: %2\n%3"_s.arg(
                arguments.join(u' '), QString::fromUtf8(answer.errors), QString::fromUtf8(input));
    }

    QList<QByteArray> changed(const QStringList &command) const
    {
        QList<QByteArray> paths;
        for (const QByteArray &path : m_fixture.person(command).split('\0')) {
            if (!path.isEmpty() && !paths.contains(path))
                paths += path;
        }
        return paths;
    }

    /// Ours, sometimes taken back and done again. Everything has to be as before in between.
    template <typename Operation>
    void ours(const Operation &operation, QString &wrong)
    {
        const State before = state(m_fixture.tree.workPath);
        auto report = await(operation());
        if (report && report->canUndo && !report->changed.isEmpty() && chance(40)) {
            const auto undone = await(m_fixture.staging.undo(m_fixture.tree));
            if (!undone) {
                wrong = u"undo: "_s + undone.error().toString();
                return;
            }
            if (state(m_fixture.tree.workPath) != before) {
                wrong = u"undo left something else\n"_s +
                        difference(state(m_fixture.tree.workPath), before);
                return;
            }
            report = await(operation());
        }
        if (!report)
            wrong = report.error().toString();
    }

    QString operate(QString &wrong)
    {
        switch (below(8)) {
        case 0:
        case 1:
            return wholeFiles(StagingAction::Stage, wrong);
        case 2:
            return wholeFiles(StagingAction::Unstage, wrong);
        case 3:
            return wholeFiles(StagingAction::Discard, wrong);
        case 4:
            return lines(StagingAction::Stage, wrong);
        case 5:
            return lines(StagingAction::Unstage, wrong);
        case 6:
            return lines(StagingAction::Discard, wrong);
        default:
            return commit(wrong);
        }
    }

    Pending<StagingReport> change(StagingAction action, const QList<FileSelection> &files)
    {
        return action == StagingAction::Stage ? m_fixture.staging.stage(m_fixture.tree, files)
               : action == StagingAction::Unstage
                   ? m_fixture.staging.unstage(m_fixture.tree, files)
                   : m_fixture.staging.discard(m_fixture.tree, files);
    }

    QString wholeFiles(StagingAction action, QString &wrong)
    {
        const QStringList list{u"ls-files"_s, u"-z"_s, u"-m"_s};
        const auto paths = someOf(
            action == StagingAction::Stage ? changed(list + QStringList{u"-o"_s})
            : action == StagingAction::Unstage
                ? changed({u"diff-index"_s, u"--cached"_s, u"--name-only"_s, u"-z"_s, u"HEAD"_s})
                : changed(list));
        if (paths.isEmpty())
            return u"nothing to do"_s;
        QList<FileSelection> files;
        QByteArray input;
        for (const QByteArray &path : paths) {
            files.append({.path = path});
            input += path + '\0';
        }
        ours([&] { return change(action, files); }, wrong);
        const QStringList from{u"--pathspec-from-file=-"_s, u"--pathspec-file-nul"_s};
        if (!wrong.isEmpty())
            return u"whole"_s;
        if (action == StagingAction::Stage)
            twin(QStringList{u"add"_s, u"-A"_s} + from, wrong, input);
        else if (action == StagingAction::Unstage)
            twin(QStringList{u"reset"_s, u"-q"_s} + from, wrong, input);
        else
            twin(QStringList{u"checkout"_s, u"-q"_s} + from, wrong, input);
        return u"whole files, action %1: %2"_s.arg(int(action))
            .arg(QString::fromUtf8(QByteArray(input).replace('\0', ' ')));
    }

    QString lines(StagingAction action, QString &wrong)
    {
        const auto view = await(m_fixture.staging.view(m_fixture.tree, {.contextLines = below(5)}));
        if (!view) {
            wrong = view.error().toString();
            return u"view"_s;
        }
        const bool isUnstage = action == StagingAction::Unstage;
        PartialPatch patch(action == StagingAction::Stage);
        QList<FileSelection> files;
        for (const git::FilePatch &file : isUnstage ? view->staged.files : view->unstaged.files) {
            if (file.hunks.isEmpty() || file.oldMode == 0120000 || file.newMode == 0120000 ||
                isTwice(file.path(), isUnstage ? view->staged : view->unstaged) ||
                isAmbiguous(file, action) || chance(30))
                continue;
            QList<git::HunkSelection> selections;
            for (const git::Hunk &hunk : someOf(file.hunks)) {
                git::HunkSelection selection{.hunk = hunk};
                if (chance(80)) {
                    QList<int> changes;
                    for (int i = 0; i < hunk.lines.size(); ++i) {
                        if (hunk.lines[i].kind != Kind::Context)
                            changes += i;
                    }
                    selection.lines = someOf(changes);
                }
                selections += selection;
            }
            files.append({.path = file.path(),
                          .part = Part::Lines,
                          .seen = {{.oldId = file.oldId, .newId = file.newId}},
                          .hunks = selections});
            patch.add(file, selections);
        }
        if (files.isEmpty())
            return u"no lines"_s;
        ours([&] { return change(action, files); }, wrong);
        const QString what =
            u"lines, action %1:\n%2"_s.arg(int(action)).arg(QString::fromUtf8(patch.text()));
        if (!wrong.isEmpty())
            return what;
        QStringList apply{u"apply"_s, u"--whitespace=nowarn"_s};
        if (action != StagingAction::Stage)
            apply += u"--reverse"_s;
        if (action != StagingAction::Discard)
            apply += u"--cached"_s;
        // Without context git has to be told that this is meant.
        apply += u"--unidiff-zero"_s;
        twin(apply, wrong, patch.text());
        return what;
    }

    /// The last two lines are the same but for the line feed that the last one has not: told to
    /// take that away, without context, git apply takes the one before it and leaves a file without
    /// a line feed at its end. And a line that gets a line end gets that of the line above it,
    /// which a patch without context does not have.
    [[nodiscard]] bool isAmbiguous(const git::FilePatch &file, StagingAction action) const
    {
        if (file.isDeleted())
            return false;
        const QString path = QFile::decodeName(file.path());
        const QByteArray content =
            action == StagingAction::Discard
                ? readFile(m_twin + u'/' + path)
                : runGit(m_twin, {u"cat-file"_s, u"blob"_s, u':' + path}).output;
        const bool isUnended =
            std::any_of(file.hunks.begin(), file.hunks.end(), [](const git::Hunk &hunk) {
                return !hunk.lines.isEmpty() && hunk.lines.first().noNewlineAtEnd;
            });
        if (isUnended && content.contains('\r'))
            return true;
        const qsizetype last = content.lastIndexOf('\n') + 1;
        return last > 0 && last < content.size() &&
               ('\n' + content.left(last)).endsWith('\n' + content.mid(last) + '\n');
    }

    /// A file whose type changed is shown as deleted and as new.
    static bool isTwice(const QByteArray &path, const git::Patch &patch)
    {
        return std::count_if(patch.files.begin(), patch.files.end(), [&](const auto &file) {
                   return file.path() == path;
               }) > 1;
    }

    QString commit(QString &wrong)
    {
        const auto built =
            await(m_fixture.staging.buildCommit(m_fixture.tree, {.message = u"round"_s}));
        if (!built && built.error().message.contains(u"Nothing is staged"_s)) {
            if (runGit(m_twin, {u"diff"_s, u"--cached"_s, u"--quiet"_s}).exitCode != 0)
                wrong = u"something is staged"_s;
            return u"empty commit"_s;
        }
        if (!built) {
            wrong = built.error().toString();
            return u"commit"_s;
        }
        // Into the project as a hand-over would do it.
        const QString view = u"--git-dir="_s + m_fixture.tree.hostViewDir();
        const auto pack = runGit(m_fixture.tree.hostViewDir(),
                                 {view, u"pack-objects"_s, u"--revs"_s, u"--stdout"_s, u"-q"_s},
                                 built->commit.toHex() + "\n^" + built->head.toHex() + '\n');
        m_fixture.project.git({u"unpack-objects"_s, u"-q"_s}, pack.output);
        m_fixture.project.git({u"update-ref"_s,
                               m_fixture.tree.branchRef(),
                               built->commit.toString(),
                               built->head.toString()});
        twin({u"commit"_s, u"-q"_s, u"-m"_s, u"round"_s}, wrong);
        if (wrong.isEmpty() && m_fixture.project.id(m_fixture.tree.branch + u"^{tree}"_s) !=
                                   m_fixture.project.id(u"twin^{tree}"_s))
            wrong = u"the commits have other trees"_s;
        return u"commit"_s;
    }

    const QStringList m_names{u"a"_s,
                              u"b c"_s,
                              u"c.txt"_s,
                              u"sub/d"_s,
                              u"sub/deep/\u00e4"_s,
                              u"\"q\""_s,
                              u"run"_s,
                              u"A"_s};
    QRandomGenerator m_random;
    StagingFixture m_fixture;
    QString m_twin;
};

} // namespace

class tst_StagingProperties : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void asGitDoes_data()
    {
        const auto number = [](const char *name, int otherwise) {
            return qEnvironmentVariableIsSet(name) ? qEnvironmentVariableIntValue(name) : otherwise;
        };
        QTest::addColumn<int>("seed");
        QTest::addColumn<int>("rounds");
        const int first = number("PADDOCK_STAGING_SEED", 20'260'102);
        int left = number("PADDOCK_STAGING_ROUNDS", 60);
        for (int seed = first; left > 0; ++seed, left -= kRoundsOfAWorld)
            QTest::addRow("seed %d", seed) << seed << std::min(left, kRoundsOfAWorld);
    }

    void asGitDoes()
    {
        QFETCH(int, seed);
        QFETCH(int, rounds);
        World world(static_cast<quint32>(seed));
        for (int i = 0; i < rounds; ++i) {
            QString wrong;
            const QString done = world.round(wrong);
            ++m_counts[done.section(u' ', 0, 0)];
            QVERIFY2(wrong.isEmpty(),
                     qPrintable(u"seed %1, round %2: %3\n%4"_s.arg(seed).arg(i).arg(wrong, done)));
        }
    }

    void theRoundsDidSomething()
    {
        qInfo() << m_counts;
        QVERIFY(m_counts.value(u"whole"_s) > 0 && m_counts.value(u"lines,"_s) > 0);
    }

private:
    QHash<QString, int> m_counts;
};

QTEST_GUILESS_MAIN(tst_StagingProperties)
#include "tst_StagingProperties.moc"
