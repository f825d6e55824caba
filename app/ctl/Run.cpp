// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/ctl/Run.h"

#include <QCoreApplication>

#include <clocale>
#include <cstdlib>
#include <cstring>
#include <langinfo.h>

using namespace Qt::StringLiterals;

namespace paddock::ctl {

namespace {

/// Qt says on standard error that it switches to UTF-8 when the locale is not; standard error is
/// part of the contract, so it is switched before.
void useUtf8()
{
    std::setlocale(LC_ALL, "");
    if (std::strcmp(::nl_langinfo(CODESET), "UTF-8") != 0)
        ::setenv("LC_ALL", "C.UTF-8", 1);
}

} // namespace

int runProgram(int argc,
               char **argv,
               const CommandMaker &make,
               const std::function<int(const Arguments &, Console &)> &elsewhere)
{
    useUtf8();
    QCoreApplication application(argc, argv);
    QCoreApplication::setApplicationName(u"paddockctl"_s);
    QCoreApplication::setApplicationVersion(QStringLiteral(PADDOCK_VERSION));

    const QStringList words = QCoreApplication::arguments().mid(1);
    const auto arguments = Arguments::parse(words);
    const qsizetype trailing = words.indexOf(u"--"_s);
    Console console(words.mid(0, trailing).contains(u"--json"_s) ? Console::Format::Json
                                                                 : Console::Format::Text);
    if (!arguments) {
        console.printError(arguments.error());
        return 2;
    }
    // Help and version are text whatever else was asked for.
    if (arguments->what == Arguments::What::Version) {
        Console(Console::Format::Text).print(u"paddockctl "_s + QStringLiteral(PADDOCK_VERSION));
        return 0;
    }
    if (arguments->what == Arguments::What::Help) {
        Console(Console::Format::Text)
            .print((arguments->command ? helpText(*arguments->command) : helpText()).trimmed());
        return 0;
    }
    const auto command = make(*arguments, console);
    if (!command)
        return elsewhere(*arguments, console);
    QObject::connect(
        command.get(),
        &Command::finished,
        &application,
        [](int exitCode) { QCoreApplication::exit(exitCode); },
        Qt::QueuedConnection);
    command->begin();
    return QCoreApplication::exec();
}

} // namespace paddock::ctl
