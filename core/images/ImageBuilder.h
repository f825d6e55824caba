// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/Result.h"
#include "core/docker/ImagesApi.h"
#include "core/images/ImageRecipe.h"

#include <QObject>

#include <memory>

namespace paddock::images {

enum class BuildIfPresent {
    Skip, ///< an image with the same recipe hash under the tag is taken as it is
    Rebuild,
};

struct BuildImageOptions
{
    BuildIfPresent ifPresent = BuildIfPresent::Skip;
    QString tag;                    ///< empty: the recipe's
    QList<RecipeFile> certificates; ///< of hostCertificates(); put into the recipe's caFolder
    QHash<QString, QString> buildArguments;
};

struct BuiltImage
{
    ImageId id;
    QString tag;
    bool built = false; ///< false: it was there already

    bool operator==(const BuiltImage &) const = default;
};

/// One build of one recipe: image there already → base image (present, else pulled) → build.
/// One shot, owned by the caller; destroying it ends the build. Main thread.
class ImageBuild : public QObject
{
    Q_OBJECT

public:
    enum class Phase { Checking, PullingBase, Building, Done };
    Q_ENUM(Phase)

    ImageBuild(docker::ImagesApi &images,
               ImageRecipe recipe,
               BuildImageOptions options,
               QObject *parent = nullptr);
    ~ImageBuild() override;
    Q_DISABLE_COPY_MOVE(ImageBuild)

    void start();
    /// Ends with ErrorKind::Cancelled.
    void cancel();

Q_SIGNALS:
    void phaseChanged(paddock::images::ImageBuild::Phase phase);
    /// A line of output without its line end, or a progress text of a pull.
    void line(const QString &text);
    /// "Step 3/12" of the engine; 0 of 0 when unknown.
    void progress(int step, int steps);
    /// Exactly once, from the event loop. ImageBuildFailed carries the last lines in its detail.
    void finished(const paddock::Result<paddock::images::BuiltImage> &result);

private:
    void checkPresent();
    void checkBase();
    void pullBase();
    void build();
    void onOutput(const QString &text);
    void end(Result<BuiltImage> result);

    docker::ImagesApi &m_images;
    ImageRecipe m_recipe;
    BuildImageOptions m_options;
    QString m_tag;
    QString m_hash;
    std::unique_ptr<docker::ImageTask> m_task;
    QString m_partialLine;
    QStringList m_lastLines;
    bool m_started = false;
    bool m_ended = false;
};

/// The tar of \a recipe with \a certificates in its caFolder. Deterministic: same input, same
/// bytes.
[[nodiscard]] Result<QByteArray> contextTar(const ImageRecipe &recipe,
                                            const QList<RecipeFile> &certificates);

} // namespace paddock::images
