// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/RealEngine.h"

#include "core/base/Ids.h"
#include "tests/support/Await.h"

#include <QJsonArray>
#include <QJsonObject>

using namespace Qt::StringLiterals;

namespace paddock::test {

namespace {

std::unique_ptr<docker::DockerClient> clientOfThisMachine()
{
    const auto endpoint = docker::discoverEndpoint(docker::EndpointEnvironment::fromProcess());
    if (!endpoint)
        qFatal("No engine for the engine tests: %s", qPrintable(endpoint.error().toString()));
    return std::make_unique<docker::DockerClient>(*endpoint);
}

} // namespace

RealEngine::RealEngine()
    : m_client(clientOfThisMachine())
    , m_tag(u"pdk-docker-"_s + randomShortId())
{
}

RealEngine::RealEngine(const QString &socketPath)
    : m_client(std::make_unique<docker::DockerClient>(
          docker::Endpoint{socketPath, docker::EndpointOrigin::Setting, socketPath}))
    , m_tag(u"pdk-docker-"_s + randomShortId())
{
}

RealEngine::~RealEngine()
{
    const auto left = await(m_client->containers().list({.labels = {label()}}));
    if (!left)
        return;
    for (const docker::ContainerSummary &container : *left)
        (void)await(m_client->containers().remove(container.id, {.force = true, .volumes = true}));
}

QString RealEngine::uniqueName()
{
    return m_tag + u'-' + QString::number(++m_count);
}

QString RealEngine::label() const
{
    return u"dev.paddock.test="_s + m_tag;
}

QJsonObject RealEngine::body(const QStringList &command) const
{
    return QJsonObject{
        {u"Image"_s, kTestImage},
        {u"Entrypoint"_s, QJsonArray::fromStringList(command)},
        {u"Cmd"_s, QJsonArray()},
        {u"User"_s, u"1000:1000"_s},
        {u"Labels"_s, QJsonObject{{u"dev.paddock.test"_s, m_tag}}},
        {u"HostConfig"_s,
         QJsonObject{{u"NetworkMode"_s, u"none"_s}, {u"CapDrop"_s, QJsonArray{u"ALL"_s}}}},
    };
}

Result<ContainerId> RealEngine::created(const QJsonObject &request)
{
    const auto made = await(m_client->containers().create(uniqueName(), request));
    if (!made)
        return fail(made.error());
    return made->id;
}

Result<ContainerId> RealEngine::started(const QStringList &command)
{
    const auto id = created(body(command));
    if (!id)
        return id;
    if (const auto ran = await(m_client->containers().start(*id)); !ran)
        return fail(ran.error());
    return id;
}

} // namespace paddock::test
