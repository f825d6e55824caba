// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/Clock.h"
#include "core/base/WorkerPool.h"
#include "core/base/XdgPaths.h"
#include "core/docker/Engine.h"
#include "core/gateway/GatewayClient.h"
#include "core/git/GitProcess.h"
#include "core/images/ImageCatalog.h"
#include "core/policy/PolicyCheck.h"
#include "core/sessions/EngineReader.h"
#include "core/settings/Settings.h"
#include "core/store/Database.h"
#include "core/worktrees/HandOver.h"
#include "core/worktrees/IgnoredFiles.h"
#include "core/worktrees/Import.h"
#include "core/worktrees/Integration.h"
#include "core/worktrees/PrivateRepository.h"
#include "core/worktrees/ProjectFetch.h"
#include "core/worktrees/Review.h"
#include "core/worktrees/SessionDiff.h"
#include "core/worktrees/SessionHistory.h"
#include "core/worktrees/Staging.h"
#include "core/worktrees/WorktreeManager.h"

#include <functional>

namespace paddock::sessions {

/// What sessions are made with; built by the composition root, borrowed, outlives every session.
struct SessionServices
{
    XdgPaths paths;
    QString instance; ///< label of everything this installation makes on an engine
    QString shimPath; ///< the mounted copy of paddock-shim
    store::Database &database;
    docker::Engine &engine;
    EngineReader &engineReader;
    WorkerPool &pool;
    const git::GitProcess &git;
    worktrees::WorktreeManager &worktrees;
    worktrees::ProjectFetch &fetcher;
    worktrees::IgnoredFiles &ignored;
    worktrees::PrivateRepository &repositories;
    worktrees::Importer &importer;
    worktrees::SessionDiff &diffs;
    worktrees::SessionHistory &history;
    worktrees::Staging &staging;
    worktrees::HandOver &handOver;
    worktrees::Integration &integration;
    worktrees::Review &review;
    gateway::GatewayClient &gateway;
    images::ImageCatalog &catalog;
    const policy::PolicyCheck &policy;
    const settings::Settings &settings;
    const Clock &clock;
    /// The key for an upstream host, from wherever the person keeps it; empty: none.
    std::function<secrets::Secret()> providerKey;
    /// ANTHROPIC_BASE_URL or the like of the person; empty: the adapter's own.
    QString providerBaseUrl;
    int personsUmask = 022;       ///< of this process when it started
    QByteArray certificateBundle; ///< the host's own authorities, PEM; may be empty
};

} // namespace paddock::sessions
