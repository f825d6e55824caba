// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// What the engine says as JSON: lines of events, pulls and builds, and the documents of containers
// and images. No crash, no hang, whatever it says.

#include "core/base/JsonReader.h"
#include "core/docker/ContainerTypes.h"
#include "core/docker/EngineErrors.h"
#include "core/docker/EventStream.h"
#include "core/docker/ImageTypes.h"
#include "core/docker/JsonLines.h"
#include "core/docker/SystemTypes.h"

using namespace paddock;
using namespace paddock::docker;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size)
{
    if (size < 2)
        return 0;
    const QByteArray bytes(reinterpret_cast<const char *>(data + 1),
                           static_cast<qsizetype>(size - 1));
    JsonLines lines(65536);
    const qsizetype cut = data[0] % bytes.size();
    QList<QJsonObject> objects = lines.feed(QByteArrayView(bytes).first(cut));
    objects += lines.feed(QByteArrayView(bytes).sliced(cut));
    objects += lines.finish();
    for (const QJsonObject &object : objects) {
        (void)engineEventFromJson(object);
        (void)containerDetailsFromJson(object);
        (void)containerStatsFromJson(object);
        (void)imageDetailsFromJson(object);
        (void)engineInfoFromJson(object);
        (void)engineVersionFromJson(object);
    }
    if (const auto value = parseJson(bytes)) {
        (void)containerSummariesFromJson(*value);
        (void)imageSummariesFromJson(*value);
    }
    (void)engineMessageFromBody(bytes);
    return 0;
}
