// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/images/ImageBuilder.h"

#include "core/images/ImageCatalog.h"

#include <archive.h>
#include <archive_entry.h>

#include <QCoreApplication>
#include <QRegularExpression>
#include <QTimer>

#include <algorithm>
#include <sys/stat.h>
#include <utility>

using namespace Qt::StringLiterals;

namespace paddock::images {

namespace {

constexpr int kKeptLines = 20;
constexpr qsizetype kLongestLine = 4096;

QString translated(const char *text)
{
    return QCoreApplication::translate("ImageBuild", text);
}

struct WriteDeleter
{
    void operator()(archive *a) const { archive_write_free(a); }
};
struct EntryDeleter
{
    void operator()(archive_entry *e) const { archive_entry_free(e); }
};

bool addFile(archive *tar, const RecipeFile &file)
{
    const std::unique_ptr<archive_entry, EntryDeleter> entry(archive_entry_new());
    archive_entry_set_pathname(entry.get(), file.path.toUtf8().constData());
    archive_entry_set_mode(entry.get(), S_IFREG | (file.executable ? 0755 : 0644));
    archive_entry_set_size(entry.get(), file.content.size());
    // A fixed time: the builder's cache looks at it, and the same recipe is the same tar.
    archive_entry_set_mtime(entry.get(), 0, 0);
    return archive_write_header(tar, entry.get()) == ARCHIVE_OK &&
           archive_write_data(tar,
                              file.content.constData(),
                              static_cast<std::size_t>(file.content.size())) == file.content.size();
}

} // namespace

Result<QByteArray> contextTar(const ImageRecipe &recipe, const QList<RecipeFile> &certificates)
{
    QList<RecipeFile> files = recipe.files;
    if (!recipe.caFolder.isEmpty()) {
        for (const RecipeFile &certificate : certificates) {
            files.append({.path = recipe.caFolder + u'/' + certificate.path,
                          .content = certificate.content});
        }
    }
    std::ranges::sort(files, {}, &RecipeFile::path);

    QByteArray bytes;
    const std::unique_ptr<archive, WriteDeleter> tar(archive_write_new());
    archive_write_set_format_pax_restricted(tar.get());
    archive_write_set_bytes_per_block(tar.get(), 0);
    archive_write_open(
        tar.get(),
        &bytes,
        nullptr,
        [](archive *, void *out, const void *data, std::size_t size) -> la_ssize_t {
            static_cast<QByteArray *>(out)->append(static_cast<const char *>(data),
                                                   static_cast<qsizetype>(size));
            return static_cast<la_ssize_t>(size);
        },
        nullptr);
    const bool all = std::ranges::all_of(
        files, [&tar](const RecipeFile &file) { return addFile(tar.get(), file); });
    if (!all || archive_write_close(tar.get()) != ARCHIVE_OK) {
        return fail(Error(ErrorKind::Internal, translated("The build context cannot be packed."))
                        .withDetail(QString::fromLocal8Bit(archive_error_string(tar.get()))));
    }
    return bytes;
}

ImageBuild::ImageBuild(docker::ImagesApi &images,
                       ImageRecipe recipe,
                       BuildImageOptions options,
                       QObject *parent)
    : QObject(parent)
    , m_images(images)
    , m_recipe(std::move(recipe))
    , m_options(std::move(options))
    , m_tag(normalisedReference(m_options.tag.trimmed().isEmpty() ? m_recipe.tag : m_options.tag))
    , m_hash(m_recipe.hash())
{
}

ImageBuild::~ImageBuild() = default;

void ImageBuild::start()
{
    if (std::exchange(m_started, true))
        return;
    Q_EMIT phaseChanged(Phase::Checking);
    if (m_options.ifPresent == BuildIfPresent::Skip)
        checkPresent();
    else
        checkBase();
}

void ImageBuild::cancel()
{
    if (m_ended)
        return;
    if (m_task)
        m_task->cancel();
    end(fail(ErrorKind::Cancelled, translated("The build was cancelled.")));
}

void ImageBuild::checkPresent()
{
    m_images.inspect(m_tag).then(this, [this](const Result<docker::ImageDetails> &there) {
        if (m_ended)
            return;
        if (!there && there.error().kind != ErrorKind::ImageNotFound)
            return end(fail(there.error()));
        if (there && there->labels.value(QString::fromUtf16(kLabelRecipeHash)) == m_hash)
            return end(BuiltImage{.id = there->id, .tag = m_tag, .built = false});
        checkBase();
    });
}

void ImageBuild::checkBase()
{
    m_images.inspect(m_recipe.base).then(this, [this](const Result<docker::ImageDetails> &there) {
        if (m_ended)
            return;
        if (there)
            return build();
        if (there.error().kind != ErrorKind::ImageNotFound)
            return end(fail(there.error()));
        pullBase();
    });
}

void ImageBuild::pullBase()
{
    Q_EMIT phaseChanged(Phase::PullingBase);
    Q_EMIT line(translated("Getting the base image %1.").arg(m_recipe.base));
    m_task = m_images.pull(m_recipe.base);
    connect(m_task.get(),
            &docker::ImageTask::progress,
            this,
            [this](const docker::ImageProgress &progress) {
                Q_EMIT line(progress.id.isEmpty() ? progress.status
                                                  : progress.id + u": "_s + progress.status);
            });
    connect(
        m_task.get(), &docker::ImageTask::finished, this, [this](const Result<ImageId> &pulled) {
            if (m_ended)
                return;
            if (pulled)
                return build();
            end(fail(pulled.error().withRemedy(
                translated("The base image %1 is neither on this engine nor could it be fetched. "
                           "Connect to the network, or make it from Debian's packages:\n"
                           "packaging/run --no-start")
                    .arg(m_recipe.base))));
        });
}

void ImageBuild::build()
{
    const auto tar = contextTar(m_recipe, m_options.certificates);
    if (!tar)
        return end(fail(tar.error()));
    Q_EMIT phaseChanged(Phase::Building);
    docker::BuildOptions options;
    options.tags = {m_tag};
    options.dockerfile = m_recipe.dockerfile;
    options.buildArguments = m_options.buildArguments;
    options.labels = {{QString::fromUtf16(kLabelRecipe), m_recipe.name},
                      {QString::fromUtf16(kLabelRecipeHash), m_hash}};
    m_task = m_images.build({.tar = *tar, .tarFile = {}}, options);
    connect(m_task.get(),
            &docker::ImageTask::progress,
            this,
            [this](const docker::ImageProgress &progress) {
                if (progress.isOutput)
                    onOutput(progress.status);
            });
    connect(m_task.get(), &docker::ImageTask::finished, this, [this](const Result<ImageId> &built) {
        if (m_ended)
            return;
        onOutput(u"\n"_s);
        if (!built) {
            QString detail = m_lastLines.join(u'\n');
            if (!built.error().detail.isEmpty())
                detail = built.error().detail + u'\n' + detail;
            return end(fail(built.error().withDetail(detail.trimmed())));
        }
        end(BuiltImage{.id = *built, .tag = m_tag, .built = true});
    });
}

void ImageBuild::onOutput(const QString &text)
{
    static const QRegularExpression stepForm(uR"(\AStep (\d+)/(\d+) )"_s);
    m_partialLine += text;
    const QStringList lines = m_partialLine.split(u'\n');
    m_partialLine = lines.last().left(kLongestLine);
    for (const QString &whole : lines.mid(0, lines.size() - 1)) {
        // What a carriage return would have overwritten is not worth keeping.
        const QString shown =
            whole.section(u'\r', -1, -1, QString::SectionSkipEmpty).left(kLongestLine);
        if (shown.trimmed().isEmpty())
            continue;
        m_lastLines.append(shown);
        if (m_lastLines.size() > kKeptLines)
            m_lastLines.removeFirst();
        if (const auto step = stepForm.match(shown); step.hasMatch())
            Q_EMIT progress(step.captured(1).toInt(), step.captured(2).toInt());
        Q_EMIT line(shown);
    }
}

void ImageBuild::end(Result<BuiltImage> result)
{
    if (std::exchange(m_ended, true))
        return;
    QMetaObject::invokeMethod(
        this,
        [this, result = std::move(result)] {
            Q_EMIT phaseChanged(Phase::Done);
            Q_EMIT finished(result);
        },
        Qt::QueuedConnection);
}

} // namespace paddock::images
