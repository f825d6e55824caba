// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QPlainTextEdit>
#include <QTextEdit>

namespace paddock::ui {

/// Text of somebody else to read, select and copy, as high as it needs at its width. Plain: the
/// only marks that are understood are `code`, **bold** and # headings of a line, which become
/// character formats; nothing is ever parsed as HTML and nothing is loaded. Line breaks are kept.
class ProseView final : public QTextEdit
{
    Q_OBJECT

public:
    enum class Marks { Plain, Understood };
    explicit ProseView(Marks marks, QWidget *parent = nullptr);

    void setProse(const QString &text);
    [[nodiscard]] bool hasHeightForWidth() const override { return true; }
    [[nodiscard]] int heightForWidth(int width) const override;
    [[nodiscard]] QSize sizeHint() const override;
    [[nodiscard]] QSize minimumSizeHint() const override;

protected:
    void changeEvent(QEvent *event) override;
    void wheelEvent(QWheelEvent *event) override;
    void keyPressEvent(QKeyEvent *event) override;

private:
    void fill();

    Marks m_marks;
    QString m_text;
};

/// Lines in the fixed font: code, output, a diff. Not wider than its place (scrolls sideways), at
/// most \a maxLines high, then it scrolls.
class CodeView final : public QPlainTextEdit
{
    Q_OBJECT

public:
    enum class LineKind : quint8 { Plain, Added, Removed, Heading };
    enum class Wrap { Never, Anywhere };
    explicit CodeView(Wrap wrap, QWidget *parent = nullptr);

    void setMaxLines(int lines);
    /// Already made visible and limited.
    void setCode(const QString &text);
    /// The kinds of the first lines; the rest is plain.
    void setLineKinds(const QList<LineKind> &kinds);
    [[nodiscard]] bool hasHeightForWidth() const override;
    [[nodiscard]] int heightForWidth(int width) const override;
    [[nodiscard]] QSize sizeHint() const override;
    [[nodiscard]] QSize minimumSizeHint() const override;

protected:
    void changeEvent(QEvent *event) override;
    void wheelEvent(QWheelEvent *event) override;
    void keyPressEvent(QKeyEvent *event) override;

private:
    [[nodiscard]] int heightOfLines(int lines) const;
    void applyKinds();

    Wrap m_wrap;
    int m_maxLines = 16;
    QList<LineKind> m_kinds;
};

} // namespace paddock::ui
