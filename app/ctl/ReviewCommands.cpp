// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/ctl/ReviewCommands.h"

#include "app/ctl/ChangesText.h"
#include "core/control/ChangesJson.h"

#include <QCoreApplication>

using namespace Qt::StringLiterals;

namespace paddock::ctl {

namespace {

QString translated(const char *text)
{
    return QCoreApplication::translate("Ctl", text);
}

QString counted(const char *text, int number)
{
    return QCoreApplication::translate("Ctl", text, nullptr, number);
}

} // namespace

Result<facade::Comparison> comparisonArgument(const Arguments &arguments)
{
    using facade::Comparison;
    QList<Comparison> wanted;
    for (const auto &[option, comparison] : {std::pair{u"staged"_s, Comparison::Staged},
                                             std::pair{u"unstaged"_s, Comparison::Unstaged},
                                             std::pair{u"commits"_s, Comparison::Commits}}) {
        if (arguments.has(option))
            wanted.append(comparison);
    }
    // Its values are among those that the table of commands lets through.
    if (arguments.has(u"since"_s) && arguments.value(u"since"_s) != u"base")
        wanted.append(facade::comparisonFromName(arguments.value(u"since"_s))
                          .value_or(Comparison::Everything));
    if (wanted.size() > 1)
        return fail(Error(ErrorKind::InvalidArgument,
                          translated("Only one comparison can be made at a time."))
                        .withRemedy(translated("Give one of --staged, --unstaged, --commits and "
                                               "--since.")));
    return wanted.isEmpty() ? Comparison::Everything : wanted.first();
}

void ReviewCommand::begin()
{
    const auto wanted = take(comparisonArgument(arguments()));
    if (!wanted)
        return;
    m_comparison = *wanted;
    SelectCommand::begin();
}

void ReviewCommand::send(const QList<facade::FileSelection> &files)
{
    const bool takesBack = arguments().has(u"undo"_s);
    QJsonObject params = control::toJson(
        facade::ReviewRequest{.comparison = m_comparison, .files = files, .reviewed = !takesBack});
    params.insert(u"id"_s, arguments().at(0));
    call(u"changes.review"_s, params, [this, takesBack](const QJsonObject &json) {
        const auto answer = take(control::reviewAnswerFromJson(json.value(u"answer")));
        if (!answer)
            return;
        if (console().isJson()) {
            console().printJson(control::toJson(*answer));
            end();
            return;
        }
        console().print((takesBack ? counted("%n change(s) no longer marked.", answer->marked)
                                   : counted("%n change(s) marked as reviewed.", answer->marked)) +
                        u' ' +
                        (answer->isCut
                             ? translated("The comparison is too long to say what is left.")
                         : answer->open == 0 ? translated("Nothing is left to review.")
                                             : counted("%n left to review.", answer->open)));
        noteAll(console(), answer->notices);
        end();
    });
}

void SeenCommand::begin()
{
    withOwner([this] {
        console().status(translated("Reading the files…"));
        const QString state = arguments().positional.size() > 1 ? arguments().at(1) : QString();
        const QJsonObject params{{u"id"_s, arguments().at(0)}, {u"state"_s, state}};
        call(u"changes.looked"_s, params, [this](const QJsonObject &) {
            if (console().isJson())
                console().printJson(QJsonObject{{u"seen"_s, true}});
            else
                console().print(translated("From here on: paddockctl session diff --since "
                                           "last-look %1")
                                    .arg(arguments().at(0)));
            end();
        });
    });
}

} // namespace paddock::ctl
