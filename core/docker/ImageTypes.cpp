// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/docker/ImageTypes.h"

#include "core/docker/JsonHelpers.h"

#include <QCoreApplication>

using namespace Qt::StringLiterals;

namespace paddock::docker {

Result<QString> checkImageReference(const QString &reference)
{
    constexpr qsizetype kMaxLength = 512;
    const auto refuse = [&] {
        return fail(
            Error(ErrorKind::InvalidArgument,
                  QCoreApplication::translate("Docker", "\"%1\" is not the name of an image.")
                      .arg(reference.left(kMaxLength)))
                .withRemedy(QCoreApplication::translate(
                    "Docker",
                    "Write it like debian:bookworm-slim or registry.example/team/app:1.2.")));
    };
    if (reference.isEmpty() || reference.size() > kMaxLength || reference.contains(u".."_s) ||
        reference.contains(u"//"_s))
        return refuse();
    for (const QChar c : reference) {
        const bool letter =
            (c >= u'a' && c <= u'z') || (c >= u'A' && c <= u'Z') || (c >= u'0' && c <= u'9');
        if (!letter && !QStringView(u"._-/:@+").contains(c))
            return refuse();
    }
    const QChar first = reference.at(0);
    if (!first.isLetterOrNumber() || QStringView(u"/:@").contains(reference.back()))
        return refuse();
    return reference;
}

Result<QList<ImageSummary>> imageSummariesFromJson(const QJsonValue &value)
{
    if (!value.isArray()) {
        return fail(ErrorKind::ProtocolError,
                    QCoreApplication::translate("Docker", "The list of images is no list."));
    }
    QJsonObject wrapper;
    wrapper.insert(u"images"_s, value);
    JsonReader root(wrapper);
    QList<ImageSummary> images;
    for (JsonReader &reader : root.objects(u"images")) {
        ImageSummary image;
        image.id = detail::imageIdFromText(reader.text(u"Id"));
        for (const QString &tag : reader.optionalTexts(u"RepoTags")) {
            // The old way of the engine to say "none".
            if (tag != u"<none>:<none>")
                image.tags.append(tag);
        }
        image.digests = reader.optionalTexts(u"RepoDigests");
        if (const qint64 created = reader.optionalInteger(u"Created"); created > 0)
            image.created = QDateTime::fromSecsSinceEpoch(created, Qt::UTC);
        image.sizeBytes = reader.optionalInteger(u"Size");
        image.labels = detail::readLabels(reader, u"Labels");
        images.append(std::move(image));
        if (!reader.isOk())
            break;
    }
    if (const auto error = root.error())
        return fail(*error);
    return images;
}

Result<ImageDetails> imageDetailsFromJson(const QJsonObject &object)
{
    JsonReader reader(object, u"image"_s);
    ImageDetails image;
    image.id = detail::imageIdFromText(reader.text(u"Id"));
    image.tags = reader.optionalTexts(u"RepoTags");
    image.digests = reader.optionalTexts(u"RepoDigests");
    image.created = engineTimeFromText(reader.optionalText(u"Created"));
    image.os = reader.optionalText(u"Os");
    image.architecture = reader.optionalText(u"Architecture");
    image.sizeBytes = reader.optionalInteger(u"Size");
    if (auto config = reader.optionalObject(u"Config")) {
        image.user = config->optionalText(u"User");
        image.environment = config->optionalTexts(u"Env");
        // Both are null or a list; very old images have a single text.
        if (config->value(u"Entrypoint").isString())
            image.entrypoint = QStringList{config->text(u"Entrypoint")};
        else
            image.entrypoint = config->optionalTexts(u"Entrypoint");
        image.command = config->optionalTexts(u"Cmd");
        image.workingFolder = config->optionalText(u"WorkingDir");
        image.labels = detail::readLabels(*config, u"Labels");
        image.config = config->raw();
    }
    image.raw = object;
    if (const auto error = reader.error())
        return fail(*error);
    return image;
}

} // namespace paddock::docker
