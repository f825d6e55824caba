// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/text/ErrorText.h"

#include "ui/text/DisplayText.h"

#include <QCoreApplication>
#include <QStringList>

using namespace Qt::StringLiterals;

namespace paddock::ui {

namespace {

QString tr(const char *text)
{
    return QCoreApplication::translate("ErrorText", text);
}

QString messageOf(ErrorKind kind)
{
    using K = ErrorKind;
    switch (kind) {
    case K::DockerUnavailable:
        return tr("The container engine does not answer.");
    case K::ConnectionLost:
        return tr("The connection was lost.");
    case K::EngineTooOld:
        return tr("The container engine is too old for Paddock.");
    case K::ImagePullFailed:
        return tr("The image could not be downloaded.");
    case K::ImageBuildFailed:
        return tr("The image could not be built.");
    case K::ContainerCreateFailed:
        return tr("The container could not be made.");
    case K::ContainerStartFailed:
        return tr("The container could not be started.");
    case K::NetworkFailed:
        return tr("The network of the engine could not be set up.");
    case K::StatsUnavailable:
        return tr("The engine gives no figures on the use of resources.");
    case K::RemoveInProgress:
        return tr("It is being removed already.");
    case K::InvalidConfig:
        return tr("The settings do not fit together.");
    case K::ImageNotFound:
        return tr("The image is not on this machine.");
    case K::ContainerNotFound:
        return tr("The container is gone.");
    case K::PermissionDenied:
        return tr("The system refused access.");
    case K::SecurityViolation:
        return tr("The policy refused it, because it would weaken the sandbox.");
    case K::MountFailed:
        return tr("A folder could not be given to the container.");
    case K::ResourceLimitExceeded:
        return tr("A limit would be exceeded.");
    case K::DiskFull:
        return tr("The disk is full.");
    case K::CommandNotFound:
        return tr("A program was not found.");
    case K::CommandTimeout:
        return tr("A command took too long and was ended.");
    case K::FileNotFound:
        return tr("A file was not found.");
    case K::FileTooLarge:
        return tr("A file is larger than allowed.");
    case K::NotInitialized:
        return tr("It is not ready yet.");
    case K::AlreadyInitialized:
        return tr("It is set up already.");
    case K::Destroyed:
        return tr("It has been removed.");
    case K::UnsupportedOption:
        return tr("This option is not supported here.");
    case K::Cancelled:
        return tr("It was cancelled.");
    case K::Timeout:
        return tr("No answer came in time.");
    case K::ProtocolError:
        return tr("An answer could not be understood.");
    case K::InvalidArgument:
        return tr("A value is not valid.");
    case K::NotFound:
        return tr("It was not found.");
    case K::Conflict:
        return tr("This is not possible in the present state.");
    case K::IoFailed:
        return tr("Reading or writing failed.");
    case K::Internal:
        return tr("Paddock met a condition that it did not expect.");
    case K::AgentExited:
        return tr("The agent ended by itself.");
    case K::AgentProtocol:
        return tr("The agent said something that Paddock does not understand.");
    case K::AgentSilent:
        return tr("The agent does not answer.");
    case K::AgentRefused:
        return tr("The agent refused it.");
    case K::NotARepository:
        return tr("The folder is not in a git repository.");
    case K::UnsupportedRepository:
        return tr("This kind of git repository is not supported.");
    case K::BranchExists:
        return tr("A branch of this name exists already.");
    case K::GitFailed:
        return tr("Git reported a failure.");
    case K::ImportRefused:
        return tr("The commits of the agent were refused by the check.");
    case K::MergeConflict:
        return tr("The changes conflict with each other.");
    case K::WorktreeDirty:
        return tr("There is work that is not saved anywhere else.");
    case K::StoreLocked:
        return tr("The database of Paddock is in use by another program.");
    case K::StoreCorrupt:
        return tr("The database of Paddock is damaged.");
    case K::StoreNewer:
        return tr("The database was written by a newer version of Paddock.");
    case K::StoreReadOnly:
        return tr("The database of Paddock cannot be written.");
    case K::StoreFailed:
        return tr("The database of Paddock reported a failure.");
    case K::OwnerRunning:
        return tr("Another Paddock is in charge of the sessions.");
    case K::OwnerUnreachable:
        return tr("The Paddock that is in charge of the sessions does not answer.");
    case K::RuntimeFolderMissing:
        return tr("The runtime folder of this login is missing.");
    case K::SecretMissing:
        return tr("A key is missing in the keychain.");
    case K::KeychainUnavailable:
        return tr("The keychain does not answer.");
    case K::GatewayUnavailable:
        return tr("The gateway to the model does not answer.");
    case K::ProviderFailed:
        return tr("The provider of the model reported a failure.");
    }
    return tr("Something went wrong.");
}

QString remedyOf(ErrorKind kind, Category category)
{
    using K = ErrorKind;
    switch (kind) {
    case K::DockerUnavailable:
        return tr("Start the engine (systemctl start docker) and try again.");
    case K::EngineTooOld:
        return tr("Update Docker to version 20.10 or newer.");
    case K::ImageNotFound:
    case K::ImageBuildFailed:
        return tr("Build the image and look at the log for the first error.");
    case K::DiskFull:
        return tr("Free some space and try again.");
    case K::NotARepository:
        return tr("Choose a folder in a git repository, or make one with git init.");
    case K::BranchExists:
        return tr("Choose another title, or remove the old branch.");
    case K::WorktreeDirty:
        return tr("Commit or keep the work, or say explicitly that it may be discarded.");
    case K::OwnerRunning:
        return tr("Use the other Paddock, or stop it first.");
    case K::AgentExited:
    case K::AgentSilent:
        return tr("Restart the session; the conversation is kept.");
    case K::StoreNewer:
        return tr("Install the newer version of Paddock.");
    default:
        break;
    }
    switch (category) {
    case Category::PermissionDenied:
        return tr("Check who owns the file or socket that is named in the details.");
    case Category::Unreachable:
    case Category::Timeout:
        return tr("Try again; if it stays so, look at the details.");
    case Category::RefusedByPolicy:
        return tr("Change what is asked for; the details name the rule.");
    case Category::InvalidArgument:
        return tr("Correct the value and try again.");
    case Category::Conflict:
        return tr("Wait until the running step is done, then try again.");
    case Category::Cancelled:
        return tr("Nothing was left behind; you can start again at any time.");
    case Category::NotFound:
        return tr("Look again; it may have been removed in the meantime.");
    case Category::Unsupported:
        return tr("Use another one; the details say what is not supported.");
    case Category::Protocol:
    case Category::Io:
    case Category::Internal:
        break;
    }
    return tr("Try again; the details help whoever looks into it.");
}

} // namespace

ErrorWords wordsFor(const Error &error)
{
    ErrorWords words;
    words.message = visibleText(error.message.trimmed());
    if (words.message.isEmpty())
        words.message = messageOf(error.kind);
    words.remedy = visibleText(error.remedy.trimmed());
    if (words.remedy.isEmpty())
        words.remedy = remedyOf(error.kind, error.category);
    QStringList detail;
    if (!error.operation.isEmpty())
        detail += tr("While: %1").arg(visibleText(error.operation, Lines::One));
    detail += tr("Kind: %1").arg(error.kindName());
    if (!error.detail.isEmpty())
        detail += limitedText(visibleText(error.detail)).text;
    words.detail = detail.join(u'\n');
    return words;
}

} // namespace paddock::ui
