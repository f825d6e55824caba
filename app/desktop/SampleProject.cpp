// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/desktop/SampleProject.h"

#include "core/base/XdgPaths.h"
#include "core/gateway/DemoRepository.h"

#include <QCoreApplication>
#include <QDir>
#include <QFileInfo>

using namespace Qt::StringLiterals;

namespace paddock::desktop {

namespace {

Result<QString> make(const git::GitProcess &git, const QString &folder)
{
    const QString gitDir = folder + u"/.git"_s;
    git::GitRequest head;
    head.arguments = {u"rev-parse"_s, u"--verify"_s, u"-q"_s, u"HEAD"_s};
    head.gitDir = gitDir;
    head.what = QCoreApplication::translate("SampleProject", "Making the sample project");
    // A commit is the last step: with one the project is whole, without it is made again.
    if (QFileInfo::exists(gitDir) && git.check(head))
        return folder;
    if (const auto made = makePrivateFolder(QFileInfo(folder).path()); !made)
        return fail(made.error());
    if (QFileInfo::exists(folder) && !QDir(folder).removeRecursively())
        return fail(ErrorKind::IoFailed,
                    QCoreApplication::translate(
                        "SampleProject", "The old sample project in %1 could not be removed.")
                        .arg(folder));
    if (const auto written = gateway::writeDemoRepository(folder); !written)
        return fail(written.error());
    git::GitRequest init = head;
    init.arguments = {u"init"_s, u"-q"_s, u"-b"_s, u"main"_s};
    init.directory = folder;
    git::GitRequest add = head;
    add.arguments = {u"add"_s, u"-A"_s};
    add.workTree = folder;
    add.directory = folder;
    git::GitRequest commit = add;
    commit.arguments = {u"commit"_s, u"-q"_s, u"-m"_s, u"Count words"_s};
    commit.settings = {{"user.name", "Paddock demo"}, {"user.email", "demo@paddock.invalid"}};
    for (const git::GitRequest &request : {init, add, commit}) {
        if (const auto done = git.check(request); !done)
            return fail(done.error());
    }
    return folder;
}

} // namespace

SampleProject::SampleProject(const QString &dataFolder)
    : m_folder(QFileInfo(dataFolder).path() + u"/paddock-sample/word-count"_s)
    , m_pool(1)
{
}

SampleProject::~SampleProject()
{
    m_git.stopAll();
}

ui::Demo SampleProject::demo()
{
    return {.projectName = QFileInfo(m_folder).fileName(),
            .prompt = gateway::demoPrompt(),
            .prepareProject = [this] {
                return m_pool.run<QString>([this] { return make(m_git, m_folder); });
            }};
}

} // namespace paddock::desktop
