// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/control/ProjectJson.h"

#include "core/control/JsonParts.h"

using namespace Qt::StringLiterals;

namespace paddock::control {

using namespace json;

QJsonObject toJson(const facade::IgnoredFile &file)
{
    QJsonObject json{{u"kind"_s, file.isFolder ? u"folder"_s : u"file"_s},
                     {u"bytes"_s, file.bytes},
                     {u"files"_s, file.files},
                     {u"tooLarge"_s, file.isTooLarge},
                     {u"looksSecret"_s, file.looksSecret}};
    insertBytes(json, u"path"_s, file.path);
    return json;
}

Result<facade::IgnoredFile> ignoredFileFromJson(const QJsonValue &json)
{
    JsonReader reader(json, u"file"_s);
    facade::IgnoredFile file;
    file.path = readBytes(reader, u"path"_s);
    file.isFolder = reader.text(u"kind") == u"folder";
    file.bytes = reader.integer(u"bytes");
    file.files = static_cast<int>(reader.integer(u"files"));
    file.isTooLarge = reader.boolean(u"tooLarge");
    // Nobody is to take a secret for none because a field is missing.
    file.looksSecret = reader.boolean(u"looksSecret");
    return ended(reader, std::move(file));
}

QJsonObject toJson(const facade::PatternPreview &preview)
{
    return {{u"shownFiles"_s, preview.shownFiles},
            {u"shownBytes"_s, preview.shownBytes},
            {u"hiddenFiles"_s, preview.hiddenFiles},
            {u"hiddenBytes"_s, preview.hiddenBytes},
            {u"hidden"_s, pathArray(preview.hidden)},
            {u"canExplore"_s, preview.canExplore}};
}

Result<facade::PatternPreview> patternPreviewFromJson(const QJsonValue &json)
{
    JsonReader reader(json, u"preview"_s);
    facade::PatternPreview preview;
    preview.shownFiles = reader.integer(u"shownFiles");
    preview.shownBytes = reader.integer(u"shownBytes");
    preview.hiddenFiles = reader.integer(u"hiddenFiles");
    preview.hiddenBytes = reader.integer(u"hiddenBytes");
    preview.hidden = readOptionalPaths(reader, u"hidden");
    preview.canExplore = reader.optionalBoolean(u"canExplore", true);
    return ended(reader, std::move(preview));
}

} // namespace paddock::control
