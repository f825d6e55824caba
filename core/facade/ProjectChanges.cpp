// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/facade/ProjectChanges.h"

#include "core/projects/Project.h"
#include "core/worktrees/GitSettings.h"

namespace paddock::facade {

namespace {

template <typename T>
void take(T &into, const std::optional<T> &value)
{
    if (value)
        into = *value;
}

// Names of git's settings know no case before the last dot but one; ours have no part between.
void removeSetting(QList<worktrees::GitSetting> &settings, const QByteArray &name)
{
    settings.removeIf([&name](const worktrees::GitSetting &setting) {
        return setting.first.compare(name, Qt::CaseInsensitive) == 0;
    });
}

} // namespace

Result<sessions::records::ProjectRecord>
changedProject(const sessions::records::ProjectRecord &project, const ProjectChange &change)
{
    sessions::records::ProjectRecord changed = project;
    projects::ProjectSettings &settings = changed.settings;
    if (change.name) {
        const auto name = projects::checkedProjectName(*change.name);
        if (!name)
            return fail(name.error());
        changed.name = *name;
    }
    take(settings.image, change.image);
    take(settings.isolation, change.isolation);
    take(settings.worktreesRoot, change.worktreesRoot);
    take(settings.protectedBranches, change.protectedBranches);
    take(settings.gitName, change.gitName);
    take(settings.gitEmail, change.gitEmail);
    take(settings.group, change.group);
    if (change.umask && change.umask->trimmed().isEmpty()) {
        settings.umask.reset();
    } else if (change.umask) {
        const auto umask = projects::umaskFromText(*change.umask);
        if (!umask)
            return fail(umask.error());
        settings.umask = *umask;
    }
    for (const QByteArray &name : change.gitUnset)
        removeSetting(settings.gitSettings, name);
    for (const worktrees::GitSetting &setting : change.gitSet) {
        removeSetting(settings.gitSettings, setting.first);
        settings.gitSettings.append(setting);
    }

    const auto checked = projects::checkedSettings(settings);
    if (!checked)
        return fail(checked.error());
    settings = *checked;
    if (auto fine = worktrees::checkIdentity(settings.gitName, settings.gitEmail); !fine)
        return fail(fine.error());
    const auto git = worktrees::checkedGitSettings(settings.gitSettings);
    if (!git)
        return fail(git.error());
    settings.gitSettings = *git;
    return changed;
}

} // namespace paddock::facade
