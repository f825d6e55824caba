// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>

#include <optional>

namespace paddock::images {

inline constexpr char16_t kBaseImage[] = u"claude-agent-base";

enum class ImageSource { Explicit, Agent, Project, Environment, BuiltIn };

/// "explicit", "agent", "project", "environment", "default": the words of the JSON contract.
[[nodiscard]] QString imageSourceName(ImageSource source);
[[nodiscard]] std::optional<ImageSource> imageSourceFromName(QStringView name);

/// What may name an image, strongest first. Empty or blank text is "not set".
struct ImageWishes
{
    QString explicitImage;
    QString agentImage;
    QString projectImage;
    QString environmentDefault; ///< AGENT_DEFAULT_IMAGE, only when it was set
};

struct ResolvedImage
{
    QString reference; ///< with a tag or digest: "claude-agent-base:latest"
    ImageSource source = ImageSource::BuiltIn;

    bool operator==(const ResolvedImage &) const = default;
};

/// Explicit > agent > project > environment default > claude-agent-base. Pure.
[[nodiscard]] ResolvedImage resolveImage(const ImageWishes &wishes);

} // namespace paddock::images
