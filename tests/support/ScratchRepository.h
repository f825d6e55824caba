// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QByteArray>
#include <QString>
#include <QStringList>

namespace paddock::test {

/// What a git program of the test said.
struct GitAnswer
{
    int exitCode = -1;
    QByteArray output{};
    QByteArray errors{};
};

/// Which git program, and for how long: exitCode is -1 when it did not end by itself.
struct GitLimits
{
    QString program = QStringLiteral("git");
    int milliseconds = 60'000;
};

/// Runs the ordinary, not hardened, git program in \a folder, as a person would: own identity,
/// dates fixed, no configuration of the machine.
[[nodiscard]] GitAnswer runGit(const QString &folder,
                               const QStringList &arguments,
                               const QByteArray &input = {},
                               const GitLimits &limits = {});

/// A real repository in a folder of the test's. The folder is not deleted (it belongs to a
/// QTemporaryDir of the test).
class ScratchRepository
{
public:
    enum class Start {
        FirstCommit, ///< README and src/main.c on branch main
        Unborn,      ///< no commit
    };

    explicit ScratchRepository(const QString &path, Start start = Start::FirstCommit);

    [[nodiscard]] const QString &path() const { return m_path; }
    [[nodiscard]] QString path(const QString &below) const { return m_path + u'/' + below; }

    /// Output of git without the last line feed; the test program aborts if it fails.
    QByteArray git(const QStringList &arguments, const QByteArray &input = {}) const;
    void write(const QString &below, const QByteArray &content) const;
    /// Stages everything and commits; answers the id.
    QByteArray commitAll(const QString &message) const;
    [[nodiscard]] QByteArray id(const QString &revision) const;
    [[nodiscard]] bool has(const QString &revision) const;

private:
    QString m_path;
};

/// Writes a file, with the folders it needs.
void writeFile(const QString &path, const QByteArray &content);
/// The content of a file; null if it cannot be read.
[[nodiscard]] QByteArray readFile(const QString &path);

} // namespace paddock::test
