// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/git/LocalAgentGit.h"

#include "core/git/CommandLine.h"

#include <QTimer>

using namespace Qt::StringLiterals;

namespace paddock::test {

namespace {

class ProcessRun final : public worktrees::AgentGitRun
{
public:
    ProcessRun(const QProcessEnvironment &environment,
               const QStringList &arguments,
               const std::optional<QByteArray> &input, // none: it stays open
               LocalAgentGit *side = nullptr)
        : m_side(side)
    {
        m_process.setProcessEnvironment(environment);
        connect(&m_process, &QProcess::readyReadStandardOutput, this, [this] { drain(); });
        connect(&m_process, &QProcess::readyReadStandardError, this, [this] {
            Q_EMIT errorOutput(m_process.readAllStandardError());
        });
        connect(&m_process, &QProcess::finished, this, [this](int code) {
            m_exit = code;
            drain();
        });
        m_process.start(u"/usr/bin/git"_s, arguments);
        m_inputOpen = !input;
        if (input) {
            m_process.write(*input);
            m_process.closeWriteChannel();
        }
    }

    ~ProcessRun() override
    {
        m_process.disconnect();
        if (m_inputOpen) { // as the engine does when its client goes away
            m_process.closeWriteChannel();
            m_process.waitForFinished(1000);
        }
        m_process.kill();
        m_process.waitForFinished(5000);
    }
    Q_DISABLE_COPY_MOVE(ProcessRun)

    void setPaused(bool paused) override
    {
        m_paused = paused;
        if (!paused)
            QTimer::singleShot(0, this, [this] { drain(); });
    }

    void write(const QByteArray &bytes) override
    {
        if (!m_side || m_side->act())
            m_process.write(bytes);
        else
            m_isSilent = true;
    }
    void closeInput() override
    {
        if (!m_isSilent)
            m_process.closeWriteChannel();
    }

private:
    void drain()
    {
        if (m_paused)
            return;
        if (const QByteArray bytes = m_process.readAllStandardOutput(); !bytes.isEmpty())
            Q_EMIT output(bytes);
        if (m_exit && !m_paused && m_process.bytesAvailable() == 0 && !std::exchange(m_done, true))
            Q_EMIT finished(*m_exit);
    }

