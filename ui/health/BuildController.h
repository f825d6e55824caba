// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/facade/Services.h"

#include <memory>

namespace paddock::ui {

/// The one build of an image that may run, apart from any dialog that shows it: closing the dialog
/// lets it go on. Keeps the newest lines of its log.
class BuildController final : public QObject
{
    Q_OBJECT

public:
    enum class State { Idle, Running, Succeeded, Failed, Cancelled };
    Q_ENUM(State)
    static constexpr qsizetype kMaxLogLines = 5'000;

    explicit BuildController(facade::ImageService &images, QObject *parent = nullptr);

    /// Without effect while one runs.
    void start(facade::ImageService::Rebuild rebuild);
    void cancel();

    [[nodiscard]] State state() const { return m_state; }
    [[nodiscard]] const QString &recipe() const { return m_recipe; }
    [[nodiscard]] int step() const { return m_step; }
    [[nodiscard]] int steps() const { return m_steps; }
    [[nodiscard]] const QStringList &log() const { return m_log; }
    [[nodiscard]] qint64 droppedLines() const { return m_dropped; }
    [[nodiscard]] const Error &error() const { return m_error; }

Q_SIGNALS:
    void stateChanged();
    void progressChanged();
    void lineAdded(const QString &line);

private:
    void onFinished(const Result<QString> &image);

    facade::ImageService &m_images;
    std::unique_ptr<facade::ImageBuild> m_build;
    State m_state = State::Idle;
    QString m_recipe;
    int m_step = 0;
    int m_steps = 0;
    QStringList m_log;
    qint64 m_dropped = 0;
    Error m_error;
};

} // namespace paddock::ui
