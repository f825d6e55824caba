// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/docker/SystemApi.h"

#include "core/base/JsonReader.h"
#include "core/docker/Apis.h"
#include "core/docker/Transport.h"

namespace paddock::docker {

namespace {

class SystemApiImpl final : public SystemApi
{
public:
    explicit SystemApiImpl(Transport &transport)
        : m_transport(transport)
    {
    }

    Pending<Done> ping() override
    {
        ApiCall call;
        call.path = QByteArrayLiteral("/_ping");
        call.isVersioned = false;
        return m_transport.send<Done>(call, [](const ApiResponse &) { return Done{}; });
    }

    Pending<EngineVersion> version() override
    {
        ApiCall call;
        call.path = QByteArrayLiteral("/version");
        return m_transport.send<EngineVersion>(
            call, [](const ApiResponse &response) -> Result<EngineVersion> {
                const auto object = parseJsonObject(response.body);
                if (!object)
                    return fail(object.error());
                return engineVersionFromJson(*object);
            });
    }

    Pending<EngineInfo> info() override
    {
        ApiCall call;
        call.path = QByteArrayLiteral("/info");
        return m_transport.send<EngineInfo>(call,
                                            [](const ApiResponse &response) -> Result<EngineInfo> {
                                                const auto object = parseJsonObject(response.body);
                                                if (!object)
                                                    return fail(object.error());
                                                return engineInfoFromJson(*object);
                                            });
    }

private:
    Transport &m_transport;
};

} // namespace

std::unique_ptr<SystemApi> makeSystemApi(Transport &transport)
{
    return std::make_unique<SystemApiImpl>(transport);
}

} // namespace paddock::docker