    QProcess m_process;
    std::optional<int> m_exit;
    LocalAgentGit *m_side;
    bool m_inputOpen = false;
    bool m_isSilent = false;
    bool m_paused = false;
    bool m_done = false;
};

class BytesRun final : public worktrees::AgentGitRun
{
public:
    explicit BytesRun(const QByteArray &bytes)
    {
        QTimer::singleShot(0, this, [this, bytes] {
            // In pieces, as a stream would bring them.
            for (qsizetype at = 0; at < bytes.size(); at += 1000)
                Q_EMIT output(bytes.mid(at, 1000));
            Q_EMIT finished(0);
        });
    }
    void setPaused(bool) override {}
    void write(const QByteArray &) override {}
    void closeInput() override {}
};

/// The beginning of a pack.
class StalledRun final : public worktrees::AgentGitRun
{
public:
    StalledRun()
    {
        QTimer::singleShot(
            0, this, [this] { Q_EMIT output(QByteArray("PACK\0\0\0\2\0\0\0\7", 12)); });
    }
    void setPaused(bool) override {}
    void write(const QByteArray &) override {}
    void closeInput() override {}
};

class SilentRun final : public worktrees::AgentGitRun
{
public:
    void setPaused(bool) override {}
    void write(const QByteArray &) override {}
    void closeInput() override {}
};

} // namespace

QProcessEnvironment LocalAgentGit::environment() const
{
    QProcessEnvironment result;
    result.insert(u"PATH"_s, u"/usr/bin:/bin"_s);
    result.insert(u"HOME"_s, qEnvironmentVariable("HOME"));
    result.insert(u"LC_ALL"_s, u"C"_s);
    const QStringList keepMemory = QString::fromLatin1(git::kKeepMemory).split(u'=');
    result.insert(keepMemory.first(), keepMemory.last());
    result.insert(u"GIT_CONFIG_NOSYSTEM"_s, u"1"_s);
    result.insert(u"GIT_CONFIG_COUNT"_s, u"1"_s);
    result.insert(u"GIT_CONFIG_KEY_0"_s, u"core.fsync"_s);
    result.insert(u"GIT_CONFIG_VALUE_0"_s, u"none"_s);
    if (inside)
        result.insert(u"PADDOCK_TEST_INSIDE"_s, u"1"_s);
    result.insert(u"GIT_ALTERNATE_OBJECT_DIRECTORIES"_s, m_objects);
    for (const auto &who : {u"GIT_AUTHOR_"_s, u"GIT_COMMITTER_"_s}) {
        result.insert(who + u"NAME"_s, u"An Agent"_s);
        result.insert(who + u"EMAIL"_s, u"agent@example.org"_s);
    }
    return result;
}

QStringList LocalAgentGit::local(const QStringList &arguments)
{
    ++starts;
    commands += arguments.join(u' ');
    if (before)
        before(arguments);
    QStringList result = arguments;
    result[0] = u"--git-dir="_s + m_tree.privateGitDir();
    result.replaceInStrings(u"/workspace"_s, m_tree.workPath);
    return result;
}

std::unique_ptr<worktrees::AgentGitRun> LocalAgentGit::converse(const QStringList &arguments)
{
    const QStringList own = local(arguments);
    if (!act())
        return std::make_unique<SilentRun>();
    if (forgedTalk)
        return std::make_unique<BytesRun>(*forgedTalk);
    return std::make_unique<ProcessRun>(environment(), own, std::nullopt, this);
}

std::unique_ptr<worktrees::AgentGitRun> LocalAgentGit::start(const QStringList &arguments,
                                                             const QByteArray &input)
{
    const QStringList own = local(arguments);
    if (!act())
        return std::make_unique<SilentRun>();
    if (stallsPack && arguments.contains(u"pack-objects"_s)) {
        auto run = std::make_unique<StalledRun>();
        m_stalled = run.get();
        return run;
    }
    if (forgedPack && arguments.contains(u"pack-objects"_s))
        return std::make_unique<BytesRun>(*forgedPack);
    if (forgedRefs && arguments.contains(u"show-ref"_s))
        return std::make_unique<BytesRun>(*forgedRefs);
    return std::make_unique<ProcessRun>(environment(), own, input);
}

void LocalAgentGit::breakPack()
{
    if (m_stalled)
        Q_EMIT m_stalled->finished(fail(ErrorKind::ConnectionLost, u"The container ended."_s));
}

GitAnswer
LocalAgentGit::git(const QStringList &arguments, const QByteArray &input, int milliseconds) const
{
    QProcess process;
    process.setProcessEnvironment(environment());
    process.setWorkingDirectory(m_tree.workPath);
    process.start(
        u"/usr/bin/git"_s,
        QStringList{u"--git-dir="_s + m_tree.privateGitDir(), u"--work-tree="_s + m_tree.workPath} +
            arguments);
    process.write(input);
    process.closeWriteChannel();
    process.waitForFinished(milliseconds);
    GitAnswer answer{.exitCode = process.exitCode(),
                     .output = process.readAllStandardOutput(),
                     .errors = process.readAllStandardError()};
    if (answer.exitCode != 0)
        qWarning("agent: git %s: %s", qPrintable(arguments.join(u' ')), answer.errors.constData());
    return answer;
}

QByteArray
LocalAgentGit::commit(const QString &file, const QByteArray &content, const QString &message) const
{
    writeFile(m_tree.workPath + u'/' + file, content);
    if (git({u"add"_s, u"-A"_s}).exitCode != 0 ||
        git({u"commit"_s, u"-q"_s, u"-m"_s, message}).exitCode != 0)
        return {};
    return id(u"HEAD"_s);
}

QByteArray LocalAgentGit::id(const QString &revision) const
{
    return git({u"rev-parse"_s, u"--verify"_s, revision}).output.trimmed();
}

} // namespace paddock::test
