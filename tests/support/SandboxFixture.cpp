// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/SandboxFixture.h"

#include <QDir>
#include <QFile>
#include <QTest>

#include <sys/stat.h>
#include <unistd.h>

using namespace Qt::StringLiterals;

namespace paddock::test {

namespace {

void makeFile(const QString &path, const QByteArray &content)
{
    QFile file(path);
    if (!file.open(QIODevice::WriteOnly) || file.write(content) != content.size())
        qFatal("cannot write %s", qPrintable(path));
    file.close();
    SandboxFixture::giveToUser(path);
}

void makeFolder(const QString &path)
{
    if (!makePrivateFolder(path))
        qFatal("cannot make %s", qPrintable(path));
    SandboxFixture::giveToUser(path);
}

} // namespace

SandboxFixture::SandboxFixture(const TestEnvironment &environment,
                               const QString &session,
                               const QString &supervisor)
    : m_top(environment.path())
    , m_session(session)
{
    const auto own = XdgPaths::fromEnvironment();
    if (!own || !own->create())
        qFatal("no folders");
    m_own = *own;

    for (const auto &below :
         {u"/project"_s, u"/project/.git/objects/info"_s, u"/project/.worktrees/work"_s})
        makeFolder(m_top + below);
    makeFile(worktree() + u"/.git"_s, "gitdir: ../../.git/worktrees/work\n");
    makeFile(worktree() + u"/README"_s, "A project.\n");
    for (const auto &below : {u"/run"_s, u"/home"_s, u"/git"_s, u"/spool"_s})
        makeFolder(sessionFolder() + below);
    makeFile(sessionFolder() + u"/dotgit"_s, "gitdir: /paddock/git\n");

    const auto user = policy::resolveUser(::getuid(), ::getgid(), strongEngine());
    makeFile(sessionFolder() + u"/passwd"_s, policy::passwdText(user.uid, user.gid));
    makeFile(sessionFolder() + u"/group"_s, policy::groupText(user.gid));

    const QString folder = m_own.data + (supervisor.isEmpty() ? u"/shim/none"_s : u"/shim/test"_s);
    m_shim = folder + u"/paddock-shim"_s;
    makeFolder(folder);
    if (!QFile::exists(m_shim)) {
        if (supervisor.isEmpty())
            makeFile(m_shim, "not a program\n");
        else if (!QFile::copy(supervisor, m_shim))
            qFatal("cannot copy %s", qPrintable(supervisor));
        ::chmod(QFile::encodeName(m_shim).constData(), 0555);
    }
}

void SandboxFixture::giveToUser(const QString &path)
{
    if (::getuid() == 0 && ::lchown(QFile::encodeName(path).constData(), 1000, 1000) != 0)
        qFatal("cannot give %s away", qPrintable(path));
}

policy::EnginePosture SandboxFixture::strongEngine()
{
    policy::EnginePosture posture;
    posture.serverVersion = u"20.10.24"_s;
    posture.architecture = u"x86_64"_s;
    posture.cpus = 8;
    posture.openFilesHard = 1'048'576;
    posture.memoryBytes = 32 * kGiB;
    posture.seccomp = true;
    posture.appArmor = true;
    posture.runcVersion = u"1.3.4"_s;
    posture.defaultRuntime = u"runc"_s;
    posture.runtimes = {u"runc"_s};
    posture.dataRoot = u"/var/lib/docker"_s;
    return posture;
}

ImageId SandboxFixture::anyImage()
{
    return {u"sha256:"_s + QString(64, u'a')};
}

policy::SandboxSpec SandboxFixture::spec(const ImageId &image,
                                         const policy::EnginePosture &posture) const
{
    using policy::MountKind;
    const auto user = policy::resolveUser(::getuid(), ::getgid(), posture);
    policy::SandboxSpec spec;
    spec.session = {m_session};
    spec.instance = u"test-"_s + m_session;
    spec.uid = user.uid;
    spec.gid = user.gid;
    spec.image = image;
    spec.profile = policy::agentProfile();
    spec.mounts = {
        {worktree(), u"/workspace"_s, false, MountKind::Workspace},
        {sessionFolder() + u"/dotgit"_s, u"/workspace/.git"_s, true, MountKind::GitFile},
        {sessionFolder() + u"/git"_s, u"/paddock/git"_s, false, MountKind::PrivateRepository},
        {m_top + u"/project/.git/objects"_s,
         u"/paddock/objects/0"_s,
         true,
         MountKind::ProjectObjects},
        {sessionFolder() + u"/run"_s, u"/run/paddock"_s, true, MountKind::RunFolder},
        {sessionFolder() + u"/home"_s, u"/home/agent"_s, false, MountKind::Home},
        {sessionFolder() + u"/passwd"_s, u"/etc/passwd"_s, true, MountKind::UserNames},
        {sessionFolder() + u"/group"_s, u"/etc/group"_s, true, MountKind::UserNames},
        {sessionFolder() + u"/spool"_s, u"/paddock/spool"_s, false, MountKind::Spool},
        {m_shim, u"/paddock/bin/paddock-shim"_s, true, MountKind::Shim},
    };
    return spec;
}

policy::PolicyContext SandboxFixture::context() const
{
    return policy::PolicyContext::forThisUser(m_own, {});
}

sandbox::CreateRequest SandboxFixture::request(const policy::SandboxSpec &spec,
                                               const policy::EnginePosture &posture) const
{
    const auto checked = policy::PolicyCheck(context()).check(spec, posture);
    if (!checked)
        qFatal("refused: %s", qPrintable(checked.error().toString()));
    auto request = sandbox::compile(*checked);
    if (!request)
        qFatal("not compiled: %s", qPrintable(request.error().toString()));
    return *request;
}

} // namespace paddock::test
