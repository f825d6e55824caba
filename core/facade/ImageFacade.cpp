// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/facade/ImageFacade.h"

#include "core/base/Chain.h"
#include "core/images/ImageBuilder.h"

using namespace Qt::StringLiterals;

namespace paddock::facade {

namespace {

class RecipeBuild final : public ImageBuild
{
public:
    RecipeBuild(ImageFacade &facade,
                docker::ImagesApi &api,
                const QString &name,
                const images::BuildImageOptions &options)
    {
        auto recipe = images::builtInRecipe(name);
        if (!recipe) {
            QMetaObject::invokeMethod(
                this,
                [this, error = recipe.error()] { Q_EMIT finished(fail(error)); },
                Qt::QueuedConnection);
            return;
        }
        m_build = std::make_unique<images::ImageBuild>(api, *recipe, options);
        connect(m_build.get(), &images::ImageBuild::line, this, &ImageBuild::log);
        connect(m_build.get(), &images::ImageBuild::progress, this, &ImageBuild::progress);
        connect(m_build.get(),
                &images::ImageBuild::finished,
                this,
                [this, &facade](const Result<images::BuiltImage> &result) {
                    if (!result) {
                        Q_EMIT finished(fail(result.error()));
                        return;
                    }
                    Q_EMIT facade.built();
                    Q_EMIT finished(result->id.value);
                });
        m_build->start();
    }

    void cancel() override
    {
        if (m_build)
            m_build->cancel();
    }

private:
    std::unique_ptr<images::ImageBuild> m_build;
};

} // namespace

ImageFacade::ImageFacade(docker::Engine &engine, QList<images::RecipeFile> certificates)
    : m_engine(engine)
    , m_certificates(std::move(certificates))
{
}

Pending<QList<ImageInfo>> ImageFacade::list()
{
    return mapped<QList<ImageInfo>>(
        this, m_engine.images().list(), [](const QList<docker::ImageSummary> &images) {
            QList<ImageInfo> list;
            for (const docker::ImageSummary &image : images) {
                list.append({.id = image.id.value,
                             .tags = image.tags,
                             .bytes = image.sizeBytes,
                             .createdAt = image.created,
                             .isAgentImage =
                                 image.labels.contains(QString::fromUtf16(images::kLabelRecipe))});
            }
            return Result<QList<ImageInfo>>(list);
        });
}

QStringList ImageFacade::recipes() const
{
    return images::builtInRecipeNames();
}

std::unique_ptr<ImageBuild>
ImageFacade::build(const Actor &, const QString &recipe, Rebuild rebuild)
{
    images::BuildImageOptions options;
    options.ifPresent =
        rebuild == Rebuild::Always ? images::BuildIfPresent::Rebuild : images::BuildIfPresent::Skip;
    options.certificates = m_certificates;
    return std::make_unique<RecipeBuild>(*this, m_engine.images(), recipe, options);
}

} // namespace paddock::facade
