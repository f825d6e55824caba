// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/theme/Tones.h"

#include <QTest>

#include <cmath>

using namespace paddock::ui;

namespace {

// Contrast of WCAG 2.1, https://www.w3.org/TR/WCAG21/#dfn-contrast-ratio
double luminance(const QColor &color)
{
    const auto part = [](double value) {
        return value <= 0.03928 ? value / 12.92 : std::pow((value + 0.055) / 1.055, 2.4);
    };
    return 0.2126 * part(color.redF()) + 0.7152 * part(color.greenF()) +
           0.0722 * part(color.blueF());
}

double contrast(const QColor &one, const QColor &two)
{
    const double a = luminance(one);
    const double b = luminance(two);
    return (std::max(a, b) + 0.05) / (std::min(a, b) + 0.05);
}

} // namespace

class tst_Tones : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void contrasts_data()
    {
        QTest::addColumn<QColor>("ink");
        QTest::addColumn<QColor>("surface");
        for (const Tones *tones : {&lightTones(), &darkTones()}) {
            const char *scheme = tones->isDark ? "dark" : "light";
            const QList<std::pair<const char *, QColor>> surfaces{{"side", tones->side},
                                                                  {"panel", tones->panel},
                                                                  {"page", tones->page},
                                                                  {"selected", tones->selected},
                                                                  {"hover", tones->hover},
                                                                  {"code", tones->code}};
            const QList<std::pair<const char *, Tone>> inks{{"text", Tone::Text},
                                                            {"dim", Tone::Dim},
                                                            {"accent", Tone::Accent},
                                                            {"attention", Tone::Attention},
                                                            {"failure", Tone::Failure},
                                                            {"success", Tone::Success}};
            for (const auto &[inkName, tone] : inks) {
                for (const auto &[surfaceName, surface] : surfaces)
                    QTest::addRow("%s %s on %s", scheme, inkName, surfaceName)
                        << tones->of(tone) << surface;
                QTest::addRow("%s %s on its own surface", scheme, inkName)
                    << tones->of(tone) << tones->surfaceOf(tone);
            }
            QTest::addRow("%s text on accent", scheme) << tones->onAccent << tones->accent;
            QTest::addRow("%s text on added", scheme) << tones->text << tones->successSurface;
            QTest::addRow("%s text on removed", scheme) << tones->text << tones->failureSurface;
        }
    }
    void contrasts()
    {
        QFETCH(QColor, ink);
        QFETCH(QColor, surface);
        const double found = contrast(ink, surface);
        QVERIFY2(found >= 4.5, qPrintable(QString::number(found)));
    }

    void tonesFollowThePalette()
    {
        QVERIFY(!tonesFor(paletteOf(lightTones())).isDark);
        QVERIFY(tonesFor(paletteOf(darkTones())).isDark);
    }
};

QTEST_GUILESS_MAIN(tst_Tones)
#include "tst_Tones.moc"
