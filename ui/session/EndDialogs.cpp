// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/session/EndDialogs.h"

#include "ui/session/WindowActor.h"
#include "ui/text/DisplayText.h"
#include "ui/text/ErrorText.h"
#include "ui/theme/PaddockStyle.h"
#include "ui/widgets/MessageCard.h"

#include <QCheckBox>
#include <QHBoxLayout>
#include <QPushButton>
#include <QRadioButton>
#include <QVBoxLayout>

using namespace Qt::StringLiterals;

namespace paddock::ui {

namespace {

QPushButton *
addButtons(QDialog *dialog, QVBoxLayout *column, const QString &verb, const QString &name)
{
    auto *cancel = new QPushButton(QCoreApplication::translate("EndDialogs", "Cancel"), dialog);
    cancel->setObjectName(u"cancelButton"_s);
    cancel->setDefault(true); // the harmless one
    auto *ok = new QPushButton(verb, dialog);
    ok->setObjectName(name);
    ok->setAutoDefault(false);
    QObject::connect(cancel, &QPushButton::clicked, dialog, &QDialog::reject);
    auto *row = new QHBoxLayout;
    row->setSpacing(2 * kGrid);
    row->addStretch();
    row->addWidget(cancel);
    row->addWidget(ok);
    column->addSpacing(2 * kGrid);
    column->addLayout(row);
    return ok;
}

QVBoxLayout *prepare(QDialog *dialog, const QString &title, const QString &question)
{
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->setWindowTitle(title);
    dialog->setMinimumWidth(110 * kGrid);
    auto *column = new QVBoxLayout(dialog);
    column->setContentsMargins(5 * kGrid, 5 * kGrid, 5 * kGrid, 4 * kGrid);
    column->setSpacing(2 * kGrid);
    auto *heading = new PlainLabel(question, dialog);
    heading->setScale(1.1, QFont::DemiBold);
    column->addWidget(heading);
    return column;
}

} // namespace

FinishDialog::FinishDialog(facade::SessionService &service,
                           const sessions::Session &session,
                           QWidget *parent)
    : QDialog(parent)
    , m_work(new PlainLabel({}, this))
    , m_keep(new QRadioButton(this))
    , m_discard(new QRadioButton(this))
{
    setObjectName(u"finishDialog"_s);
    const bool write = session.mode == sessions::SessionMode::Write;
    QVBoxLayout *column =
        prepare(this, tr("Finish session"), tr("Finish \"%1\"?").arg(session.title));
    auto *what = new PlainLabel(
        sessions::isActive(session.state)
            ? tr("The agent is ended, its last commits are brought over, and container and "
                 "worktree "
                 "are removed. The conversation stays.")
            : tr("The last commits are brought over, and container and worktree are removed. The "
                 "conversation stays."),
        this);
    what->setTone(Tone::Dim);
    column->addWidget(what);
    m_work->setObjectName(u"finishWork"_s);
    m_work->setShownText(tr("Looking at the changes…"));
    column->addWidget(m_work);
    m_keep->setText(
        plainButtonText(tr("Keep the branch %1, to merge it later").arg(session.branch)));
    m_keep->setChecked(true);
    m_keep->setObjectName(u"keepBranch"_s);
    m_discard->setText(tr("Discard the branch and what is on it"));
    m_discard->setObjectName(u"discardBranch"_s);
    column->addWidget(m_keep);
    column->addWidget(m_discard);
    m_keep->setVisible(write);
    m_discard->setVisible(write);
    m_work->setVisible(write);
    m_ok = addButtons(this, column, tr("Finish"), u"finishButton"_s);
    ButtonRoles::set(m_ok, ButtonRole::Primary);
    connect(m_discard, &QRadioButton::toggled, this, [this](bool discard) {
        m_ok->setText(discard ? tr("Finish and discard") : tr("Finish"));
    });
    connect(m_ok, &QPushButton::clicked, this, [this] {
        using B = sessions::FinishOptions::Branch;
        Q_EMIT confirmed({.branch = m_discard->isChecked() ? B::Discard : B::Keep});
        accept();
    });
    if (write)
        service.diff(session.id).then(this, [this](const Result<facade::SessionDiff> &diff) {
            showDiff(diff);
        });
}

void FinishDialog::showDiff(const Result<facade::SessionDiff> &diff)
{
    if (!diff) {
        m_work->setShownText(
            tr("What is on the branch could not be read: %1").arg(wordsFor(diff.error()).message));
        return;
    }
    QStringList words;
    words += diff->commits > 0 ? tr("%n commit(s) on the branch", nullptr, diff->commits)
                               : tr("No commit on the branch");
    words += tr("%n file(s) changed", nullptr, static_cast<int>(diff->files.size()));
    QString text = words.join(u", "_s) + u'.';
    if (diff->uncommitted)
        text += u' ' + tr("Some of the work is not committed.");
    m_work->setShownText(text);
}

RemoveDialog::RemoveDialog(facade::SessionService &service,
                           const sessions::Session &session,
                           QWidget *parent)
    : QDialog(parent)
    , m_service(service)
    , m_id(session.id)
    , m_error(new MessageCard(MessageCard::Closing::Fixed, this))
    , m_discard(new QCheckBox(tr("Permanently discard this work"), this))
{
    setObjectName(u"removeDialog"_s);
    QVBoxLayout *column =
        prepare(this, tr("Remove session"), tr("Remove \"%1\"?").arg(session.title));
    auto *what = new PlainLabel(
        tr("The conversation, the container and the worktree of this session are removed from this "
           "machine. Work that is nowhere else is protected."),
        this);
    what->setTone(Tone::Dim);
    column->addWidget(what);
    m_error->setObjectName(u"removeError"_s);
    m_error->hide();
    column->addWidget(m_error);
    m_discard->setObjectName(u"discardWork"_s);
    m_discard->hide();
    column->addWidget(m_discard);
    m_ok = addButtons(this, column, tr("Remove"), u"removeButton"_s);
    connect(m_ok, &QPushButton::clicked, this, &RemoveDialog::removeNow);
    connect(m_discard, &QCheckBox::toggled, this, [this](bool discard) {
        m_ok->setText(discard ? tr("Remove and discard") : tr("Remove"));
        m_ok->setEnabled(discard);
    });
}

void RemoveDialog::removeNow()
{
    using W = sessions::RemoveOptions::Work;
    m_ok->setEnabled(false);
    m_service
        .remove(windowActor(), m_id, {.work = m_discard->isChecked() ? W::Discard : W::Protect})
        .then(this, [this](const Result<Done> &result) {
            if (result) {
                accept();
                return;
            }
            m_error->showError(result.error());
            m_error->show();
            const bool protectedWork = result.error().kind == ErrorKind::WorktreeDirty;
            m_discard->setVisible(protectedWork);
            m_ok->setEnabled(!protectedWork || m_discard->isChecked());
            adjustSize();
        });
}

} // namespace paddock::ui
