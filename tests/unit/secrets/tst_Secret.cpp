// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/secrets/Secret.h"

#include <QFile>
#include <QTest>

#include <concepts>
#include <cstring>
#include <ostream>
#include <sys/wait.h>
#include <type_traits>
#include <unistd.h>

using paddock::secrets::Secret;

template <typename T>
concept Streams = requires(std::ostream &out, const T &value)
{
    out << value;
};
template <typename T>
concept Debugs = requires(QDebug out, const T &value)
{
    out << value;
};

static_assert(!std::is_copy_constructible_v<Secret> && !std::is_copy_assignable_v<Secret>);
static_assert(std::is_nothrow_move_constructible_v<Secret>);
static_assert(!std::is_convertible_v<Secret, QString> &&
              !std::is_convertible_v<Secret, QByteArray>);
static_assert(!std::is_constructible_v<QString, Secret> &&
              !std::is_constructible_v<QByteArray, Secret>);
static_assert(!Streams<Secret> && !Debugs<Secret>);
static_assert(Streams<int> && Debugs<int>); // the checks do see what can be streamed

namespace {

QByteArray textOf(const Secret &secret)
{
    const auto bytes = secret.reveal();
    return {reinterpret_cast<const char *>(bytes.data()), static_cast<qsizetype>(bytes.size())};
}

/// Value of a field of the mapping that holds \a address, from /proc/self/smaps.
QByteArray smapsField(const void *address, const QByteArray &field)
{
    QFile file(QStringLiteral("/proc/self/smaps"));
    if (!file.open(QIODevice::ReadOnly))
        return {};
    const auto wanted = reinterpret_cast<quintptr>(address);
    bool isInside = false;
    for (const QByteArray &line : file.readAll().split('\n')) {
        const qsizetype dash = line.indexOf('-');
        const qsizetype space = line.indexOf(' ');
        if (dash > 0 && space > dash && !line.left(space).contains(':')) {
            const auto from = line.left(dash).toULongLong(nullptr, 16);
            const auto to = line.mid(dash + 1, space - dash - 1).toULongLong(nullptr, 16);
            isInside = wanted >= from && wanted < to;
        } else if (isInside && line.startsWith(field)) {
            return line.mid(field.size()).trimmed();
        }
    }
    return {};
}

} // namespace

class tst_Secret : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void takesAndWipesTheSource()
    {
        QByteArray text("canary-1234");
        text.detach();
        const Secret secret = Secret::takeFrom(text);
        QCOMPARE(textOf(secret), QByteArray("canary-1234"));
        QVERIFY(text.isEmpty());

        // wipe() itself, where the memory can still be looked at
        std::byte bytes[4] = {std::byte{1}, std::byte{2}, std::byte{3}, std::byte{4}};
        paddock::secrets::wipe(bytes);
        for (const std::byte byte : bytes)
            QCOMPARE(static_cast<int>(byte), 0);
    }

    void moves()
    {
        QByteArray text("abc");
        Secret first = Secret::takeFrom(text);
        const auto *address = first.reveal().data();
        Secret second(std::move(first));
        QVERIFY(first.isEmpty()); // NOLINT(bugprone-use-after-move): what is tested
        QCOMPARE(second.reveal().data(), address);
        Secret third;
        third = std::move(second);
        QCOMPARE(textOf(third), QByteArray("abc"));
        const Secret fourth = third.clone();
        QVERIFY(fourth.reveal().data() != third.reveal().data());
        third.clear();
        QCOMPARE(textOf(fourth), QByteArray("abc"));
        QVERIFY(third.isEmpty() && third.reveal().empty());
    }

    void livesInPagesThatAreNotDumped()
    {
        const Secret secret = Secret::ofSize(100);
        const QByteArray flags = smapsField(secret.reveal().data(), "VmFlags:");
        QVERIFY2(flags.contains(" dd"), flags.constData()); // do not dump
        QVERIFY2(flags.contains(" wf"), flags.constData()); // wiped in a child
        if (secret.isLocked())
            QVERIFY2(flags.contains(" lo"), flags.constData());
        // control: ordinary memory has neither
        const QByteArray heap(1 << 20, 'x');
        QVERIFY(!smapsField(heap.constData(), "VmFlags:").contains(" dd"));
    }

    void isNotSeenByAChild()
    {
        QByteArray text("abc");
        const Secret secret = Secret::takeFrom(text);
        const QByteArray ordinary("abc");
        const pid_t child = ::fork();
        if (child == 0) {
            const bool wiped = std::memcmp(secret.reveal().data(), "\0\0\0", 3) == 0;
            const bool control = std::memcmp(ordinary.constData(), "abc", 3) == 0;
            ::_exit(wiped && control ? 0 : 1);
        }
        int status = -1;
        QCOMPARE(::waitpid(child, &status, 0), child);
        QCOMPARE(status, 0);
    }
};

QTEST_GUILESS_MAIN(tst_Secret)
#include "tst_Secret.moc"
