// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/docker/ExecApi.h"

#include "core/docker/Apis.h"
#include "core/docker/HijackedStream.h"
#include "core/docker/JsonHelpers.h"
#include "core/docker/Transport.h"

#include <QCoreApplication>
#include <QJsonDocument>

using namespace Qt::StringLiterals;

namespace paddock::docker {

namespace {

class ExecApiImpl final : public ExecApi
{
public:
    explicit ExecApiImpl(Transport &transport)
        : m_transport(transport)
    {
    }

    Pending<ExecId> create(const ContainerId &container, const ExecOptions &options) override
    {
        const auto name = checkedName(container.value, u"container"_s);
        if (!name)
            return Pending<ExecId>::ready(fail(name.error()));
        if (options.command.isEmpty() || options.command.first().isEmpty()) {
            return Pending<ExecId>::ready(
                fail(ErrorKind::InvalidArgument,
                     QCoreApplication::translate("Docker", "There is no command to run.")));
        }
        QJsonObject body{{u"AttachStdin"_s, options.input},
                         {u"AttachStdout"_s, true},
                         {u"AttachStderr"_s, true},
                         {u"Tty"_s, options.tty},
                         {u"Cmd"_s, QJsonArray::fromStringList(options.command)}};
        if (!options.environment.isEmpty())
            body.insert(u"Env"_s, QJsonArray::fromStringList(options.environment));
        if (!options.workingFolder.isEmpty())
            body.insert(u"WorkingDir"_s, options.workingFolder);
        if (!options.user.isEmpty())
            body.insert(u"User"_s, options.user);
        ApiCall call;
        call.action = Action::ExecCreate;
        call.method = "POST";
        call.path = "/containers/" + *name + "/exec";
        call.contentType = "application/json";
        call.body = QJsonDocument(body).toJson(QJsonDocument::Compact);
        call.pace = Pace::Work;
        return m_transport.send<ExecId>(call, [](const ApiResponse &response) -> Result<ExecId> {
            const auto object = parseJsonObject(response.body);
            if (!object)
                return fail(object.error());
            JsonReader reader(*object, u"exec"_s);
            const ExecId id{reader.text(u"Id")};
            if (const auto error = reader.error())
                return fail(*error);
            return id;
        });
    }

    std::unique_ptr<AttachStream> start(const ExecId &id, const ExecStartOptions &options) override
    {
        const auto name = checkedName(id.value, u"exec"_s);
        if (!name)
            return std::make_unique<HijackedStream>(name.error());
        ApiCall call;
        call.action = Action::ExecStart;
        call.method = "POST";
        call.path = "/exec/" + *name + "/start";
        call.contentType = "application/json";
        call.body = QJsonDocument(QJsonObject{{u"Detach"_s, false}, {u"Tty"_s, options.tty}})
                        .toJson(QJsonDocument::Compact);
        call.pace = Pace::WorkStream;
        call.isUpgrade = true;
        return std::make_unique<HijackedStream>(m_transport,
                                                std::move(call),
                                                options.tty ? StreamDemuxer::Mode::Raw
                                                            : StreamDemuxer::Mode::Framed);
    }

    Pending<ExecDetails> inspect(const ExecId &id) override
    {
        const auto name = checkedName(id.value, u"exec"_s);
        if (!name)
            return Pending<ExecDetails>::ready(fail(name.error()));
        ApiCall call;
        call.action = Action::ExecOther;
        call.path = "/exec/" + *name + "/json";
        return m_transport.send<ExecDetails>(
            call, [](const ApiResponse &response) -> Result<ExecDetails> {
                const auto object = parseJsonObject(response.body);
                if (!object)
                    return fail(object.error());
                JsonReader reader(*object, u"exec"_s);
                ExecDetails details;
                details.containerId = ContainerId{reader.optionalText(u"ContainerID")};
                details.running = reader.boolean(u"Running");
                details.pid = reader.optionalInteger(u"Pid");
                if (!details.running && reader.has(u"ExitCode"))
                    details.exitCode = static_cast<int>(reader.integer(u"ExitCode"));
                if (const auto error = reader.error())
                    return fail(*error);
                return details;
            });
    }

    Pending<Done> resize(const ExecId &id, TerminalSize size) override
    {
        const auto name = checkedName(id.value, u"exec"_s);
        if (!name)
            return Pending<Done>::ready(fail(name.error()));
        ApiCall call;
        call.action = Action::ExecOther;
        call.method = "POST";
        call.path = "/exec/" + *name + "/resize";
        call.query = {{"h", QString::number(size.rows)}, {"w", QString::number(size.columns)}};
        return m_transport.send<Done>(call, [](const ApiResponse &) { return Done{}; });
    }

private:
    Transport &m_transport;
};

} // namespace

std::unique_ptr<ExecApi> makeExecApi(Transport &transport)
{
    return std::make_unique<ExecApiImpl>(transport);
}

} // namespace paddock::docker
