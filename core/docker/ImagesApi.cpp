// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/docker/ImagesApi.h"

#include "core/docker/Apis.h"
#include "core/docker/FinishLater.h"
#include "core/docker/JsonHelpers.h"
#include "core/docker/JsonStream.h"
#include "core/docker/Transport.h"

#include <QCoreApplication>
#include <QJsonDocument>
#include <QPointer>

using namespace Qt::StringLiterals;

namespace paddock::docker {

namespace {

constexpr qsizetype kMaxTail = 4096; // of build output, for the detail of a failure

QString flag(bool value)
{
    return value ? u"1"_s : u"0"_s;
}

/// The engine pulls every tag of a repository when none is given.
QString withTag(const QString &reference)
{
    const qsizetype slash = reference.lastIndexOf(u'/');
    const bool named = reference.contains(u'@') || reference.indexOf(u':', slash + 1) >= 0;
    return named ? reference : reference + u":latest"_s;
}

QString errorWordsOf(const QJsonObject &object)
{
    const QString words = object.value(u"errorDetail"_s).toObject().value(u"message"_s).toString();
    return words.isEmpty() ? object.value(u"error"_s).toString() : words;
}

ImageProgress progressOf(const QJsonObject &object)
{
    ImageProgress progress;
    if (object.contains(u"stream"_s)) {
        progress.status = object.value(u"stream"_s).toString();
        progress.isOutput = true;
        return progress;
    }
    progress.id = object.value(u"id"_s).toString();
    progress.status = object.value(u"status"_s).toString();
    const QJsonObject detail = object.value(u"progressDetail"_s).toObject();
    progress.current = std::max<qint64>(0, detail.value(u"current"_s).toInteger());
    progress.total = std::max<qint64>(0, detail.value(u"total"_s).toInteger());
    return progress;
}

/// What pull and build share: a stream of progress, ended early by an error entry or a cancel.
class ImageTaskBase : public ImageTask
{
public:
    void cancel() override
    {
        m_lookUp.cancel();
        if (m_stream)
            m_stream->end(
                fail(Error(ErrorKind::Cancelled,
                           QCoreApplication::translate("Docker", "The operation was cancelled."))));
        if (!m_stream || m_streamEnded)
            finish(
                fail(Error(ErrorKind::Cancelled,
                           QCoreApplication::translate("Docker", "The operation was cancelled."))));
    }

protected:
    void run(Transport &transport, ApiCall call)
    {
        m_action = call.action;
        m_stream = std::make_unique<JsonStream>(transport, std::move(call));
        connect(m_stream.get(), &JsonStream::object, this, [this](const QJsonObject &object) {
            onObject(object);
        });
        connect(m_stream.get(), &JsonStream::finished, this, [this](const Result<Done> &result) {
            m_streamEnded = true;
            if (m_error)
                finish(fail(*m_error));
            else if (!result)
                finish(fail(result.error()));
            else
                onStreamEnd();
        });
    }

    virtual void onAux(const QJsonObject &) {}
    virtual void onOutput(const QString &) {}
    virtual void onStreamEnd() = 0;
    [[nodiscard]] virtual Error errorFor(const QString &words) const = 0;

    void finish(const Result<ImageId> &result)
    {
        if (m_finished)
            return;
        m_finished = true;
        finishLater(static_cast<ImageTask *>(this), result);
    }

    Pending<ImageDetails> m_lookUp;

private:
    void onObject(const QJsonObject &object)
    {
        if (m_error)
            return;
        if (object.contains(u"error"_s) || object.contains(u"errorDetail"_s)) {
            m_error = errorFor(errorWordsOf(object)).withOperation(actionName(m_action));
            return; // the engine ends the stream by itself; the rest of it is of no use
        }
        if (object.contains(u"aux"_s)) {
            onAux(object.value(u"aux"_s).toObject());
            return;
        }
        const ImageProgress progressed = progressOf(object);
        if (progressed.isOutput)
            onOutput(progressed.status);
        if (!progressed.status.isEmpty())
            Q_EMIT progress(progressed);
    }

