// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QWidget>

namespace paddock::ui {

/// One dim line of facts. Names (branch, image) give way first; what then does not fit is left out
/// from the end, and stays in the tool tip and for assistive technology.
class FactsBar final : public QWidget
{
    Q_OBJECT

public:
    struct Fact
    {
        QString text;
        QString explanation; ///< for the tool tip; may be empty
        bool isName = false; ///< fixed font, may be shortened in its middle
        bool operator==(const Fact &) const = default;
    };

    explicit FactsBar(QWidget *parent = nullptr);

    /// Facts without text are left out.
    void setFacts(const QList<Fact> &facts);
    [[nodiscard]] const QList<Fact> &facts() const { return m_facts; }

    [[nodiscard]] QSize sizeHint() const override;
    [[nodiscard]] QSize minimumSizeHint() const override;

protected:
    void paintEvent(QPaintEvent *event) override;

private:
    QList<Fact> m_facts;
};

} // namespace paddock::ui
