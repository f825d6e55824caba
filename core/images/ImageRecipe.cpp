// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/images/ImageRecipe.h"

#include "core/base/JsonReader.h"

#include <QCoreApplication>
#include <QCryptographicHash>
#include <QDir>
#include <QDirIterator>
#include <QFile>
#include <QFileInfo>

#include <algorithm>

using namespace Qt::StringLiterals;

// Resources of a static library are only linked in when somebody asks for them; the macro cannot be
// used inside a namespace.
static void initialiseResources()
{
    Q_INIT_RESOURCE(paddock_images);
}

namespace paddock::images {

namespace {

constexpr qint64 kMaxRecipeBytes = 16 * 1024 * 1024;
constexpr char16_t kRecipesFolder[] = u":/paddock/images";

QString translated(const char *text)
{
    return QCoreApplication::translate("ImageRecipe", text);
}

Error wrong(const QString &folder, const QString &why)
{
    return Error(ErrorKind::InvalidConfig,
                 translated("The image recipe in %1 is not valid.").arg(folder))
        .withDetail(why)
        .withRemedy(translated("Correct the recipe."));
}

/// A script is told by its first line: resources of the program know no execute permission, and the
/// hash has to be the same for both.
bool isScript(const QByteArray &content)
{
    return content.startsWith("#!");
}

bool isBelow(const QString &path, const QString &folder)
{
    return !folder.isEmpty() && path.startsWith(folder + u'/');
}

} // namespace

Result<ImageRecipe> ImageRecipe::fromFolder(const QString &folder)
{
    ImageRecipe recipe;
    qint64 total = 0;
    QDirIterator each(
        folder, QDir::Files | QDir::Hidden | QDir::NoSymLinks, QDirIterator::Subdirectories);
    while (each.hasNext()) {
        const QString path = each.next();
        QFile file(path);
        if (!file.open(QIODevice::ReadOnly))
            return fail(wrong(folder, path + u": "_s + file.errorString()));
        total += file.size();
        if (total > kMaxRecipeBytes)
            return fail(wrong(folder, translated("It is larger than 16 MiB.")));
        const QByteArray content = file.readAll();
        recipe.files.append({.path = path.mid(folder.size() + 1),
                             .content = content,
                             .executable = isScript(content)});
    }
    std::ranges::sort(recipe.files, {}, &RecipeFile::path);

    const auto find = [&recipe](const QString &path) {
        return std::ranges::find(recipe.files, path, &RecipeFile::path);
    };
    const auto description = find(u"recipe.json"_s);
    if (description == recipe.files.end())
        return fail(wrong(folder, translated("There is no recipe.json.")));
    const auto object = parseJsonObject(description->content);
    if (!object)
        return fail(wrong(folder, object.error().toString()));
    JsonReader reader(*object, u"recipe.json"_s);
    recipe.name = reader.text(u"name");
    recipe.tag = reader.text(u"tag");
    recipe.title = reader.optionalText(u"title", recipe.name);
    recipe.description = reader.optionalText(u"description");
    recipe.base = reader.text(u"base");
    recipe.dockerfile = reader.optionalText(u"dockerfile", u"Dockerfile"_s);
    recipe.caFolder = reader.optionalText(u"caFolder");
    recipe.adapters = reader.optionalTexts(u"adapters");
    if (auto error = reader.error())
        return fail(wrong(folder, error->toString()));
    if (find(recipe.dockerfile) == recipe.files.end())
        return fail(wrong(folder, translated("There is no %1.").arg(recipe.dockerfile)));
    return recipe;
}

QString ImageRecipe::hash() const
{
    // What "sha256sum" prints about the files, hashed again: packaging/run computes the same with
    // the shell's own tools, so that an image built by either is taken by both.
    QCryptographicHash hash(QCryptographicHash::Sha256);
    for (const RecipeFile &file : files) {
        if (isBelow(file.path, caFolder))
            continue;
        hash.addData(QCryptographicHash::hash(file.content, QCryptographicHash::Sha256).toHex());
        hash.addData("  ./");
        hash.addData(file.path.toUtf8());
        hash.addData("\n");
    }
    return QString::fromLatin1(hash.result().toHex());
}

QStringList builtInRecipeNames()
{
    initialiseResources();
    return QDir(QString::fromUtf16(kRecipesFolder))
        .entryList(QDir::Dirs | QDir::NoDotAndDotDot, QDir::Name);
}

Result<ImageRecipe> builtInRecipe(const QString &name)
{
    const QStringList names = builtInRecipeNames();
    if (!names.contains(name)) {
        return fail(Error(ErrorKind::NotFound,
                          translated("There is no image recipe named \"%1\".").arg(name))
                        .withRemedy(translated("Use one of: %1.").arg(names.join(u", "_s))));
    }
    return ImageRecipe::fromFolder(QString::fromUtf16(kRecipesFolder) + u'/' + name);
}

} // namespace paddock::images
