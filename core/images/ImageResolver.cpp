// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/images/ImageResolver.h"

#include "core/images/ImageCatalog.h"

#include <algorithm>
#include <array>

using namespace Qt::StringLiterals;

namespace paddock::images {

namespace {

struct SourceName
{
    ImageSource source;
    const char16_t *name;
};

constexpr std::array kSources = {
    SourceName{ImageSource::Explicit, u"explicit"},
    SourceName{ImageSource::Agent, u"agent"},
    SourceName{ImageSource::Project, u"project"},
    SourceName{ImageSource::Environment, u"environment"},
    SourceName{ImageSource::BuiltIn, u"default"},
};

} // namespace

QString imageSourceName(ImageSource source)
{
    return QString::fromUtf16(std::ranges::find(kSources, source, &SourceName::source)->name);
}

std::optional<ImageSource> imageSourceFromName(QStringView name)
{
    for (const SourceName &row : kSources) {
        if (name == QStringView(row.name))
            return row.source;
    }
    return std::nullopt;
}

ResolvedImage resolveImage(const ImageWishes &wishes)
{
    const std::array candidates = {
        std::pair{wishes.explicitImage, ImageSource::Explicit},
        std::pair{wishes.agentImage, ImageSource::Agent},
        std::pair{wishes.projectImage, ImageSource::Project},
        std::pair{wishes.environmentDefault, ImageSource::Environment},
    };
    for (const auto &[reference, source] : candidates) {
        if (!reference.trimmed().isEmpty())
            return {normalisedReference(reference), source};
    }
    return {normalisedReference(QString::fromUtf16(kBaseImage)), ImageSource::BuiltIn};
}

} // namespace paddock::images
