// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/theme/Icons.h"

#include <QGuiApplication>
#include <QIconEngine>
#include <QPainterPath>

using namespace Qt::StringLiterals;

namespace paddock::ui {

namespace {

// One letter a command, on a grid of 16: M x y, L x y, C x1 y1 x2 y2 x y, Z, O cx cy r (circle),
// R x y w h r (rounded rectangle), F (what follows is filled).
const char *outlineOf(Icon icon)
{
    switch (icon) {
    case Icon::None:
        return "";
    case Icon::Sessions:
        return "R 1.7 2.7 12.6 10.6 2 M 4.5 6 L 6.7 8 L 4.5 10 M 8.3 10.3 L 11 10.3";
    case Icon::Folder:
        return "M 1.7 4.5 C 1.7 3.4 2.2 3 3 3 L 6 3 L 7.6 4.8 L 13 4.8 C 13.9 4.8 14.3 5.3 14.3 6 "
               "L 14.3 11.8 C 14.3 12.6 13.9 13 13 13 L 3 13 C 2.2 13 1.7 12.6 1.7 11.8 Z";
    case Icon::FolderAdd:
        return "M 1.7 4.5 C 1.7 3.4 2.2 3 3 3 L 6 3 L 7.6 4.8 L 13 4.8 C 13.9 4.8 14.3 5.3 14.3 6 "
               "L 14.3 11.8 C 14.3 12.6 13.9 13 13 13 L 3 13 C 2.2 13 1.7 12.6 1.7 11.8 Z "
               "M 8 6.8 L 8 11 M 5.9 8.9 L 10.1 8.9";
    case Icon::Plus:
        return "M 8 3 L 8 13 M 3 8 L 13 8";
    case Icon::Search:
        return "O 7 7 4.3 M 10.2 10.2 L 13.7 13.7";
    case Icon::Play:
        return "F M 4.5 3.2 L 12.8 8 L 4.5 12.8 Z";
    case Icon::Clock:
        return "O 8 8 5.8 M 8 4.8 L 8 8 L 10.3 9.4";
    case Icon::Check:
        return "M 3 8.6 L 6.4 12 L 13 4.4";
    case Icon::Cross:
        return "M 3.8 3.8 L 12.2 12.2 M 12.2 3.8 L 3.8 12.2";
    case Icon::Alert:
        return "F M 7 2.6 L 9 2.6 L 8.7 9.8 L 7.3 9.8 Z O 8 12.4 1.1";
    case Icon::Question:
        return "M 5.4 5.7 C 5.5 3.9 6.6 3 8.1 3 C 9.7 3 10.8 4 10.8 5.4 C 10.8 7.4 8 7.5 8 9.7 "
               "F O 8 12.5 1";
    case Icon::Pause:
        return "F R 4 3.5 2.6 9 0.6 R 9.4 3.5 2.6 9 0.6";
    case Icon::Stop:
        return "F R 4 4 8 8 1.2";
    case Icon::Dot:
        return "F O 8 8 4";
    case Icon::ChevronRight:
        return "M 6 3.8 L 10.2 8 L 6 12.2";
    case Icon::ChevronDown:
        return "M 3.8 6 L 8 10.2 L 12.2 6";
    case Icon::Branch:
        return "O 4.5 3.8 1.7 O 4.5 12.2 1.7 O 11.5 5.2 1.7 M 4.5 5.5 L 4.5 10.5 "
               "M 11.5 6.9 C 11.5 9.4 8 8.6 5.6 10.8";
    case Icon::Shield:
        return "M 8 1.8 L 13 3.6 L 13 7.6 C 13 10.8 11 13 8 14.3 C 5 13 3 10.8 3 7.6 L 3 3.6 Z "
               "M 5.7 7.9 L 7.4 9.6 L 10.5 6.3";
    case Icon::Keyboard:
        return "R 1.5 4 13 8 1.6 M 4 6.6 L 4.2 6.6 M 6.6 6.6 L 6.8 6.6 M 9.2 6.6 L 9.4 6.6 "
               "M 11.8 6.6 L 12 6.6 M 5 9.6 L 11 9.6";
    case Icon::Copy:
        return "R 5.5 5.5 8 8 1.4 M 3.8 10.5 C 2.8 10.5 2.5 10 2.5 9.2 L 2.5 3.8 "
               "C 2.5 3 3 2.5 3.8 2.5 L 9.2 2.5 C 10 2.5 10.5 2.9 10.5 3.7";
    case Icon::Refresh:
        return "M 13 8 C 13 10.8 10.8 13 8 13 C 5.2 13 3 10.8 3 8 C 3 5.2 5.2 3 8 3 "
               "C 9.8 3 11.3 3.9 12.2 5.2 M 12.5 2.4 L 12.5 5.5 L 9.4 5.5";
    case Icon::Box:
        return "M 8 1.8 L 13.6 4.8 L 13.6 11.2 L 8 14.2 L 2.4 11.2 L 2.4 4.8 Z "
               "M 2.4 4.8 L 8 7.9 L 13.6 4.8 M 8 7.9 L 8 14.2";
    case Icon::File:
        return "M 3.7 2 L 9.2 2 L 12.3 5.2 L 12.3 14 L 3.7 14 Z M 9 2.2 L 9 5.4 L 12.2 5.4";
    case Icon::Pencil:
        return "M 3 13 L 3.6 10.2 L 10.9 2.9 L 13.1 5.1 L 5.8 12.4 Z M 9.4 4.4 L 11.6 6.6";
    case Icon::Terminal:
        return "M 3 4.5 L 6.5 8 L 3 11.5 M 8 12 L 13 12";
    case Icon::Globe:
        return "O 8 8 6 M 2 8 L 14 8 M 8 2 C 5 5 5 11 8 14 M 8 2 C 11 5 11 11 8 14";
    case Icon::Trash:
        return "M 2.8 4.4 L 13.2 4.4 M 6 4.2 L 6 2.6 L 10 2.6 L 10 4.2 "
               "M 4 4.6 L 4.6 13.6 L 11.4 13.6 L 12 4.6 M 6.7 7 L 6.9 11 M 9.3 7 L 9.1 11";
    case Icon::Thought:
        return "M 3.2 10.4 C 1.4 8 2.4 3 8 3 C 13.6 3 14.6 8 12.2 10 C 11 11 9 11.2 7.2 10.9 "
               "L 4 13 L 4.4 10.9 Z";
    case Icon::Plan:
        return "M 6.5 4 L 13.5 4 M 6.5 8 L 13.5 8 M 6.5 12 L 13.5 12 M 2.2 4 L 3.1 4.9 L 4.6 3.1 "
               "M 2.2 8 L 3.1 8.9 L 4.6 7.1 O 3.3 12 0.9";
    case Icon::Engine:
        return "R 2 8 12 5.2 1.2 M 4.4 10.6 L 4.6 10.6 M 4.5 7.8 L 4.5 5.4 L 7 5.4 L 7 7.8 "
               "M 8 7.8 L 8 5.4 L 10.5 5.4 L 10.5 7.8 M 8 5.2 L 8 2.8 L 10.5 2.8 L 10.5 5.2";
    case Icon::Arrow:
        return "M 8 13 L 8 3.2 M 3.8 7.4 L 8 3.2 L 12.2 7.4";
    case Icon::Gear:
        return "O 8 8 2.2 M 8 1.8 L 8 4 M 8 12 L 8 14.2 M 1.8 8 L 4 8 M 12 8 L 14.2 8 "
               "M 3.6 3.6 L 5.2 5.2 M 10.8 10.8 L 12.4 12.4 M 12.4 3.6 L 10.8 5.2 M 5.2 10.8 L 3.6 "
               "12.4";
    case Icon::Down:
        return "M 8 3 L 8 12.8 M 3.8 8.6 L 8 12.8 L 12.2 8.6";
    }
    return "";
}

struct Outline
{
    QPainterPath stroke;
    QPainterPath fill;
};

Outline parse(const char *text)
{
    Outline outline;
    QPainterPath *path = &outline.stroke;
    const QList<QByteArray> words = QByteArray(text).split(' ');
    qsizetype at = 0;
    const auto number = [&words, &at] { return words.value(at++).toDouble(); };
    const auto point = [&number] {
        const double x = number();
        return QPointF(x, number());
    };
    while (at < words.size()) {
        const QByteArray word = words.at(at++);
        if (word == "F") {
            path = &outline.fill;
            path->setFillRule(Qt::WindingFill);
        } else if (word == "M") {
            path->moveTo(point());
        } else if (word == "L") {
            path->lineTo(point());
        } else if (word == "C") {
            const QPointF first = point();
            const QPointF second = point();
            path->cubicTo(first, second, point());
        } else if (word == "Z") {
            path->closeSubpath();
        } else if (word == "O") {
            const QPointF centre = point();
            const double radius = number();
            path->addEllipse(centre, radius, radius);
        } else if (word == "R") {
            const QPointF corner = point();
            const QPointF size = point();
            const double radius = number();
            path->addRoundedRect(QRectF(corner, QSizeF(size.x(), size.y())), radius, radius);
        }
    }
    return outline;
}

const Outline &cachedOutline(Icon icon)
{
    static QHash<int, Outline> cache; // main thread only, as all painting
    const auto key = static_cast<int>(icon);
    auto found = cache.find(key);
    if (found == cache.end())
        found = cache.insert(key, parse(outlineOf(icon)));
    return *found;
}

class PaintedIconEngine final : public QIconEngine
{
public:
    PaintedIconEngine(Icon icon, Tone tone)
        : m_icon(icon)
        , m_tone(tone)
    {
    }
    void paint(QPainter *painter, const QRect &rect, QIcon::Mode mode, QIcon::State) override
    {
        QColor color = tonesFor(QGuiApplication::palette()).of(m_tone);
        if (mode == QIcon::Disabled)
            color.setAlphaF(0.45F);
        paintIcon(*painter, m_icon, rect, color);
    }
    QPixmap pixmap(const QSize &size, QIcon::Mode mode, QIcon::State state) override
    {
        QPixmap pixmap(size);
        pixmap.fill(Qt::transparent);
        QPainter painter(&pixmap);
        paint(&painter, QRect(QPoint(), size), mode, state);
        return pixmap;
    }
    [[nodiscard]] QIconEngine *clone() const override { return new PaintedIconEngine(*this); }
    QString iconName() override { return {}; }
    bool isNull() override { return m_icon == Icon::None; }

private:
    Icon m_icon;
    Tone m_tone;
};

} // namespace

void paintIcon(QPainter &painter, Icon icon, const QRectF &rect, const QColor &color)
{
    const Outline &outline = cachedOutline(icon);
    const qreal side = qMin(rect.width(), rect.height());
    painter.save();
    painter.setRenderHint(QPainter::Antialiasing);
    painter.translate(rect.center() - QPointF(side / 2, side / 2));
    painter.scale(side / 16, side / 16);
    QPen pen(color, 1.4, Qt::SolidLine, Qt::RoundCap, Qt::RoundJoin);
    painter.strokePath(outline.stroke, pen);
    painter.fillPath(outline.fill, color);
    painter.restore();
}

QIcon makeIcon(Icon icon, Tone tone)
{
    return icon == Icon::None ? QIcon() : QIcon(new PaintedIconEngine(icon, tone));
}

} // namespace paddock::ui
