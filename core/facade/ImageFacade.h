// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/docker/Engine.h"
#include "core/facade/Services.h"
#include "core/images/HostCertificates.h"
#include "core/images/ImageCatalog.h"

namespace paddock::facade {

/// Images of the engine and builds of the recipes that come with the program.
class ImageFacade final : public ImageService
{
    Q_OBJECT

public:
    /// \a engine is borrowed. \a certificates: the host's own authorities, for builds.
    ImageFacade(docker::Engine &engine, QList<images::RecipeFile> certificates);

    [[nodiscard]] Pending<QList<ImageInfo>> list() override;
    [[nodiscard]] QStringList recipes() const override;
    [[nodiscard]] std::unique_ptr<ImageBuild>
    build(const Actor &actor, const QString &recipe, Rebuild rebuild) override;

Q_SIGNALS:
    /// A build ended well: an image may be available now.
    void built();

private:
    docker::Engine &m_engine;
    QList<images::RecipeFile> m_certificates;
};

} // namespace paddock::facade
