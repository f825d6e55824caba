// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
// See README.md beside this file.
#include "tests/support/test_agent/Json.h"

#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <deque>
#include <fcntl.h>
#include <poll.h>
#include <sstream>
#include <sys/wait.h>
#include <unistd.h>

using test_agent::Json;
using test_agent::quoted;

namespace {

constexpr int kLinesPerMessage = 256;

void writeAll(int fd, std::string_view bytes)
{
    while (!bytes.empty()) {
        const ssize_t count = ::write(fd, bytes.data(), bytes.size());
        if (count < 0) {
            if (errno == EINTR)
                continue;
            ::_exit(0); // nobody listens any more
        }
        bytes.remove_prefix(static_cast<std::size_t>(count));
    }
}

double now()
{
    timespec time{};
    ::clock_gettime(CLOCK_MONOTONIC, &time);
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) / 1e9;
}

std::string idOf(const Json &message)
{
    const Json &id = message.at("id");
    return id.kind == Json::Kind::Text ? quoted(id.text) : id.text;
}

struct RunResult
{
    std::string output;
    int exitCode = 0;
};

RunResult runProgram(const std::vector<std::string> &argv)
{
    RunResult result;
    int out[2];
    if (::pipe(out) != 0)
        return {.output = "pipe failed", .exitCode = 126};
    const pid_t child = ::fork();
    if (child == 0) {
        ::dup2(out[1], 1);
        ::dup2(out[1], 2);
        const int null = ::open("/dev/null", O_RDONLY);
        ::dup2(null, 0);
        ::close(out[0]);
        ::close(out[1]);
        std::vector<char *> arguments;
        for (const std::string &argument : argv)
            arguments.push_back(const_cast<char *>(argument.c_str()));
        arguments.push_back(nullptr);
        ::execvp(arguments[0], arguments.data());
        ::_exit(127);
    }
    ::close(out[1]);
    char buffer[4096];
    while (true) {
        const ssize_t count = ::read(out[0], buffer, sizeof buffer);
        if (count < 0 && errno == EINTR)
            continue;
        if (count <= 0)
            break;
        result.output.append(buffer, static_cast<std::size_t>(count));
    }
    ::close(out[0]);
    int status = 0;
    ::waitpid(child, &status, 0);
    result.exitCode = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    return result;
}

/// The chained lines of the command "lines".
class HashedLines
{
public:
    std::string next()
    {
        char number[16];
        std::snprintf(number, sizeof number, "%010llu", m_number++);
        std::uint64_t hash = 14695981039346656037ULL;
        for (const char c : m_before + number) {
            hash ^= static_cast<unsigned char>(c);
            hash *= 1099511628211ULL;
        }
        char hex[24];
        std::snprintf(hex, sizeof hex, "%016llx", static_cast<unsigned long long>(hash));
        m_before = hex;
        return std::string(number) + ' ' + hex + ' ' + std::string(35, '.') + '\n';
    }

private:
    unsigned long long m_number = 0;
    std::string m_before = std::string(16, '0');
};

class Agent
{
public:
    explicit Agent(bool isTerminal)
        : m_isTerminal(isTerminal)
    {
    }

    int run()
    {
        if (m_isTerminal) {
            writeAll(1, "ready\n");
        } else {
            writeAll(1,
                     R"({"jsonrpc":"2.0","method":"_test/hello","params":{"pid":)" +
                         std::to_string(::getpid()) + "}}\n");
        }
        while (true) {
            while (!m_lines.empty()) {
                const std::string line = m_lines.front();
                m_lines.pop_front();
                if (m_isTerminal)
                    obey(line);
                else
                    handle(test_agent::parse(line));
            }
            if (m_isAtEnd)
                return 0;
            readSome(-1);
        }
    }

private:
    /// Reads what is there, waiting at most \a seconds (negative: for ever).
    void readSome(double seconds)
    {
        pollfd input{.fd = 0, .events = POLLIN, .revents = 0};
        const int ready = ::poll(m_isAtEnd ? nullptr : &input,
                                 m_isAtEnd ? 0 : 1,
                                 seconds < 0 ? -1 : static_cast<int>(seconds * 1000) + 1);
        if (ready <= 0 || m_isAtEnd)
            return;
        char buffer[65536];
        const ssize_t count = ::read(0, buffer, sizeof buffer);
        if (count <= 0) {
            m_isAtEnd = true;
            return;
        }
        m_input.append(buffer, static_cast<std::size_t>(count));
        std::size_t end = 0;
        while ((end = m_input.find('\n')) != std::string::npos) {
            std::string line = m_input.substr(0, end);
            m_input.erase(0, end + 1);
            if (!line.empty() && line.back() == '\r')
                line.pop_back();
            m_lines.push_back(line);
        }
    }

