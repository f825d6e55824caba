// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/adapters/Adapter.h"

#include <QCoreApplication>
#include <QRegularExpression>

using namespace Qt::StringLiterals;

namespace paddock::adapters {

namespace {

constexpr qsizetype kMaxArguments = 256;
constexpr qsizetype kMaxArgumentLength = 32 * 1024;

QString tr(const char *text)
{
    return QCoreApplication::translate("Adapters", text);
}

QString modelAddress()
{
    return u"http://127.0.0.1:%1"_s.arg(kModelPort);
}

/// What a program needs to find the model through the gateway. The keys are placeholders: the real
/// one is added on the host, outside of the container.
QList<EnvironmentVariable> providerEnvironment(ProviderProtocol provider, const QString &model)
{
    switch (provider) {
    case ProviderProtocol::Anthropic: {
        QList<EnvironmentVariable> list{
            {u"ANTHROPIC_API_KEY"_s, u"placeholder"_s},
            {u"ANTHROPIC_BASE_URL"_s, modelAddress()}, // without /v1
        };
        if (!model.isEmpty())
            list.append({u"ANTHROPIC_MODEL"_s, model});
        return list;
    }
    case ProviderProtocol::OpenAiChat:
    case ProviderProtocol::OpenAiResponses:
        return {{u"OPENAI_API_KEY"_s, u"placeholder"_s},
                {u"OPENAI_BASE_URL"_s, modelAddress() + u"/v1"_s}};
    case ProviderProtocol::Gemini:
        return {{u"GEMINI_API_KEY"_s, u"placeholder"_s},
                {u"GOOGLE_GEMINI_BASE_URL"_s, modelAddress()}};
    case ProviderProtocol::None:
        break;
    }
    return {};
}

/// claude-agent-acp 0.100.0 with its own claude 2.1.316.
Adapter claudeCode(const AdapterOptions &options)
{
    Adapter adapter;
    adapter.id = u"claude-code"_s;
    adapter.title = u"Claude Code"_s;
    adapter.protocol = AgentProtocol::Acp;
    adapter.argv = {u"claude-agent-acp"_s};
    adapter.provider = ProviderProtocol::Anthropic;
    adapter.upstreamBase = u"https://api.anthropic.com"_s;
    adapter.environment = providerEnvironment(adapter.provider, options.model);
    adapter.environment += {
        // Without it: look-ups of api.anthropic.com and HEAD /api/hello on the base URL.
        {u"CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC"_s, u"1"_s},
        {u"DISABLE_AUTOUPDATER"_s, u"1"_s},
        {u"DISABLE_UPDATES"_s, u"1"_s},
        {u"DISABLE_TELEMETRY"_s, u"1"_s},
        {u"DISABLE_ERROR_REPORTING"_s, u"1"_s},
        // Else one more model request, with all tools, after every turn.
        {u"CLAUDE_CODE_ENABLE_PROMPT_SUGGESTION"_s, u"0"_s},
    };
    if (options.user == ContainerUser::RootlessZero) {
        // The program refuses its looser modes to uid 0 unless told that it is boxed in.
        adapter.environment.append({u"IS_SANDBOX"_s, u"1"_s});
    }
    adapter.reopening = Reopening::ResumeOrLoad;
    adapter.quirks.allowAlwaysWritesWorkspace = true;
    adapter.quirks.readsWorkspaceSettings = true;
    adapter.quirks.endsWithin = std::chrono::milliseconds(2000);
    adapter.imageLabel = u"claude-code"_s;
    adapter.imagePrograms = {u"claude-agent-acp"_s, u"node"_s, u"git"_s};
    return adapter;
}

bool isVariableName(const QString &name)
{
    static const QRegularExpression form(u"^[A-Za-z_][A-Za-z0-9_]{0,127}$"_s);
    return form.match(name).hasMatch();
}

/// Variables that the sandbox or the way to the model depend on.
bool isReserved(const QString &name)
{
    static const QStringList names = {u"HOME"_s,
                                      u"IS_SANDBOX"_s,
                                      u"LD_PRELOAD"_s,
                                      u"LD_LIBRARY_PATH"_s,
                                      u"HTTP_PROXY"_s,
                                      u"HTTPS_PROXY"_s,
                                      u"http_proxy"_s,
                                      u"https_proxy"_s,
                                      u"ANTHROPIC_API_KEY"_s,
                                      u"ANTHROPIC_BASE_URL"_s,
                                      u"OPENAI_API_KEY"_s,
                                      u"OPENAI_BASE_URL"_s,
                                      u"GEMINI_API_KEY"_s,
                                      u"GOOGLE_GEMINI_BASE_URL"_s};
    return names.contains(name) || name.startsWith(u"GIT_CONFIG_"_s) ||
           name.startsWith(u"PADDOCK_"_s);
}

bool looksLikeKey(const QString &value)
{
    static const QRegularExpression form(
        u"(sk-[A-Za-z0-9_-]{16,}|gh[pousr]_[A-Za-z0-9]{20,}|github_pat_\\w{20,}|AIza[\\w-]{30,}|"
        "AKIA[A-Z0-9]{16}|glpat-[\\w-]{16,}|xox[abprs]-[\\w-]{10,}|-----BEGIN [A-Z ]*PRIVATE KEY)"_s);
    return form.match(value).hasMatch();
}

tl::unexpected<Error> invalid(const QString &message, const QString &remedy = {})
{
    return fail(Error(ErrorKind::InvalidArgument, message).withRemedy(remedy));
}

} // namespace

QStringList adapterIds()
{
    return {u"claude-code"_s, u"custom"_s};
}

Result<Adapter> builtInAdapter(const QString &id, const AdapterOptions &options)
{
    if (id == u"claude-code")
        return claudeCode(options);
    if (id == u"custom")
        return invalid(tr("The adapter \"custom\" needs a command."),
                       tr("Name the command that starts the agent in the container."));
    return fail(Error(ErrorKind::NotFound, tr("There is no adapter \"%1\".").arg(id.left(100)))
                    .withRemedy(tr("Choose one of: %1.").arg(adapterIds().join(u", "_s))));
}

Result<Adapter> customAdapter(const CustomCommand &command, const AdapterOptions &options)
{
    if (command.argv.isEmpty() || command.argv.first().isEmpty())
        return invalid(tr("The command of the agent is empty."));
    if (command.argv.size() > kMaxArguments)
        return invalid(
            tr("The command of the agent has more than %1 arguments.").arg(kMaxArguments));
    for (const QString &argument : command.argv) {
        if (argument.size() > kMaxArgumentLength || argument.contains(QChar(0)))
            return invalid(tr("An argument of the agent's command is too long or holds a NUL."));
    }
    for (const EnvironmentVariable &variable : command.environment) {
        if (!isVariableName(variable.name))
            return invalid(tr("\"%1\" is no name of a variable.").arg(variable.name.left(100)));
        if (isReserved(variable.name))
            return invalid(tr("The variable %1 is set by Paddock.").arg(variable.name),
                           tr("Leave it out."));
        if (variable.value.size() > kMaxArgumentLength || variable.value.contains(QChar(0)))
            return invalid(tr("The value of %1 is too long or holds a NUL.").arg(variable.name));
        if (looksLikeKey(variable.value)) {
            return invalid(tr("The value of %1 looks like a key. Keys never enter a container.")
                               .arg(variable.name),
                           tr("Store the key in Paddock; the gateway adds it on the host."));
        }
    }
    Adapter adapter;
    adapter.id = u"custom"_s;
    adapter.title = command.title.isEmpty() ? command.argv.first() : command.title;
    adapter.protocol = command.protocol;
    adapter.argv = command.argv;
    adapter.provider = command.provider;
    adapter.upstreamBase = command.upstreamBase;
    adapter.environment = providerEnvironment(command.provider, options.model);
    if (options.user == ContainerUser::RootlessZero)
        adapter.environment.append({u"IS_SANDBOX"_s, u"1"_s});
    adapter.environment += command.environment;
    adapter.reopening =
        command.protocol == AgentProtocol::Acp ? Reopening::ResumeOrLoad : Reopening::None;
    adapter.quirks.nullUsageIsFailure = true;
    adapter.quirks.mustAnswerPermissions = true;
    adapter.quirks.readsWorkspaceSettings = true; // unknown, so assumed
    adapter.quirks.endsWithin = std::chrono::milliseconds(5000);
    return adapter;
}

} // namespace paddock::adapters
