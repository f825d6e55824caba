// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/images/ImageCatalog.h"

#include "core/images/ImageRecipe.h"

#include <QCoreApplication>

#include <algorithm>

using namespace Qt::StringLiterals;

namespace paddock::images {

namespace {

QString translated(const char *text)
{
    return QCoreApplication::translate("ImageCatalog", text);
}

/// The name without tag and digest.
QString nameOf(const QString &reference)
{
    const QString name = reference.section(u'@', 0, 0);
    const qsizetype colon = name.lastIndexOf(u':');
    return colon > name.lastIndexOf(u'/') ? name.left(colon) : name;
}

QStringList adaptersOf(const docker::Labels &labels)
{
    QStringList all;
    for (const QString &name : labels.value(QString::fromUtf16(kLabelAdapters)).split(u','))
        if (!name.trimmed().isEmpty())
            all.append(name.trimmed());
    return all;
}

AvailableImage
imageOf(const ImageId &id, const QString &reference, const docker::Labels &labels, qint64 size)
{
    AvailableImage image;
    image.id = id;
    image.reference = reference;
    image.sizeBytes = size;
    image.recipe = labels.value(QString::fromUtf16(kLabelRecipe));
    image.recipeHash = labels.value(QString::fromUtf16(kLabelRecipeHash));
    image.adapters = adaptersOf(labels);
    return image;
}

} // namespace

QString normalisedReference(const QString &reference)
{
    const QString trimmed = reference.trimmed();
    const bool isId = trimmed.startsWith(u"sha256:");
    const bool hasTag = trimmed.lastIndexOf(u':') > trimmed.lastIndexOf(u'/');
    return trimmed.isEmpty() || isId || hasTag || trimmed.contains(u'@') ? trimmed
                                                                         : trimmed + u":latest"_s;
}

Error imageMissing(const QString &reference, const QString &detail)
{
    const QString name = nameOf(normalisedReference(reference));
    const bool isRecipe = builtInRecipeNames().contains(name);
    return Error(ErrorKind::ImageNotFound,
                 translated("The engine has no image \"%1\".").arg(reference.trimmed()))
        .withDetail(detail)
        .withRemedy(isRecipe ? translated("Build it:\npaddockctl image build %1").arg(name)
                             : translated("Get it, or choose another image:\ndocker pull %1")
                                   .arg(normalisedReference(reference)))
        .withOperation(u"image check"_s);
}

ImageCatalog::ImageCatalog(docker::ImagesApi &images, QObject *parent)
    : QObject(parent)
    , m_images(images)
{
}

Pending<QList<AvailableImage>> ImageCatalog::available()
{
    Promise<QList<AvailableImage>> promise;
    auto listing = m_images.list();
    promise.onCancel([listing]() mutable { listing.cancel(); });
    listing.then(this, [promise](const Result<QList<docker::ImageSummary>> &images) {
        if (!images)
            return promise.reject(images.error());
        QList<AvailableImage> all;
        for (const docker::ImageSummary &image : *images) {
            for (const QString &tag : image.tags) {
                if (tag.contains(u"<none>"))
                    continue;
                all.append(imageOf(image.id, tag, image.labels, image.sizeBytes));
                all.last().created = image.created;
            }
        }
        std::ranges::sort(all, [](const AvailableImage &a, const AvailableImage &b) {
            if (a.recipe.isEmpty() != b.recipe.isEmpty())
                return !a.recipe.isEmpty();
            return a.reference < b.reference;
        });
        promise.resolve(std::move(all));
    });
    return promise.pending();
}

Pending<AvailableImage> ImageCatalog::validate(const QString &reference)
{
    Promise<AvailableImage> promise;
    const QString full = normalisedReference(reference);
    auto inspecting = m_images.inspect(full);
    promise.onCancel([inspecting]() mutable { inspecting.cancel(); });
    inspecting.then(this, [promise, full](const Result<docker::ImageDetails> &details) {
        if (!details) {
            return promise.reject(details.error().kind == ErrorKind::ImageNotFound
                                      ? imageMissing(full, details.error().detail)
                                      : details.error());
        }
        AvailableImage image = imageOf(details->id, full, details->labels, details->sizeBytes);
        image.created = details->created;
        image.volumes = details->config.value(u"Volumes").toObject().keys();
        promise.resolve(std::move(image));
    });
    return promise.pending();
}

} // namespace paddock::images
