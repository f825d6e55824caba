// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QDateTime>
#include <QString>

class QWidget;
class QLabel;

namespace paddock::ui {

/// Everything that is shown and was not written by us goes through here: titles, paths, branches,
/// agents' words, errors of others. What cannot be seen, or turns text around (control characters,
/// bidirectional overrides, zero-width and tag characters, half surrogates), becomes a visible
/// escape such as "\u{202E}". Line ends become one '\n', or a space with Lines::One; tabs stay with
/// Lines::Many. Never interprets markup.
enum class Lines { One, Many };
[[nodiscard]] QString visibleText(const QString &text, Lines lines = Lines::Many);

struct TextLimits
{
    qsizetype maxCharacters = 20'000;
    qsizetype maxLineCharacters = 4'000;
    qsizetype maxLines = 2'000;
};
struct LimitedText
{
    QString text;
    QString notice; ///< empty: nothing was left out; else a sentence that says what
};
/// Cuts \a text so that laying it out takes a few milliseconds, whatever it is.
[[nodiscard]] LimitedText limitedText(const QString &text, const TextLimits &limits = {});

/// A tool tip or a button's text that shows \a text as it is: no markup, no mnemonic.
[[nodiscard]] QString plainToolTip(const QString &text);
[[nodiscard]] QString plainButtonText(const QString &text);

/// "now", "6 min", "2 h", "3 d": short, for lists.
[[nodiscard]] QString shortAge(const QDateTime &then, const QDateTime &now);
/// Time of day in the person's format; with the date when it is not today.
[[nodiscard]] QString shortTime(const QDateTime &then, const QDateTime &now);
[[nodiscard]] QString shortCommit(const QString &hex);

} // namespace paddock::ui