    Action m_action = Action::ImagePull;
    std::unique_ptr<JsonStream> m_stream;
    std::optional<Error> m_error;
    bool m_streamEnded = false;
    bool m_finished = false;
};

class FailedTask final : public ImageTask
{
public:
    explicit FailedTask(const Error &error)
    {
        finishLater(static_cast<ImageTask *>(this), Result<ImageId>(fail(error)));
    }
    void cancel() override {}
};

class PullTask final : public ImageTaskBase
{
public:
    PullTask(Transport &transport, ImagesApi &images, QString reference, ApiCall call)
        : m_images(images)
        , m_reference(std::move(reference))
    {
        run(transport, std::move(call));
    }

private:
    void onStreamEnd() override
    {
        m_lookUp = m_images.inspect(m_reference);
        m_lookUp.then(this, [this](const Result<ImageDetails> &details) {
            if (details)
                finish(details->id);
            else
                finish(fail(details.error()));
        });
    }
    [[nodiscard]] Error errorFor(const QString &words) const override
    {
        // An image that the registry does not have is the engine's "not found" in words only.
        const QString lower = words.toLower();
        const bool unknown = lower.contains(u"manifest unknown"_s) ||
                             lower.contains(u"repository does not exist"_s) ||
                             (lower.contains(u"manifest for"_s) && lower.contains(u"not found"_s));
        return engineError(Action::ImagePull, unknown ? 404 : 500, words);
    }

    ImagesApi &m_images;
    QString m_reference;
};

class BuildTask final : public ImageTaskBase
{
public:
    BuildTask(Transport &transport, ApiCall call) { run(transport, std::move(call)); }

private:
    void onAux(const QJsonObject &aux) override
    {
        const QString id = aux.value(u"ID"_s).toString();
        if (!id.isEmpty())
            m_image = detail::imageIdFromText(id);
    }
    void onOutput(const QString &output) override { m_tail = (m_tail + output).right(kMaxTail); }
    void onStreamEnd() override
    {
        if (!m_image.isEmpty()) {
            finish(m_image);
            return;
        }
        finish(fail(
            errorFor(QCoreApplication::translate("Docker", "The build ended without an image."))));
    }
    [[nodiscard]] Error errorFor(const QString &words) const override
    {
        Error error = engineError(Action::ImageBuild, 500, words);
        if (!m_tail.isEmpty())
            error.detail += u"\n\n"_s + m_tail.trimmed();
        return error;
    }

    ImageId m_image;
    QString m_tail;
};

class ImagesApiImpl final : public ImagesApi
{
public:
    explicit ImagesApiImpl(Transport &transport)
        : m_transport(transport)
    {
    }

    Pending<QList<ImageSummary>> list(const ListImagesOptions &options) override
    {
        ApiCall call;
        call.action = Action::ImageOther;
        call.path = "/images/json";
        call.query = {{"all", flag(options.all)}};
        QStringList references;
        if (!options.reference.isEmpty())
            references.append(options.reference);
        const QByteArray filters =
            detail::filtersJson({{u"label"_s, options.labels}, {u"reference"_s, references}});
        if (!filters.isEmpty())
            call.query.append({"filters", QString::fromUtf8(filters)});
        const JsonLimits limit{.maxBytes = m_transport.options().maxJsonBytes};
        return m_transport.send<QList<ImageSummary>>(
            call, [limit](const ApiResponse &response) -> Result<QList<ImageSummary>> {
                const auto value = parseJson(response.body, limit);
                if (!value)
                    return fail(value.error());
                return imageSummariesFromJson(*value);
            });
    }

    Pending<ImageDetails> inspect(const QString &reference) override
    {
        return look<ImageDetails>(
            reference, "/json", [](const QByteArray &body) -> Result<ImageDetails> {
                const auto object = parseJsonObject(body);
                if (!object)
                    return fail(object.error());
                return imageDetailsFromJson(*object);
            });
    }

    Pending<QList<ImageHistoryEntry>> history(const QString &reference) override
    {
        return look<QList<ImageHistoryEntry>>(
            reference, "/history", [](const QByteArray &body) -> Result<QList<ImageHistoryEntry>> {
                const auto value = parseJson(body);
                if (!value)
                    return fail(value.error());
                QJsonObject wrapper;
                wrapper.insert(u"history"_s, *value);
                JsonReader root(wrapper);
                QList<ImageHistoryEntry> entries;
                for (JsonReader &reader : root.objects(u"history")) {
                    ImageHistoryEntry entry;
                    entry.id = reader.optionalText(u"Id");
                    if (const qint64 created = reader.optionalInteger(u"Created"); created > 0)
                        entry.created = QDateTime::fromSecsSinceEpoch(created, Qt::UTC);
                    entry.createdBy = reader.optionalText(u"CreatedBy");
                    entry.sizeBytes = reader.optionalInteger(u"Size");
                    entry.tags = reader.optionalTexts(u"Tags");
                    entry.comment = reader.optionalText(u"Comment");
                    entries.append(entry);
                }
                if (const auto error = root.error())
                    return fail(*error);
                return entries;
            });
    }

    Pending<Done> tag(const QString &reference, const QString &newTag) override
    {
        const auto path = pathOf(reference, "/tag");
        const auto target = checkImageReference(newTag);
        if (!path || !target)
            return Pending<Done>::ready(fail(path ? target.error() : path.error()));
        const QString full = withTag(*target);
        const qsizetype colon = full.lastIndexOf(u':');
        ApiCall call;
        call.action = Action::ImageOther;
        call.method = "POST";
        call.path = *path;
        call.query = {{"repo", full.left(colon)}, {"tag", full.mid(colon + 1)}};
        return m_transport.send<Done>(call, [](const ApiResponse &) { return Done{}; });
    }