    void send(const std::string &line) { writeAll(1, line + '\n'); }
    void answer(const std::string &id, const std::string &result)
    {
        send(R"({"jsonrpc":"2.0","id":)" + id + R"(,"result":)" + result + "}");
    }
    void refuse(const std::string &id, int code, const std::string &message)
    {
        send(R"({"jsonrpc":"2.0","id":)" + id + R"(,"error":{"code":)" + std::to_string(code) +
             R"(,"message":)" + quoted(message) + "}}");
    }
    void say(const std::string &text)
    {
        if (m_isTerminal) {
            writeAll(1, text.empty() || text.back() != '\n' ? text + '\n' : text);
            return;
        }
        send(
            R"({"jsonrpc":"2.0","method":"session/update","params":{"sessionId":)" +
            quoted(m_session) +
            R"(,"update":{"sessionUpdate":"agent_message_chunk","content":{"type":"text","text":)" +
            quoted(text) + "}}}}");
    }

    void handle(const Json &message)
    {
        const std::string method = message.at("method").text;
        if (method.empty() || !message.has("id"))
            return;
        const std::string id = idOf(message);
        if (method == "initialize") {
            answer(id,
                   R"({"protocolVersion":1,"agentInfo":{"name":"test-agent","title":"Test agent",)"
                   R"("version":"1"},"agentCapabilities":{"loadSession":true,)"
                   R"("sessionCapabilities":{"resume":{}}},"authMethods":[]})");
        } else if (method == "session/new") {
            m_session = "test-" + std::to_string(::getpid()) + "-" + std::to_string(++m_sessions);
            answer(id,
                   R"({"sessionId":)" + quoted(m_session) +
                       R"(,"modes":{"currentModeId":"default","availableModes":[)"
                       R"({"id":"default","name":"Default"},{"id":"free","name":"Free"}]}})");
        } else if (method == "session/load" || method == "session/resume") {
            m_session = message.at("params").at("sessionId").text;
            answer(id, "{}");
        } else if (method == "session/set_mode") {
            answer(id, "{}");
        } else if (method == "session/prompt") {
            prompt(id, message.at("params"));
        } else {
            refuse(id, -32601, "Method not found: " + method);
        }
    }

