// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/desktop/Application.h"
#include "app/desktop/Signals.h"
#include "ui/text/EnglishPlurals.h"
#include "ui/theme/Theme.h"

#include <QApplication>
#include <QCommandLineParser>
#include <QIcon>
#include <QLibraryInfo>
#include <QLocale>
#include <QTranslator>

using namespace Qt::StringLiterals;

namespace {

QIcon applicationIcon()
{
    QIcon icon;
    for (const int side : {48, 128, 256})
        icon.addFile(u":/icons/%1.png"_s.arg(side), QSize(side, side));
    return QIcon::fromTheme(u"dev.paddock.Paddock"_s, icon);
}

} // namespace

int main(int argc, char *argv[])
{
    QApplication application(argc, argv);
    QCoreApplication::setApplicationName(u"paddock"_s);
    QCoreApplication::setApplicationVersion(QStringLiteral(PADDOCK_VERSION));
    QGuiApplication::setApplicationDisplayName(u"Paddock"_s);
    QGuiApplication::setDesktopFileName(u"dev.paddock.Paddock"_s);
    QApplication::setWindowIcon(applicationIcon());

    QCommandLineParser parser;
    parser.setApplicationDescription(
        QCoreApplication::translate("main", "Runs coding agents in sealed containers."));
    parser.addHelpOption();
    parser.addVersionOption();
    parser.process(application);

    paddock::ui::EnglishPlurals plurals;
    QCoreApplication::installTranslator(&plurals);
    QTranslator qt;
    if (qt.load(QLocale(), u"qtbase"_s, u"_"_s, QLibraryInfo::path(QLibraryInfo::TranslationsPath)))
        QCoreApplication::installTranslator(&qt);

    const paddock::ui::Theme theme(
        application, paddock::ui::Scheme::System, paddock::ui::Theme::Follow::Desktop);
    const paddock::desktop::Signals signals;
    QObject::connect(&signals, &paddock::desktop::Signals::terminateRequested, &application, [] {
        QApplication::closeAllWindows();
        QCoreApplication::quit();
    });
    paddock::desktop::Application desktop;
    desktop.start();
    return QApplication::exec();
}
