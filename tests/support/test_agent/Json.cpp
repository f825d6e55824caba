// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/test_agent/Json.h"

#include <cstdio>
#include <cstdlib>

namespace test_agent {

namespace {

class Parser
{
public:
    explicit Parser(std::string_view text)
        : m_text(text)
    {
    }

    Json document()
    {
        Json value = any();
        space();
        return m_failed || m_at != m_text.size() ? Json{} : value;
    }

private:
    void space()
    {
        while (m_at < m_text.size() &&
               std::string_view(" \t\r\n").find(m_text[m_at]) != std::string_view::npos)
            ++m_at;
    }
    bool take(char c)
    {
        space();
        if (m_at < m_text.size() && m_text[m_at] == c) {
            ++m_at;
            return true;
        }
        return false;
    }
    Json fail()
    {
        m_failed = true;
        m_at = m_text.size();
        return {};
    }

    Json any()
    {
        space();
        if (m_at >= m_text.size() || ++m_depth > 200)
            return fail();
        Json value;
        const char c = m_text[m_at];
        if (c == '{') {
            ++m_at;
            value.kind = Json::Kind::Object;
            while (!m_failed && !take('}')) {
                space();
                std::string key = string();
                if (!take(':'))
                    return fail();
                value.object[key] = any();
                take(',');
            }
        } else if (c == '[') {
            ++m_at;
            value.kind = Json::Kind::List;
            while (!m_failed && !take(']')) {
                value.list.push_back(any());
                take(',');
            }
        } else if (c == '"') {
            value.kind = Json::Kind::Text;
            value.text = string();
        } else {
            while (m_at < m_text.size() &&
                   std::string_view(",]} \t\r\n").find(m_text[m_at]) == std::string_view::npos)
                value.text += m_text[m_at++];
            if (value.text.empty())
                return fail();
            value.kind = value.text == "null"                            ? Json::Kind::Null
                         : value.text == "true" || value.text == "false" ? Json::Kind::Bool
                                                                         : Json::Kind::Number;
        }
        --m_depth;
        return value;
    }

    std::string string()
    {
        std::string out;
        if (m_at >= m_text.size() || m_text[m_at] != '"') {
            fail();
            return out;
        }
        for (++m_at; m_at < m_text.size() && m_text[m_at] != '"'; ++m_at) {
            if (m_text[m_at] != '\\') {
                out += m_text[m_at];
                continue;
            }
            if (++m_at >= m_text.size())
                break;
            switch (const char c = m_text[m_at]; c) {
            case 'n':
                out += '\n';
                break;
            case 't':
                out += '\t';
                break;
            case 'r':
                out += '\r';
                break;
            case 'b':
                out += '\b';
                break;
            case 'f':
                out += '\f';
                break;
            case 'u':
                codePoint(out);
                break;
            default:
                out += c;
            }
        }
        if (m_at >= m_text.size())
            fail();
        else
            ++m_at;
        return out;
    }

    unsigned hex4()
    {
        const std::string digits(m_text.substr(m_at + 1, 4));
        m_at += 4;
        return static_cast<unsigned>(std::strtoul(digits.c_str(), nullptr, 16));
    }

    void codePoint(std::string &out)
    {
        unsigned code = hex4();
        if (code >= 0xd800 && code < 0xdc00 && m_text.substr(m_at + 1, 2) == "\\u") {
            m_at += 2;
            code = 0x10000 + ((code - 0xd800) << 10) + (hex4() - 0xdc00);
        }
        const auto byte = [&out](unsigned value) { out += static_cast<char>(value); };
        if (code < 0x80) {
            byte(code);
        } else if (code < 0x800) {
            byte(0xc0 | (code >> 6));
            byte(0x80 | (code & 0x3f));
        } else if (code < 0x10000) {
            byte(0xe0 | (code >> 12));
            byte(0x80 | ((code >> 6) & 0x3f));
            byte(0x80 | (code & 0x3f));
        } else {
            byte(0xf0 | (code >> 18));
            byte(0x80 | ((code >> 12) & 0x3f));
            byte(0x80 | ((code >> 6) & 0x3f));
            byte(0x80 | (code & 0x3f));
        }
    }

    std::string_view m_text;
    std::size_t m_at = 0;
    int m_depth = 0;
    bool m_failed = false;
};

} // namespace

const Json &Json::at(const std::string &key) const
{
    static const Json null;
    const auto it = object.find(key);
    return it == object.end() ? null : it->second;
}

Json parse(std::string_view text)
{
    return Parser(text).document();
}

std::string quoted(std::string_view text)
{
    std::string out = "\"";
    for (const char c : text) {
        if (c == '"' || c == '\\') {
            out += '\\';
            out += c;
        } else if (c == '\n') {
            out += "\\n";
        } else if (static_cast<unsigned char>(c) < 0x20) {
            char escape[8];
            std::snprintf(escape, sizeof escape, "\\u%04x", static_cast<unsigned>(c));
            out += escape;
        } else {
            out += c;
        }
    }
    return out + '"';
}

} // namespace test_agent
