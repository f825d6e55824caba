// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/policy/MountCheck.h"

#include <QCoreApplication>
#include <QDir>
#include <QRegularExpression>
#include <QSet>

#include <algorithm>
#include <utility>

using namespace Qt::StringLiterals;

namespace paddock::policy {

namespace {

QString translated(const char *text)
{
    return QCoreApplication::translate("MountCheck", text);
}

Error refusal(const QString &message, const QString &remedy)
{
    return Error(ErrorKind::SecurityViolation, message)
        .withRemedy(remedy)
        .withOperation(u"mount"_s);
}

QString folderRemedy()
{
    return translated("Choose a folder that holds only what the agent needs.");
}

struct KindRule
{
    MountKind kind;
    const char16_t *target; ///< nullptr: see targetFits()
    bool mustBeReadOnly;
    bool isFolder;
};

constexpr char16_t kDotGit[] = u"/workspace/.git";

constexpr std::array kRules = {
    KindRule{MountKind::Workspace, kWorkspacePath, false, true},
    KindRule{MountKind::GitFile, kDotGit, true, false},
    KindRule{MountKind::GitFolder, kDotGit, false, true},
    KindRule{MountKind::PrivateRepository, kGitPath, false, true},
    KindRule{MountKind::ProjectObjects, nullptr, true, true},
    KindRule{MountKind::ObjectsMask, nullptr, true, false},
    KindRule{MountKind::FileMask, nullptr, true, false},
    KindRule{MountKind::RunFolder, kRunPath, true, true},
    KindRule{MountKind::Home, kHomePath, false, true},
    KindRule{MountKind::Spool, kSpoolPath, false, true},
    KindRule{MountKind::Shim, kShimPath, true, false},
    KindRule{MountKind::UserNames, nullptr, true, false},
    KindRule{MountKind::CertificateBundle, nullptr, true, false},
};

bool targetFits(const SandboxMount &mount)
{
    static const QRegularExpression objects(uR"(\A/paddock/objects/[0-9]{1,3}\z)"_s);
    static const QRegularExpression mask(uR"(\A/paddock/objects/[0-9]{1,3}/info/alternates\z)"_s);
    static const QRegularExpression certificates(uR"(\A/paddock/ca/[a-z0-9.-]{1,64}\z)"_s);
    switch (mount.kind) {
    case MountKind::ProjectObjects:
        return objects.match(mount.target).hasMatch();
    case MountKind::ObjectsMask:
        return mask.match(mount.target).hasMatch();
    case MountKind::FileMask:
        return isSameOrInside(mount.target, QString::fromUtf16(kWorkspacePath)) &&
               mount.target != QStringView(kWorkspacePath) &&
               !isSameOrInside(mount.target, QString::fromUtf16(kDotGit)) &&
               QDir::cleanPath(mount.target) == mount.target;
    case MountKind::UserNames:
        return mount.target == u"/etc/passwd" || mount.target == u"/etc/group";
    case MountKind::CertificateBundle:
        return certificates.match(mount.target).hasMatch();
    default:
        return false;
    }
}

Result<Done> checkTarget(const SandboxMount &mount)
{
    if (mount.kind == MountKind::UserAdded)
        return checkFreeTarget(mount.target);
    const auto rule = std::ranges::find(kRules, mount.kind, &KindRule::kind);
    Q_ASSERT(rule != kRules.end());
    const bool fits = rule->target ? mount.target == QStringView(rule->target) : targetFits(mount);
    if (!fits || (rule->mustBeReadOnly && !mount.readOnly)) {
        return fail(
            refusal(translated("The mount of %1 on %2 does not have the form that its kind has.")
                        .arg(shownPath(mount.source), shownPath(mount.target)),
                    translated("This is a fault of Paddock; report it.")));
    }
    return Done{};
}

} // namespace

Result<Done> checkFreeTarget(const QString &target)
{
    if (!target.startsWith(u'/') || target.contains(QChar::Null) || !target.isValidUtf16() ||
        target.contains(QChar::ReplacementCharacter) || target.size() > 1024 ||
        QDir::cleanPath(target) != target) {
        return fail(refusal(
            translated("\"%1\" is no absolute path in the container.").arg(shownPath(target)),
            translated("Write the whole path without \".\" and \"..\".")));
    }
    // What makes the container what it is, and what Paddock puts there.
    for (const auto &closed : {u"/proc"_s,
                               u"/sys"_s,
                               u"/dev"_s,
                               u"/etc"_s,
                               u"/bin"_s,
                               u"/sbin"_s,
                               u"/lib"_s,
                               u"/lib64"_s,
                               u"/usr"_s,
                               u"/boot"_s,
                               u"/paddock"_s,
                               u"/run"_s,
                               u"/var/run"_s,
                               u"/tmp"_s,
                               u"/var/tmp"_s,
                               u"/workspace/.git"_s}) {
        if (isSameOrInside(target, closed)) {
            return fail(refusal(
                translated("Nothing can be mounted on %1: %2 belongs to the container itself.")
                    .arg(shownPath(target), closed),
                translated("Use a place under /mnt, /opt or /workspace.")));
        }
    }
    for (const auto &covered :
         {QString::fromUtf16(kWorkspacePath), QString::fromUtf16(kHomePath)}) {
        if (isSameOrInside(covered, target)) {
            return fail(
                refusal(translated("A mount on %1 would cover %2.").arg(shownPath(target), covered),
                        translated("Use a place under /mnt, /opt or /workspace.")));
        }
    }
    return Done{};
}

MountCheck::MountCheck(QList<ForbiddenPlace> forbidden,
                       MountTable mounts,
                       XdgPaths own,
                       QString sessionFolder)
    : m_forbidden(std::move(forbidden))
    , m_mounts(std::move(mounts))
    , m_own(std::move(own))
    , m_sessionFolder(std::move(sessionFolder))
{
}

Result<QString> MountCheck::check(const SandboxMount &mount) const
{
    if (auto target = checkTarget(mount); !target)
        return fail(target.error());
    const auto source = resolveHostPath(mount.source);
    if (!source)
        return fail(source.error());
    if (auto fine = checkSource(mount, *source); !fine)
        return fail(fine.error());
    return source->canonical;
}

Result<Done> MountCheck::checkSource(const SandboxMount &mount, const HostPath &source) const
{
    const QString shown = shownPath(mount.source);
    if (mount.kind == MountKind::UserAdded) {
        if (source.isSocket()) {
            return fail(refusal(
                translated("%1 is a socket: whoever serves it would serve the agent.").arg(shown),
                translated("Use the gateway for network access. Access to the engine "
                           "is a setting of the profile (docker_access).")));
        }
        if (!source.isFolder() && !source.isFile()) {
            return fail(refusal(translated("%1 is neither a folder nor a regular file.").arg(shown),
                                folderRemedy()));
        }
    } else {
        const auto rule = std::ranges::find(kRules, mount.kind, &KindRule::kind);
        if (rule->isFolder ? !source.isFolder() : !source.isFile()) {
            return fail(Error(ErrorKind::MountFailed,
                              (rule->isFolder ? translated("%1 is not a folder.")
                                              : translated("%1 is not a regular file."))
                                  .arg(shown))
                            .withRemedy(translated("Remove what is in its place."))
                            .withOperation(u"mount"_s));
        }
    }

    switch (mount.kind) {
    case MountKind::Workspace:
    case MountKind::ProjectObjects:
    case MountKind::UserAdded:
        return checkForbidden(shown, source);
    case MountKind::GitFile:
    case MountKind::GitFolder:
    case MountKind::PrivateRepository:
    case MountKind::ObjectsMask:
    case MountKind::FileMask:
    case MountKind::RunFolder:
    case MountKind::Home:
    case MountKind::Spool:
    case MountKind::UserNames:
        return checkInside(mount, source, {m_sessionFolder});
    case MountKind::CertificateBundle:
        return checkInside(mount, source, {m_sessionFolder, m_own.data, m_own.cache});
    case MountKind::Shim:
        if (source.mode & (S_IWGRP | S_IWOTH)) {
            return fail(
                refusal(translated("%1 can be written by others, so it is not started.").arg(shown),
                        translated("Remove the file; Paddock makes it anew.")));
        }
        return checkInside(mount, source, {m_own.data + u"/shim"_s});
    }
    Q_UNREACHABLE();
}

Result<Done> MountCheck::checkInside(const SandboxMount &mount,
                                     const HostPath &source,
                                     const QStringList &folders) const
{
    for (const QString &folder : folders) {
        const QString allowed = canonicalAsFarAsItGoes(folder);
        if (source.canonical != allowed && isSameOrInside(source.canonical, allowed))
            return Done{};
    }
    return fail(refusal(translated("%1 does not lie where Paddock keeps it: it leads to %2.")
                            .arg(shownPath(mount.source), shownPath(source.canonical)),
                        translated("Look who replaced it with a link, and remove it.")));
}

Result<Done> MountCheck::checkForbidden(const QString &shown, const HostPath &source) const
{
    const auto refuse = [&](const ForbiddenPlace &place, bool isAlias) {
        const QString text = isAlias ? translated("%1 cannot be mounted: it shows %2, which %3.")
                                     : translated("%1 cannot be mounted: %2 %3.");
        return fail(refusal(text.arg(shown, shownPath(place.path), place.why), folderRemedy()));
    };
    // "Touches" in the sense of the reach: is it, contains it, or lies inside it.
    const auto touches = [](const QString &path, const QString &closed, ForbiddenReach reach) {
        return isSameOrInside(closed, path) ||
               (reach == ForbiddenReach::AndInside && isSameOrInside(path, closed));
    };

    const QStringList sourceAncestors = withAncestors(source.canonical);
    const auto sourcePlace = m_mounts.locate(source.canonical);
    const auto below = m_mounts.below(source.canonical);
    for (const ForbiddenPlace &place : m_forbidden) {
        const QString closed = canonicalAsFarAsItGoes(place.path);
        if (touches(source.canonical, closed, place.reach))
            return refuse(place, false);

        // The same folder under another name: by device and inode …
        for (const QString &above : withAncestors(closed)) {
            if (identityOf(above) == source.identity)
                return refuse(place, true);
        }
        const auto closedIdentity = identityOf(closed);
        if (closedIdentity && place.reach == ForbiddenReach::AndInside) {
            const auto isClosed = [&](const QString &above) {
                return identityOf(above) == closedIdentity;
            };
            if (std::ranges::any_of(sourceAncestors, isClosed))
                return refuse(place, true);
        }
        // … and, for a bind of something inside, by its place in the file system.
        const auto closedPlace = m_mounts.locate(closed);
        if (!closedPlace)
            continue;
        const auto isAlias = [&](const FileSystemPlace &other) {
            return other.device == closedPlace->device &&
                   touches(other.path, closedPlace->path, place.reach);
        };
        if (sourcePlace && isAlias(*sourcePlace))
            return refuse(place, true);
        // Mounts below the folder come along with it.
        for (const auto &mount : below) {
            if (isAlias(mount.place)) {
                return fail(refusal(
                    translated("%1 cannot be mounted: in it %2 shows %3, which %4.")
                        .arg(shown, shownPath(mount.mountPoint), shownPath(place.path), place.why),
                    translated("Unmount it first, or choose another folder.")));
            }
        }
    }
    return Done{};
}

Result<Done> MountCheck::checkTogether(const QList<SandboxMount> &mounts)
{
    QSet<QString> targets;
    const SandboxMount *workspace = nullptr;
    for (const SandboxMount &mount : mounts) {
        if (targets.contains(mount.target)) {
            return fail(
                refusal(translated("Two mounts want the place %1.").arg(shownPath(mount.target)),
                        translated("Give each mount a place of its own.")));
        }
        targets.insert(mount.target);
        if (mount.kind == MountKind::Workspace)
            workspace = &mount;
    }
    // A container never sees the project's own .git: it is covered by a private one.
    if (workspace && identityOf(workspace->source + u"/.git"_s) &&
        !targets.contains(QString::fromUtf16(kDotGit))) {
        return fail(refusal(translated("The git folder of %1 would be within the agent's reach.")
                                .arg(shownPath(workspace->source)),
                            translated("This is a fault of Paddock; report it.")));
    }
    return Done{};
}

} // namespace paddock::policy
