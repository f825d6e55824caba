// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/docker/NetworksApi.h"

#include "core/docker/Apis.h"
#include "core/docker/JsonHelpers.h"
#include "core/docker/Transport.h"

#include <QCoreApplication>
#include <QJsonDocument>

using namespace Qt::StringLiterals;

namespace paddock::docker {

namespace {

NetworkSummary readNetwork(JsonReader &reader)
{
    NetworkSummary network;
    network.id = NetworkId{reader.text(u"Id")};
    network.name = reader.text(u"Name");
    network.driver = reader.optionalText(u"Driver");
    network.internal = reader.optionalBoolean(u"Internal");
    network.labels = detail::readLabels(reader, u"Labels");
    network.raw = reader.raw();
    return network;
}

class NetworksApiImpl final : public NetworksApi
{
public:
    explicit NetworksApiImpl(Transport &transport)
        : m_transport(transport)
    {
    }

    Pending<QList<NetworkSummary>> list(const QStringList &labels) override
    {
        ApiCall call = callFor("GET", "/networks");
        const QByteArray filters = detail::filtersJson({{u"label"_s, labels}});
        if (!filters.isEmpty())
            call.query.append({"filters", QString::fromUtf8(filters)});
        return m_transport.send<QList<NetworkSummary>>(
            call, [](const ApiResponse &response) -> Result<QList<NetworkSummary>> {
                const auto value = parseJson(response.body);
                if (!value)
                    return fail(value.error());
                QJsonObject wrapper;
                wrapper.insert(u"networks"_s, *value);
                JsonReader root(wrapper);
                QList<NetworkSummary> networks;
                for (JsonReader &reader : root.objects(u"networks"))
                    networks.append(readNetwork(reader));
                if (const auto error = root.error())
                    return fail(*error);
                return networks;
            });
    }

    Pending<NetworkSummary> inspect(const NetworkId &id) override
    {
        const auto name = checkedName(id.value, u"network"_s);
        if (!name)
            return Pending<NetworkSummary>::ready(fail(name.error()));
        return m_transport.send<NetworkSummary>(
            callFor("GET", "/networks/" + *name),
            [](const ApiResponse &response) -> Result<NetworkSummary> {
                const auto object = parseJsonObject(response.body);
                if (!object)
                    return fail(object.error());
                JsonReader reader(*object, u"network"_s);
                NetworkSummary network = readNetwork(reader);
                if (const auto error = reader.error())
                    return fail(*error);
                return network;
            });
    }

    Pending<NetworkId> create(const QString &name, const CreateNetworkOptions &options) override
    {
        const auto checked = checkedName(name, u"network"_s);
        if (!checked)
            return Pending<NetworkId>::ready(fail(checked.error()));
        ApiCall call = callFor("POST", "/networks/create");
        const QJsonObject body{{u"Name"_s, name},
                               {u"CheckDuplicate"_s, true},
                               {u"Driver"_s, options.driver},
                               {u"Internal"_s, options.internal},
                               {u"Labels"_s, detail::labelsToJson(options.labels)},
                               {u"Options"_s, detail::labelsToJson(options.driverOptions)}};
        call.contentType = "application/json";
        call.body = QJsonDocument(body).toJson(QJsonDocument::Compact);
        call.pace = Pace::Work;
        return m_transport.send<NetworkId>(call,
                                           [](const ApiResponse &response) -> Result<NetworkId> {
                                               const auto object = parseJsonObject(response.body);
                                               if (!object)
                                                   return fail(object.error());
                                               JsonReader reader(*object, u"network"_s);
                                               const NetworkId id{reader.text(u"Id")};
                                               if (const auto error = reader.error())
                                                   return fail(*error);
                                               return id;
                                           });
    }

    Pending<Done> remove(const NetworkId &id) override
    {
        const auto name = checkedName(id.value, u"network"_s);
        if (!name)
            return Pending<Done>::ready(fail(name.error()));
        ApiCall call = callFor("DELETE", "/networks/" + *name);
        call.pace = Pace::Work;
        return chain<Done>(m_transport.send(call),
                           [](const Result<ApiResponse> &response) -> Result<Done> {
                               if (response || response.error().kind == ErrorKind::NotFound)
                                   return Done{};
                               return fail(response.error());
                           });
    }

private:
    static ApiCall callFor(const QByteArray &method, const QByteArray &path)
    {
        ApiCall call;
        call.action = Action::NetworkOther;
        call.method = method;
        call.path = path;
        return call;
    }

    Transport &m_transport;
};

} // namespace

std::unique_ptr<NetworksApi> makeNetworksApi(Transport &transport)
{
    return std::make_unique<NetworksApiImpl>(transport);
}

} // namespace paddock::docker
