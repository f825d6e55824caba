// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/newsession/NewSessionDialog.h"

#include "ui/session/WindowActor.h"
#include "ui/text/DisplayText.h"
#include "ui/text/ErrorText.h"
#include "ui/theme/PaddockStyle.h"
#include "ui/widgets/MessageCard.h"

#include <QButtonGroup>
#include <QComboBox>
#include <QDir>
#include <QFileDialog>
#include <QGridLayout>
#include <QKeyEvent>
#include <QPlainTextEdit>
#include <QPushButton>
#include <QVBoxLayout>

using namespace Qt::StringLiterals;

namespace paddock::ui {

namespace {

constexpr qsizetype kMaxTitle = 72;

enum class AgentChoice { ClaudeCode, Demonstration };

QString comboText(const QString &text)
{
    return visibleText(text.left(120), Lines::One);
}

} // namespace

NewSessionDialog::NewSessionDialog(const facade::Services &services,
                                   const Demo &demo,
                                   const ProjectId &project,
                                   QWidget *parent)
    : QDialog(parent)
    , m_services(services)
    , m_demo(demo)
    , m_message(new QPlainTextEdit(this))
    , m_project(new QComboBox(this))
    , m_addProject(new QPushButton(tr("Add…"), this))
    , m_projectWords(new PlainLabel({}, this))
    , m_agent(new QComboBox(this))
    , m_agentWords(new PlainLabel({}, this))
    , m_write(new QPushButton(tr("Write"), this))
    , m_explore(new QPushButton(tr("Explore"), this))
    , m_modeWords(new PlainLabel({}, this))
    , m_image(new QComboBox(this))
    , m_imageWords(new PlainLabel({}, this))
    , m_sandboxWords(new PlainLabel({}, this))
    , m_error(new MessageCard(MessageCard::Closing::Dismissable, this))
    , m_problem(new PlainLabel({}, this))
    , m_start(new QPushButton(tr("Start"), this))
{
    setObjectName(u"newSessionDialog"_s);
    setWindowTitle(tr("New session"));
    setAttribute(Qt::WA_DeleteOnClose);
    buildLayout();
    connectParts();
    fillProjects(project);
    fillImages({});
    updateWords();
    m_message->setFocus();
    services.images->list().then(this, [this](const Result<QList<facade::ImageInfo>> &images) {
        // Without a list the automatic choice is still there; health says what is wrong.
        if (images)
            fillImages(*images);
        updateWords();
    });
}

void NewSessionDialog::buildLayout()
{
    setMinimumWidth(150 * kGrid);
    m_message->setObjectName(u"newMessage"_s);
    m_message->setPlaceholderText(
        tr("What is to be done? The agent gets this as its first message."));
    m_message->setTabChangesFocus(true);
    m_message->setFixedHeight(m_message->fontMetrics().lineSpacing() * 4 + 5 * kGrid);
    m_message->installEventFilter(this);
    m_project->setObjectName(u"newProject"_s);
    m_addProject->setObjectName(u"newAddProject"_s);
    m_addProject->setAccessibleName(tr("Add a project"));
    m_agent->setObjectName(u"newAgent"_s);
    m_agent->addItem(tr("Claude Code"), static_cast<int>(AgentChoice::ClaudeCode));
    if (m_demo.isAvailable())
        m_agent->addItem(tr("Demonstration"), static_cast<int>(AgentChoice::Demonstration));
    m_write->setObjectName(u"modeWrite"_s);
    m_explore->setObjectName(u"modeExplore"_s);
    auto *modes = new QButtonGroup(this);
    for (QPushButton *button : {m_write, m_explore}) {
        button->setCheckable(true);
        button->setAutoDefault(false);
        modes->addButton(button);
    }
    m_write->setChecked(true);
    m_image->setObjectName(u"newImage"_s);
    m_start->setObjectName(u"startButton"_s);
    m_start->setDefault(true);
    ButtonRoles::set(m_start, ButtonRole::Primary);
    m_addProject->setAutoDefault(false);
    m_error->setObjectName(u"newError"_s);
    m_error->hide();
    m_problem->setObjectName(u"newProblem"_s);
    m_problem->setTone(Tone::Attention);
    for (QComboBox *combo : {m_project, m_agent, m_image}) {
        combo->setSizeAdjustPolicy(QComboBox::AdjustToMinimumContentsLengthWithIcon);
        combo->setMinimumContentsLength(18);
    }
    for (PlainLabel *words :
         {m_projectWords, m_agentWords, m_modeWords, m_imageWords, m_sandboxWords}) {
        words->setTone(Tone::Dim);
        words->setScale(kSecondary);
    }

    auto *grid = new QGridLayout;
    grid->setHorizontalSpacing(3 * kGrid);
    grid->setVerticalSpacing(3 * kGrid);
    grid->setColumnStretch(1, 1);
    int row = 0;
    const auto addRow = [this, grid, &row](const QString &name, QWidget *buddy, QLayout *content) {
        auto *label = new QLabel(name, this);
        label->setTextFormat(Qt::PlainText);
        label->setAlignment(Qt::AlignRight | Qt::AlignTop);
        label->setContentsMargins(0, kGrid + 2, 0, 0);
        if (buddy) {
            label->setBuddy(buddy);
            buddy->setAccessibleName(QString(name).remove(u'&'));
        }
        grid->addWidget(label, row, 0);
        grid->addLayout(content, row, 1);
        ++row;
    };
    const auto line = [](std::initializer_list<QWidget *> controls, QWidget *words) {
        auto *box = new QHBoxLayout;
        box->setSpacing(2 * kGrid);
        for (QWidget *control : controls)
            box->addWidget(control, 0, Qt::AlignTop);
        box->addWidget(words, 1, Qt::AlignVCenter);
        return box;
    };
    auto *messageBox = new QHBoxLayout;
    messageBox->addWidget(m_message);
    addRow(tr("&Task"), m_message, messageBox);
    addRow(tr("&Project"), m_project, line({m_project, m_addProject}, m_projectWords));
    addRow(tr("&Agent"), m_agent, line({m_agent}, m_agentWords));
    addRow(tr("Mode"), nullptr, line({m_write, m_explore}, m_modeWords));
    m_write->setAccessibleDescription(tr("Mode"));
    m_explore->setAccessibleDescription(tr("Mode"));
    addRow(tr("&Image"), m_image, line({m_image}, m_imageWords));
    auto *sealed = new Badge(this);
    sealed->setLook(Icon::Shield, tr("sealed"), Tone::Success);
    addRow(tr("Sandbox"), nullptr, line({sealed}, m_sandboxWords));

    auto *cancel = new QPushButton(tr("Cancel"), this);
    cancel->setObjectName(u"cancelButton"_s);
    cancel->setAutoDefault(false);
    connect(cancel, &QPushButton::clicked, this, &QDialog::reject);
    auto *foot = new QHBoxLayout;
    foot->setContentsMargins(5 * kGrid, 3 * kGrid, 5 * kGrid, 3 * kGrid);
    foot->setSpacing(2 * kGrid);
    foot->addWidget(m_problem, 1);
    foot->addWidget(cancel);
    foot->addWidget(m_start);
    auto *body = new QVBoxLayout;
    body->setContentsMargins(5 * kGrid, 5 * kGrid, 5 * kGrid, 5 * kGrid);
    body->setSpacing(3 * kGrid);
    body->addLayout(grid);
    body->addWidget(m_error);
    auto *column = new QVBoxLayout(this);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(0);
    column->addLayout(body, 1);
    column->addWidget(new Line(Qt::Horizontal, this));
    column->addLayout(foot);
    QWidget *before = m_message;
    for (QWidget *next : {static_cast<QWidget *>(m_project),
                          static_cast<QWidget *>(m_addProject),
                          static_cast<QWidget *>(m_agent),
                          static_cast<QWidget *>(m_write),
                          static_cast<QWidget *>(m_explore),
                          static_cast<QWidget *>(m_image),
                          static_cast<QWidget *>(cancel),
                          static_cast<QWidget *>(m_start)}) {
        QWidget::setTabOrder(before, next);
        before = next;
    }
}

void NewSessionDialog::connectParts()
{
    connect(m_message, &QPlainTextEdit::textChanged, this, &NewSessionDialog::updateWords);
    connect(m_project, &QComboBox::currentIndexChanged, this, &NewSessionDialog::updateWords);
    connect(m_agent, &QComboBox::currentIndexChanged, this, &NewSessionDialog::onAgentChanged);
    connect(m_image, &QComboBox::currentIndexChanged, this, &NewSessionDialog::updateWords);
    connect(m_write, &QPushButton::toggled, this, &NewSessionDialog::updateWords);
    connect(m_addProject, &QPushButton::clicked, this, &NewSessionDialog::addProject);
    connect(m_start, &QPushButton::clicked, this, &NewSessionDialog::start);
    connect(m_services.projects, &facade::ProjectService::changed, this, [this] {
        fillProjects(ProjectId{m_project->currentData().toString()});
    });
    connect(
        m_services.health, &facade::HealthService::changed, this, &NewSessionDialog::updateWords);
}

void NewSessionDialog::fillProjects(const ProjectId &choose)
{
    const QSignalBlocker blocker(m_project);
    m_project->clear();
    const QList<facade::ProjectInfo> projects = m_services.projects->list();
    for (const facade::ProjectInfo &info : projects) {
        m_project->addItem(comboText(info.name), info.id.value);
        m_project->setItemData(m_project->count() - 1, plainToolTip(info.path), Qt::ToolTipRole);
    }
    const int index = m_project->findData(choose.value);
    m_project->setCurrentIndex(index >= 0 ? index : projects.isEmpty() ? -1 : 0);
    m_project->setEnabled(!projects.isEmpty() && !isDemo());
    m_project->setPlaceholderText(tr("No project yet"));
    updateWords();
}

void NewSessionDialog::fillImages(const QList<facade::ImageInfo> &images)
{
    const QSignalBlocker blocker(m_image);
    m_image->clear();
    m_image->addItem(tr("Automatic"), QString());
    QStringList agentImages;
    QStringList others;
    for (const facade::ImageInfo &image : images) {
        for (const QString &tag : image.tags)
            (image.isAgentImage ? agentImages : others) += tag;
    }
    for (const QString &tag : std::as_const(agentImages))
        m_image->addItem(comboText(tag), tag);
    if (!agentImages.isEmpty() && !others.isEmpty())
        m_image->insertSeparator(m_image->count());
    for (const QString &tag : std::as_const(others))
        m_image->addItem(comboText(tag), tag);
}

std::optional<facade::ProjectInfo> NewSessionDialog::project() const
{
    const QString id = m_project->currentData().toString();
    const QList<facade::ProjectInfo> projects = m_services.projects->list();
    const auto found = std::ranges::find(projects, ProjectId{id}, &facade::ProjectInfo::id);
    return found == projects.end() ? std::nullopt : std::optional(*found);
}

bool NewSessionDialog::isDemo() const
{
    return m_agent->currentData().toInt() == static_cast<int>(AgentChoice::Demonstration);
}

void NewSessionDialog::chooseDemo()
{
    const int index = m_agent->findData(static_cast<int>(AgentChoice::Demonstration));
    if (index >= 0)
        m_agent->setCurrentIndex(index);
}

void NewSessionDialog::onAgentChanged()
{
    // The script knows one project and one task.
    const QString text = m_message->toPlainText();
    if (isDemo() && text.trimmed().isEmpty())
        m_message->setPlainText(m_demo.prompt);
    else if (!isDemo() && text == m_demo.prompt)
        m_message->clear();
    {
        const QSignalBlocker blocker(m_project);
        if (isDemo()) {
            m_chosenProject = m_project->currentIndex();
            m_project->setPlaceholderText(m_demo.projectName);
            m_project->setCurrentIndex(-1);
        } else if (m_project->currentIndex() < 0) {
            m_project->setPlaceholderText(tr("No project yet"));
            m_project->setCurrentIndex(qMin(m_chosenProject, m_project->count() - 1));
        }
    }
    m_project->setEnabled(!isDemo() && m_project->count() > 0);
    m_addProject->setEnabled(!isDemo());
    updateWords();
}

QString NewSessionDialog::placeWords(projects::Isolation isolation)
{
    switch (isolation) {
    case projects::Isolation::Always:
        return tr("A worktree and a branch of its own.");
    case projects::Isolation::Concurrent:
        return tr(
            "Your own checkout, or a worktree while another session writes there. The agent's "
            "commits go to a branch of its own.");
    case projects::Isolation::Never:
        return tr("Your own checkout, with all files in it. The agent's commits go to a branch of "
                  "its own.");
    }
    Q_UNREACHABLE();
}

void NewSessionDialog::updateWords()
{
    const std::optional<facade::ProjectInfo> chosen = project();
    const facade::Health health = m_services.health->current();
    const bool write = m_write->isChecked();
    const bool demo = isDemo();
    m_projectWords->setShownText(
        demo     ? tr("%1, a sample project that is made for it.").arg(m_demo.projectName)
        : chosen ? QDir::toNativeSeparators(chosen->path)
                 : tr("Choose a folder in a git repository."));
    m_projectWords->setToolTip(chosen ? plainToolTip(chosen->path) : QString());
    m_agentWords->setShownText(
        demo ? tr("Claude Code answered by a script that comes with Paddock: no "
                  "account, no model. Asks before acting.")
             : tr("Your account or key is used outside the container. Asks before acting."));
    m_modeWords->setShownText(write ? placeWords(demo || !chosen ? projects::Isolation::Always
                                                                 : chosen->settings.isolation)
                                    : tr("The main checkout, read-only; no branch."));
    const QString image = m_image->currentData().toString();
    if (!image.isEmpty())
        m_imageWords->setShownText(tr("Chosen for this session."));
    else if (!demo && chosen && !chosen->settings.image.isEmpty())
        m_imageWords->setShownText(tr("%1, from the project.").arg(chosen->settings.image));
    else if (!health.imageName.isEmpty())
        m_imageWords->setShownText(tr("%1, because the project names none.").arg(health.imageName));
    else
        m_imageWords->setShownText(tr("The default image, because the project names none."));
    m_sandboxWords->setShownText(tr(
        "No network interface, no keys, no capabilities; the model only through the gateway. 4 GB, "
        "2 CPUs, 512 processes."));
    const QString why = problem();
    m_problem->setShownText(why);
    m_start->setEnabled(why.isEmpty() && !m_isStarting);
    m_start->setToolTip(why.isEmpty() ? tr("Ctrl+Enter") : plainToolTip(why));
    m_start->setAccessibleDescription(why);
}

QString NewSessionDialog::problem() const
{
    const std::optional<facade::ProjectInfo> chosen = project();
    if (m_isAdding)
        return tr("Looking at the folder…");
    if (!chosen && !isDemo())
        return tr("Add a project first.");
    if (!isDemo() && !chosen->problem.isEmpty())
        return visibleText(chosen->problem, Lines::One);
    if (m_message->toPlainText().trimmed().isEmpty())
        return tr("Say what is to be done.");
    const facade::Health health = m_services.health->current();
    for (const facade::HealthItem &item : health.items) {
        if (item.id == "engine"_L1 && item.status == facade::HealthItem::Status::Broken)
            return item.error ? wordsFor(*item.error).message
                              : tr("The container engine does not answer.");
    }
    return {};
}

sessions::StartOptions NewSessionDialog::options() const
{
    sessions::StartOptions options;
    options.project = isDemo() ? QString() : m_project->currentData().toString();
    options.message = m_message->toPlainText().trimmed();
    const QString first = options.message.section(u'\n', 0, 0).simplified();
    options.title = first.size() <= kMaxTitle ? first : first.left(kMaxTitle - 1).trimmed() + u'…';
    options.adapter = u"claude-code"_s;
    options.mode =
        m_write->isChecked() ? sessions::SessionMode::Write : sessions::SessionMode::Explore;
    options.image = m_image->currentData().toString();
    if (isDemo())
        options.upstream = u"demo"_s;
    return options;
}

void NewSessionDialog::start()
{
    if (!problem().isEmpty() || m_isStarting)
        return;
    m_isStarting = true;
    m_error->hide();
    updateWords();
    Q_EMIT startRequested(options());
}

void NewSessionDialog::showError(const Error &error)
{
    m_isStarting = false;
    m_error->showError(error);
    m_error->show();
    updateWords();
}

void NewSessionDialog::addProject()
{
    auto *chooser =
        new QFileDialog(this, tr("Add a project: a folder in a git repository"), QDir::homePath());
    chooser->setObjectName(u"projectChooser"_s);
    chooser->setAttribute(Qt::WA_DeleteOnClose);
    chooser->setFileMode(QFileDialog::Directory);
    chooser->setOption(QFileDialog::ShowDirsOnly);
    connect(chooser, &QFileDialog::fileSelected, this, &NewSessionDialog::addProjectAt);
    chooser->open();
}

void NewSessionDialog::addProjectAt(const QString &path)
{
    m_isAdding = true;
    m_error->hide();
    updateWords();
    m_services.projects->add(windowActor(), path)
        .then(this, [this](const Result<facade::ProjectInfo> &result) {
            m_isAdding = false;
            if (result)
                fillProjects(result->id);
            else
                showError(result.error());
            updateWords();
        });
}

bool NewSessionDialog::eventFilter(QObject *watched, QEvent *event)
{
    if (watched == m_message && event->type() == QEvent::KeyPress) {
        const auto *key = static_cast<QKeyEvent *>(event);
        const bool enter = key->key() == Qt::Key_Return || key->key() == Qt::Key_Enter;
        if (enter && key->modifiers().testFlag(Qt::ControlModifier)) {
            start();
            return true;
        }
    }
    return QDialog::eventFilter(watched, event);
}

} // namespace paddock::ui