    Pending<Done> remove(const QString &reference, const RemoveImageOptions &options) override
    {
        const auto path = pathOf(reference, {});
        if (!path)
            return Pending<Done>::ready(fail(path.error()));
        ApiCall call;
        call.action = Action::ImageOther;
        call.method = "DELETE";
        call.path = *path;
        call.query = {{"force", flag(options.force)}, {"noprune", flag(options.noPrune)}};
        call.pace = Pace::Work;
        return chain<Done>(m_transport.send(call),
                           [](const Result<ApiResponse> &response) -> Result<Done> {
                               if (response || response.error().kind == ErrorKind::ImageNotFound)
                                   return Done{};
                               return fail(response.error());
                           });
    }

    std::unique_ptr<ImageTask> pull(const QString &reference, const PullOptions &options) override
    {
        const auto checked = checkImageReference(reference);
        if (!checked)
            return std::make_unique<FailedTask>(checked.error());
        // It becomes a header: a line end in it would become another one.
        for (const char c : options.registryAuth) {
            if (c <= ' ' || c > '~') {
                return std::make_unique<FailedTask>(
                    Error(ErrorKind::InvalidArgument,
                          QCoreApplication::translate("Docker",
                                                      "The login for the registry is not valid.")));
            }
        }
        const QString full = withTag(*checked);
        ApiCall call;
        call.action = Action::ImagePull;
        call.method = "POST";
        call.path = "/images/create";
        call.query = {{"fromImage", full}};
        if (!options.platform.isEmpty())
            call.query.append({"platform", options.platform});
        if (!options.registryAuth.isEmpty())
            call.headers.append({"X-Registry-Auth", options.registryAuth});
        call.pace = Pace::WorkStream;
        return std::make_unique<PullTask>(m_transport, *this, full, std::move(call));
    }

    std::unique_ptr<ImageTask> build(const BuildContext &context,
                                     const BuildOptions &options) override
    {
        ApiCall call;
        call.action = Action::ImageBuild;
        call.method = "POST";
        call.path = "/build";
        // Version 1 is the classic builder; intermediate containers go also after a failure.
        call.query = {{"version", u"1"_s}, {"rm", u"1"_s}, {"forcerm", u"1"_s}};
        for (const QString &tag : options.tags) {
            const auto checked = checkImageReference(tag);
            if (!checked)
                return std::make_unique<FailedTask>(checked.error());
            call.query.append({"t", *checked});
        }
        const auto addIf = [&call](const char *name, const QString &value) {
            if (!value.isEmpty())
                call.query.append({name, value});
        };
        addIf("dockerfile", options.dockerfile);
        addIf("networkmode", options.networkMode);
        addIf("target", options.target);
        addIf("nocache", options.noCache ? u"1"_s : QString());
        addIf("pull", options.pullBase ? u"1"_s : QString());
        const auto addMap = [&addIf](const char *name, const QHash<QString, QString> &map) {
            if (map.isEmpty())
                return;
            const QJsonDocument document(detail::labelsToJson(map));
            addIf(name, QString::fromUtf8(document.toJson(QJsonDocument::Compact)));
        };
        addMap("buildargs", options.buildArguments);
        addMap("labels", options.labels);
        call.contentType = "application/x-tar";
        call.body = context.tar;
        if (context.tar.isEmpty())
            call.bodyFile = context.tarFile;
        call.pace = Pace::WorkStream;
        return std::make_unique<BuildTask>(m_transport, std::move(call));
    }

private:
    static Result<QByteArray> pathOf(const QString &reference, const QByteArray &below)
    {
        const auto checked = checkImageReference(reference);
        if (!checked)
            return fail(checked.error());
        return QByteArray("/images/" + pathPart(*checked) + below);
    }

    template <typename T>
    Pending<T> look(const QString &reference,
                    const QByteArray &below,
                    std::function<Result<T>(const QByteArray &)> read)
    {
        const auto path = pathOf(reference, below);
        if (!path)
            return Pending<T>::ready(fail(path.error()));
        ApiCall call;
        call.action = Action::ImageOther;
        call.path = *path;
        return m_transport.send<T>(call, [read = std::move(read)](const ApiResponse &response) {
            return read(response.body);
        });
    }

    Transport &m_transport;
};

} // namespace

std::unique_ptr<ImagesApi> makeImagesApi(Transport &transport)
{
    return std::make_unique<ImagesApiImpl>(transport);
}

} // namespace paddock::docker
