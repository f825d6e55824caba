// SPDX-FileCopyrightText: Paddock contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/images/HostCertificates.h"
#include "core/images/ImageBuilder.h"
#include "core/images/ImageRecipe.h"
#include "tests/support/TestEnvironment.h"

#include <QDir>
#include <QFile>
#include <QProcess>
#include <QTest>

using namespace Qt::StringLiterals;
using namespace paddock;
using namespace paddock::images;

namespace {

void write(const QString &path, const QByteArray &content)
{
    QDir().mkpath(path.section(u'/', 0, -2));
    QFile file(path);
    if (!file.open(QIODevice::WriteOnly) || file.write(content) != content.size())
        qFatal("cannot write");
}

QByteArray shell(const QString &line)
{
    QProcess process;
    process.start(u"bash"_s, {u"-c"_s, line});
    if (!process.waitForFinished() || process.exitCode() != 0)
        qFatal("%s: %s", qPrintable(line), process.readAllStandardError().constData());
    return process.readAllStandardOutput();
}

} // namespace

class tst_ImageRecipe : public QObject
{
    Q_OBJECT

    test::TestEnvironment m_environment;

    [[nodiscard]] QString minimal(const QString &name) const
    {
        const QString folder = m_environment.path(name);
        write(folder + u"/recipe.json"_s,
              R"({"name":"x","tag":"x:latest","base":"debian:bookworm-slim","caFolder":"ca"})");
        write(folder + u"/Dockerfile"_s, "FROM debian:bookworm-slim\n");
        write(folder + u"/install"_s, "#!/bin/sh\n");
        write(folder + u"/sub/data"_s, QByteArray("\0\xff", 2));
        return folder;
    }

private Q_SLOTS:
    void theProgramBringsItsRecipes()
    {
        QVERIFY(builtInRecipeNames().contains(u"claude-agent-base"_s));
        const auto recipe = builtInRecipe(u"claude-agent-base"_s);
        QVERIFY2(recipe, recipe ? "" : qPrintable(recipe.error().toString()));
        QCOMPARE(recipe->tag, u"claude-agent-base:latest"_s);
        QCOMPARE(recipe->base, u"debian:bookworm-slim"_s);
        QCOMPARE(recipe->adapters, QStringList{u"claude-code"_s});
        // What is inside the program is what is in the source tree.
        const auto source =
            ImageRecipe::fromFolder(test::sourcePath(u"resources/images/claude-agent-base"_s));
        QVERIFY(source);
        QCOMPARE(recipe->files, source->files);
        QCOMPARE(recipe->hash(), source->hash());
        QCOMPARE(builtInRecipe(u"none"_s).error().kind, ErrorKind::NotFound);
    }

    // packaging/run builds the same image with the shell's tools and marks it with this hash.
    void hashIsTheShellsOwn()
    {
        for (const QString &folder :
             {minimal(u"hash"_s), test::sourcePath(u"resources/images/claude-agent-base"_s)}) {
            const QByteArray expected = shell(u"cd '%1' && find . -type f ! -path './ca/*' -print0 "
                                              u"| LC_ALL=C sort -z | xargs -0 sha256sum | "
                                              "sha256sum | cut -d' ' -f1"_s.arg(folder));
            QCOMPARE(ImageRecipe::fromFolder(folder)->hash().toLatin1(), expected.trimmed());
        }
    }

    void hashFollowsContentAndNotAuthorities()
    {
        const QString folder = minimal(u"changes"_s);
        const QString first = ImageRecipe::fromFolder(folder)->hash();
        write(folder + u"/ca/company.crt"_s, "certificate");
        QCOMPARE(ImageRecipe::fromFolder(folder)->hash(), first);
        write(folder + u"/sub/data"_s, "other");
        QVERIFY(ImageRecipe::fromFolder(folder)->hash() != first);
    }

    void wrongRecipesAreNamed()
    {
        QCOMPARE(ImageRecipe::fromFolder(m_environment.path(u"none"_s)).error().kind,
                 ErrorKind::InvalidConfig);
        const QString folder = minimal(u"wrong"_s);
        write(folder + u"/recipe.json"_s, R"({"name":"x","tag":"x:latest"})");
        QVERIFY(ImageRecipe::fromFolder(folder).error().detail.contains(u"base"));
        write(folder + u"/recipe.json"_s,
              R"({"name":"x","tag":"x","base":"y","dockerfile":"Other"})");
        QVERIFY(ImageRecipe::fromFolder(folder).error().detail.contains(u"Other"));
    }

    void contextHasEverythingAndIsTheSameEachTime()
    {
        const auto recipe = ImageRecipe::fromFolder(minimal(u"context"_s));
        const QList<RecipeFile> certificates{{.path = u"aa.crt"_s, .content = "pem"}};
        const auto tar = contextTar(*recipe, certificates);
        QVERIFY(tar);
        QCOMPARE(*contextTar(*recipe, certificates), *tar);
        write(m_environment.path(u"context.tar"_s), *tar);
        const QByteArray listing = shell(u"tar -tvf '%1' | tr -s ' ' | cut -d' ' -f1,6"_s.arg(
            m_environment.path(u"context.tar"_s)));
        QCOMPARE(listing,
                 "-rw-r--r-- Dockerfile\n-rw-r--r-- ca/aa.crt\n-rwxr-xr-x install\n"
                 "-rw-r--r-- recipe.json\n-rw-r--r-- sub/data\n");
        auto without = *recipe;
        without.caFolder.clear();
        QVERIFY(!contextTar(without, certificates)->contains("aa.crt"));
    }

    void certificatesOnlyAndEachOnce()
    {
        const QString folder = m_environment.path(u"authorities"_s);
        QDir().mkpath(folder + u"/deep"_s);
        for (const auto &name : {u"one"_s, u"two"_s})
            (void)shell(u"openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 "
                        u"-nodes -days 2 "
                        "-subj /CN=%2 -keyout '%1/%2.key' -out '%1/%2.crt' 2>/dev/null"_s.arg(
                            folder, name));
        // A key in the same file, the same certificate again, and things that are none.
        (void)shell(
            u"cd '%1'; cat one.key one.crt two.crt > deep/both.pem; echo nonsense > bad.crt; "
            "head -c 3000000 /dev/zero > huge.pem; ln -s /dev/zero endless.pem"_s.arg(folder));
        const auto found = hostCertificates({folder, m_environment.path(u"absent"_s)},
                                            {folder + u"/deep/both.pem"_s});
        QVERIFY(found);
        QCOMPARE(found->size(), 2);
        for (const RecipeFile &file : *found) {
            QVERIFY(file.path.endsWith(u".crt") && file.path.size() == 68);
            QVERIFY(file.content.startsWith("-----BEGIN CERTIFICATE-----"));
            QVERIFY(!file.content.contains("PRIVATE"));
        }
        QCOMPARE(certificateBundle(*found).count("BEGIN CERTIFICATE"), 2);
        QVERIFY(hostCertificates({}, {})->isEmpty());
    }
};

QTEST_GUILESS_MAIN(tst_ImageRecipe)
#include "tst_ImageRecipe.moc"
