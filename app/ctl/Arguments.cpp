// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/ctl/Arguments.h"

#include <QCoreApplication>

using namespace Qt::StringLiterals;

namespace paddock::ctl {

namespace {

QString translated(const char *text)
{
    return QCoreApplication::translate("Ctl", text);
}

Error wrong(const QString &message, const CommandSpec *command)
{
    return Error(ErrorKind::InvalidArgument, message)
        .withRemedy(translated("See how it is used: %1")
                        .arg(command ? u"paddockctl "_s + command->name + u" --help"_s
                                     : u"paddockctl --help"_s));
}

const OptionSpec *findOption(const CommandSpec &command, const QString &word, bool isShort)
{
    for (const QList<OptionSpec> *options : {&command.options, &commonOptions()}) {
        for (const OptionSpec &option : *options) {
            if (word == (isShort ? option.shortName : option.name) && !word.isEmpty())
                return &option;
        }
    }
    return nullptr;
}

/// Whether \a word begins the name of some command of two words.
bool isGroup(const QString &word)
{
    for (const CommandSpec &command : commandTable()) {
        if (command.name.startsWith(word + u' '))
            return true;
    }
    return false;
}

QString commandsOfGroup(const QString &group)
{
    QStringList names;
    for (const CommandSpec &command : commandTable()) {
        if (command.name.startsWith(group + u' '))
            names.append(command.name.mid(group.size() + 1));
    }
    return names.join(u", "_s);
}

} // namespace

Result<Arguments> Arguments::parse(const QStringList &words)
{
    Arguments arguments;
    if (words.isEmpty())
        return fail(wrong(translated("No command was given."), nullptr));
    const QString first = words.first();
    if (first == u"--help" || first == u"-h" || first == u"help") {
        arguments.what = What::Help;
        arguments.command = findCommand(words.mid(1).join(u' '));
        return arguments;
    }
    if (first == u"--version") {
        arguments.what = What::Version;
        return arguments;
    }
    qsizetype index = 1;
    arguments.command = findCommand(first);
    if (!arguments.command && isGroup(first)) {
        const QString second = words.value(1);
        if (second == u"--help" || second == u"-h") {
            arguments.what = What::Help;
            return arguments;
        }
        arguments.command = findCommand(first + u' ' + second);
        index = 2;
        if (!arguments.command) {
            return fail(
                wrong(second.isEmpty() || second.startsWith(u'-')
                          ? translated("%1 needs one of: %2.").arg(first, commandsOfGroup(first))
                          : translated("There is no command %1 %2; %1 takes one of: %3.")
                                .arg(first, second, commandsOfGroup(first)),
                      nullptr));
        }
    }
    if (!arguments.command)
        return fail(wrong(translated("There is no command %1.").arg(first), nullptr));

    for (; index < words.size(); ++index) {
        const QString word = words.at(index);
        if (word == u"--") {
            arguments.hasTrailing = true;
            arguments.trailing = words.mid(index + 1);
            break;
        }
        if (word.size() > 1 && word.startsWith(u'-')) {
            if (auto error = arguments.takeOption(words, index))
                return fail(*error);
        } else {
            arguments.positional.append(word);
        }
    }
    if (arguments.has(u"help"_s)) {
        arguments.what = What::Help;
        return arguments;
    }
    if (auto error = arguments.check())
        return fail(*error);
    return arguments;
}

std::optional<Error> Arguments::takeOption(const QStringList &words, qsizetype &index)
{
    const QString word = words.at(index);
    const bool isShort = !word.startsWith(u"--");
    const qsizetype equals = isShort ? -1 : word.indexOf(u'=');
    const QString name = word.mid(isShort ? 1 : 2, equals < 0 ? -1 : equals - 2);
    const OptionSpec *option = findOption(*command, name, isShort);
    if (!option) {
        return wrong(translated("paddockctl %1 has no option %2.").arg(command->name, word),
                     command);
    }
    if (m_options.contains(option->name) && !option->isRepeated)
        return wrong(translated("--%1 was given twice.").arg(option->name), command);
    if (option->valueName.isEmpty()) {
        if (equals >= 0)
            return wrong(translated("--%1 takes no value.").arg(option->name), command);
        m_options.insert(option->name, {QString()});
        return std::nullopt;
    }
    QString given;
    if (equals >= 0) {
        given = word.mid(equals + 1);
    } else {
        if (index + 1 >= words.size())
            return wrong(translated("--%1 needs a value.").arg(option->name), command);
        given = words.at(++index);
    }
    if (!option->choices.isEmpty() && !option->choices.contains(given)) {
        return wrong(translated("--%1 is one of %2, not %3.")
                         .arg(option->name, option->choices.join(u", "_s), given),
                     command);
    }
    m_options[option->name].append(given);
    return std::nullopt;
}

std::optional<Error> Arguments::check() const
{
    if (hasTrailing && !command->takesCommand)
        return wrong(translated("paddockctl %1 takes no command after --.").arg(command->name),
                     command);
    qsizetype required = 0;
    for (const ArgumentSpec &argument : command->arguments)
        required += argument.isOptional ? 0 : 1;
    if (positional.size() < required) {
        return wrong(
            translated("%1 is missing.").arg(command->arguments.at(positional.size()).name),
            command);
    }
    const bool isOpen = !command->arguments.isEmpty() && command->arguments.last().isRepeated;
    if (positional.size() > command->arguments.size() && !isOpen) {
        return wrong(translated("There is an argument too many: %1.")
                         .arg(positional.at(command->arguments.size())),
                     command);
    }
    for (qsizetype i = 0; i < positional.size(); ++i) {
        const ArgumentSpec &argument =
            command->arguments.at(qMin(i, command->arguments.size() - 1));
        if (!argument.choices.isEmpty() && !argument.choices.contains(positional.at(i))) {
            return wrong(translated("%1 is one of %2, not %3.")
                             .arg(argument.name, argument.choices.join(u", "_s), positional.at(i)),
                         command);
        }
        if (positional.at(i).isEmpty() && !argument.isOptional)
            return wrong(translated("%1 is empty.").arg(argument.name), command);
    }
    return std::nullopt;
}

} // namespace paddock::ctl
