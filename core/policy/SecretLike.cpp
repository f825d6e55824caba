// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/policy/SecretLike.h"

#include <QRegularExpression>

using namespace Qt::StringLiterals;

namespace paddock::policy {

bool looksLikeSecret(const QString &text)
{
    static const QRegularExpression forms(
        u"(?:^|[^A-Za-z0-9])(?:"
        u"sk-(?:ant|proj|or|svcacct)-[A-Za-z0-9_-]{16,}" // Anthropic, OpenAI, OpenRouter
        u"|sk-[A-Za-z0-9]{32,}"
        u"|gh[pousr]_[A-Za-z0-9]{30,}|github_pat_[A-Za-z0-9_]{30,}" // GitHub
        u"|glpat-[A-Za-z0-9_-]{20,}"                                // GitLab
        u"|AIza[A-Za-z0-9_-]{30,}"                                  // Google
        u"|ya29\\.[A-Za-z0-9_-]{20,}"
        u"|(?:AKIA|ASIA)[A-Z0-9]{16}" // Amazon
        u"|xox[abposr]-[A-Za-z0-9-]{20,}"
        u"|npm_[A-Za-z0-9]{30,}|pypi-[A-Za-z0-9_-]{40,}|hf_[A-Za-z0-9]{30,}"
        u"|eyJ[A-Za-z0-9_-]{10,}\\.[A-Za-z0-9_-]{10,}\\.[A-Za-z0-9_-]{10,}" // JSON web token
        u"|-----BEGIN [A-Z ]*PRIVATE KEY-----"
        u"|[a-z][a-z0-9+.-]*://[^/@\\s:]*:[^/@\\s]{4,}@" // a password in an address
        u")"_s);
    return forms.match(text).hasMatch();
}

} // namespace paddock::policy
