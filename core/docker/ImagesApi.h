// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/Pending.h"
#include "core/docker/ImageTask.h"
#include "core/docker/ImageTypes.h"

#include <memory>

namespace paddock::docker {

struct ListImagesOptions
{
    bool all = false;        ///< intermediate layers too
    QStringList labels = {}; ///< "name" or "name=value"; all must match
    QString reference = {};  ///< pattern; empty: every image
};

struct PullOptions
{
    QString platform = {}; ///< "linux/amd64"; empty: the engine's
    /// Content of X-Registry-Auth (base64url JSON); never logged.
    QByteArray registryAuth = {};
};

struct BuildOptions
{
    QStringList tags = {};
    QString dockerfile = {}; ///< path inside the tar; empty: "Dockerfile"
    QHash<QString, QString> buildArguments = {};
    Labels labels = {};
    QString networkMode = {}; ///< for RUN; empty: the engine's default
    QString target = {};      ///< stage; empty: the last
    bool noCache = false;
    bool pullBase = false;
};

/// The tar of a build context: in memory, or a file that is read while it is sent.
struct BuildContext
{
    QByteArray tar = {};
    QString tarFile = {}; ///< used when tar is empty
};

struct RemoveImageOptions
{
    bool force = false;
    bool noPrune = false;
};

/// Images. https://docs.docker.com/reference/api/engine/ (Images). Main thread.
/// References are checked before anything is sent. A 404 is ImageNotFound; any other failure is
/// what it is.
class ImagesApi
{
public:
    virtual ~ImagesApi() = default;

    [[nodiscard]] virtual Pending<QList<ImageSummary>>
    list(const ListImagesOptions &options = {}) = 0;
    /// \a reference: a tag, digest or id.
    [[nodiscard]] virtual Pending<ImageDetails> inspect(const QString &reference) = 0;
    [[nodiscard]] virtual Pending<QList<ImageHistoryEntry>> history(const QString &reference) = 0;
    [[nodiscard]] virtual Pending<Done> tag(const QString &reference, const QString &newTag) = 0;
    /// Succeeds when it is not there. Conflict when a container uses it.
    [[nodiscard]] virtual Pending<Done> remove(const QString &reference,
                                               const RemoveImageOptions &options = {}) = 0;

    /// ":latest" is added to a reference without tag and digest (else the engine pulls all tags).
    /// Ends with ImageNotFound or ImagePullFailed.
    [[nodiscard]] virtual std::unique_ptr<ImageTask> pull(const QString &reference,
                                                          const PullOptions &options = {}) = 0;
    /// The classic builder. Ends with ImageBuildFailed when the stream has an error entry or ends
    /// without an image.
    [[nodiscard]] virtual std::unique_ptr<ImageTask> build(const BuildContext &context,
                                                           const BuildOptions &options) = 0;
};

} // namespace paddock::docker