    void prompt(const std::string &id, const Json &params)
    {
        m_isCancelled = false;
        m_failure.clear();
        std::string text;
        for (const Json &block : params.at("prompt").list)
            text += block.at("text").text + '\n';
        std::istringstream lines(text);
        std::string line;
        while (std::getline(lines, line) && !m_isCancelled && m_failure.empty()) {
            if (!line.empty())
                obey(line);
            readSome(0);
            noteCancel();
        }
        if (!m_failure.empty()) {
            refuse(id, -32603, m_failure);
            return;
        }
        answer(id,
               std::string(R"({"stopReason":")") + (m_isCancelled ? "cancelled" : "end_turn") +
                   R"(","usage":{"inputTokens":1,"outputTokens":1,"totalTokens":2}})");
    }

    /// Takes a cancel out of the lines that wait.
    void noteCancel()
    {
        for (auto it = m_lines.begin(); it != m_lines.end();) {
            if (it->find("\"session/cancel\"") != std::string::npos) {
                m_isCancelled = true;
                it = m_lines.erase(it);
            } else {
                ++it;
            }
        }
        if (m_isAtEnd)
            ::_exit(0);
    }

    void wait(double seconds)
    {
        const double until = now() + seconds;
        while (!m_isCancelled && (seconds < 0 || now() < until)) {
            readSome(seconds < 0 ? -1 : until - now());
            noteCancel();
        }
    }

    void obey(const std::string &line)
    {
        const std::size_t space = line.find(' ');
        const std::string command = line.substr(0, space);
        const std::string rest = space == std::string::npos ? "" : line.substr(space + 1);
        if (command == "say") {
            say(rest);
        } else if (command == "lines") {
            sayLines(std::strtoull(rest.c_str(), nullptr, 10));
        } else if (command == "permission") {
            askPermission();
        } else if (command == "write") {
            writeFile(rest);
        } else if (command == "commit") {
            commit(rest);
        } else if (command == "run") {
            const RunResult result = runProgram({"/bin/sh", "-c", rest});
            say(result.output + "exit " + std::to_string(result.exitCode));
        } else if (command == "sleep") {
            wait(std::strtod(rest.c_str(), nullptr));
        } else if (command == "silent") {
            wait(-1);
        } else if (command == "garbage") {
            send("this is no JSON");
            send("{\"jsonrpc\":\"2.0\",\"method\":\"\xff\xfe\"}");
            send(R"({"jsonrpc":"2.0","id":)");
        } else if (command == "long") {
            say(std::string(std::strtoull(rest.c_str(), nullptr, 10), 'x'));
        } else if (command == "stderr") {
            writeAll(2, rest + '\n');
        } else if (command == "daemon") {
            leaveDaemon();
        } else if (command == "fail") {
            m_failure = rest.empty() ? "failed" : rest;
        } else if (command == "exit") {
            ::_exit(std::atoi(rest.c_str()));
        } else {
            say(line);
        }
    }

    void sayLines(unsigned long long megabytes)
    {
        HashedLines lines;
        const unsigned long long count = megabytes * 1024 * 1024 / 64;
        for (unsigned long long i = 0; i < count && !m_isCancelled; i += kLinesPerMessage) {
            std::string text;
            for (unsigned long long k = i; k < count && k < i + kLinesPerMessage; ++k)
                text += lines.next();
            say(text);
            if (!m_isTerminal) {
                readSome(0);
                noteCancel();
            }
        }
    }

    void askPermission()
    {
        const std::string ask = std::to_string(m_nextAsk++);
        send(R"({"jsonrpc":"2.0","id":)" + ask +
             R"(,"method":"session/request_permission","params":{"sessionId":)" +
             quoted(m_session) + R"(,"toolCall":{"toolCallId":"tool-)" + ask +
             R"(","title":"Touch a file","kind":"execute","rawInput":{"command":"touch x"}},)"
             R"("options":[{"optionId":"allow-always","name":"Always","kind":"allow_always"},)"
             R"({"optionId":"allow-once","name":"Once","kind":"allow_once"},)"
             R"({"optionId":"reject-once","name":"No","kind":"reject_once"}]}})");
        while (true) {
            for (auto it = m_lines.begin(); it != m_lines.end(); ++it) {
                const Json message = test_agent::parse(*it);
                if (message.has("method") || idOf(message) != ask)
                    continue;
                m_lines.erase(it);
                const Json &outcome = message.at("result").at("outcome");
                const std::string chosen = outcome.at("optionId").text;
                say("permission: " + (chosen.empty() ? std::string("cancelled") : chosen));
                noteCancel();
                return;
            }
            readSome(-1);
            if (m_isAtEnd)
                ::_exit(0);
        }
    }

    void writeFile(const std::string &rest)
    {
        const std::size_t space = rest.find(' ');
        const std::string name = rest.substr(0, space);
        const std::string text = space == std::string::npos ? "" : rest.substr(space + 1);
        const int fd = ::open(name.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
        if (fd < 0) {
            say("write: " + std::string(std::strerror(errno)));
            return;
        }
        writeAll(fd, text + '\n');
        ::close(fd);
    }

    void commit(const std::string &message)
    {
        RunResult result = runProgram({"git", "add", "-A"});
        if (result.exitCode == 0)
            result = runProgram({"git", "commit", "-q", "-m", message});
        if (result.exitCode != 0)
            say("commit: " + result.output);
    }

    static void leaveDaemon()
    {
        if (::fork() != 0)
            return;
        ::setsid();
        if (::fork() != 0)
            ::_exit(0);
        for (int fd = 0; fd < 3; ++fd)
            ::close(fd);
        ::sleep(3600);
        ::_exit(0);
    }

    bool m_isTerminal;
    bool m_isAtEnd = false;
    bool m_isCancelled = false;
    std::string m_input;
    std::deque<std::string> m_lines;
    std::string m_session;
    std::string m_failure;
    int m_sessions = 0;
    int m_nextAsk = 0;
};

} // namespace

int main(int argc, char **argv)
{
    const bool isTerminal = argc > 1 && std::strcmp(argv[1], "--terminal") == 0;
    return Agent(isTerminal).run();
}
