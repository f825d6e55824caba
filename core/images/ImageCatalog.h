// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/Pending.h"
#include "core/docker/ImagesApi.h"

#include <QList>
#include <QObject>
#include <QString>
#include <QStringList>

namespace paddock::images {

inline constexpr char16_t kLabelRecipe[] = u"dev.paddock.recipe";
inline constexpr char16_t kLabelRecipeHash[] = u"dev.paddock.recipe-hash";
inline constexpr char16_t kLabelAdapters[] = u"dev.paddock.adapters";

/// An image that a session can use.
struct AvailableImage
{
    ImageId id;
    QString reference; ///< "claude-agent-base:latest"
    qint64 sizeBytes = 0;
    QDateTime created;
    QString recipe; ///< of Paddock; empty: not made by it
    QString recipeHash;
    QStringList volumes;  ///< folders it declares as volumes; only from validate()
    QStringList adapters; ///< agent programs the image says it has; empty: unknown

    bool operator==(const AvailableImage &) const = default;
};

/// What the engine has. The API is borrowed. Main thread.
class ImageCatalog : public QObject
{
    Q_OBJECT

public:
    explicit ImageCatalog(docker::ImagesApi &images, QObject *parent = nullptr);

    /// One row per tag, images of Paddock first, then by reference. Untagged ones are left out.
    [[nodiscard]] Pending<QList<AvailableImage>> available();
    /// The image behind \a reference as it is now. ImageNotFound says how to get it; everything
    /// else (no engine, no permission) is what it is.
    [[nodiscard]] Pending<AvailableImage> validate(const QString &reference);

private:
    docker::ImagesApi &m_images;
};

/// "name" becomes "name:latest"; tags and digests are kept; blanks around are dropped.
[[nodiscard]] QString normalisedReference(const QString &reference);

/// The error of a missing image, with the command that gets it.
[[nodiscard]] Error imageMissing(const QString &reference, const QString &detail = {});

} // namespace paddock::images
