#!/usr/bin/env bash
# SPDX-FileCopyrightText: Paddock contributors
# SPDX-License-Identifier: GPL-3.0-or-later
#
# attack.D24: on the host one place alone starts the git program, nothing starts a shell, and no
# other place than those listed here starts any program at all. Ends with a check of itself: planted
# violations in a scratch copy must be found.
set -euo pipefail
top=${1:?source folder}
site=core/git/GitProcess.cpp

# Each starts one program of Paddock's own, by absolute path.
starters=(
    core/gateway/GatewayClient.cpp    # paddock-gateway
    core/sandbox/link/LocalShim.cpp   # paddock-shim, for a session without a container
    core/sandbox/link/LocalShim.h
    core/worktrees/TreeWorkerLink.cpp # paddock-tree-worker
    core/worktrees/TreeWorkerLink.h
    app/ctl/OwnerConnection.cpp       # paddockctl serve
    app/ctl/main.cpp                  # the owner in its own place
)

# What can start a program, in C, POSIX and Qt.
spawns='\bQProcess\b|\b(posix_spawnp?|exec[lv]p?e?|execveat|fexecve|popen|system|startDetached) *\([^)]|\bv?fork *\('
# A string that names git or a shell as a program.
names='"((/usr)?(/local)?/bin/)?(git|sh|bash|dash|zsh)"|"(git|sh|bash) '

check() { # check TREE -> prints violations
    local tree=$1 file
    while IFS= read -r -d '' file; do
        local relative=${file#"$tree"/}
        # The shim lives in the container: what it starts there is not on the host.
        [[ $relative == app/shim/* || $relative == "$site" ]] && continue
        sed 's,//.*,,' "$file" | grep -vE '^ *\*' | grep -qE "$spawns" || continue
        [[ " ${starters[*]} " == *" $relative "* ]] || echo "$relative: starts a program"
        grep -nE "$names" "$file" | sed "s|^|$relative:|" || true
        grep -nE '(^|[^a-zA-Z_>.])(popen|system) *\([^)]' "$file" | grep -vE ': *//' \
            | sed "s|^|$relative:|" || true
    done < <(find "$tree/core" "$tree/app" "$tree/ui" -type f \
        \( -name '*.h' -o -name '*.cpp' -o -name '*.c' \) -print0 2>/dev/null)
    # The site itself: exactly one exec, no shell.
    local execs
    execs=$(grep -cE '\bexecve\(' "$tree/$site" 2>/dev/null || true)
    [[ $execs == 1 ]] || echo "$site: $execs places start a program"
    grep -nE '"(/usr)?(/bin/)?(ba|da|z)?sh"|\b(popen|system)\(' "$tree/$site" || true
}

found=$(check "$top")
if [[ -n $found ]]; then
    echo "Git or a shell is started outside of $site:"
    echo "$found"
    exit 1
fi

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
mkdir -p "$scratch"/{core/git,core/images,app/ctl,app/shim,ui}
cp "$top/$site" "$scratch/$site"
echo 'QProcess p; p.start(u"git"_s, {});' > "$scratch/core/images/A.cpp"
echo 'void f() { execl("/usr/bin/git", "git", nullptr); }' > "$scratch/app/ctl/B.cpp"
echo 'QProcess::startDetached(u"/bin/sh"_s, {});' > "$scratch/ui/C.cpp"
echo 'int f() { return system ("true"); }' > "$scratch/ui/D.cpp"
echo 'QProcess p; p.start(u"xdg-open"_s, {url});' > "$scratch/ui/E.cpp"
echo 'void f() { ::execvp(name, argv); }' > "$scratch/core/images/F.cpp"
echo 'FILE *f() { return popen(command, "r"); }' > "$scratch/app/ctl/G.c"
echo 'auto f() { return ::posix_spawn(&child, name, nullptr, nullptr, argv, environ); }' > "$scratch/core/images/H.h"
mkdir -p "$scratch/core/gateway"
echo 'QProcess p; p.setProgram(u"git"_s);' > "$scratch/core/gateway/GatewayClient.cpp"
echo '// QProcess is not used here; system() neither' > "$scratch/ui/Fine.cpp"
echo 'Engine &f() { return m_engine.system(); } // system (of the engine)' > "$scratch/ui/Fine.h"
echo 'const auto command = QStringList{u"git"_s};' > "$scratch/core/images/ExecInContainer.cpp"
echo 'execv("/usr/bin/git", argv);' > "$scratch/app/shim/E.cpp"
planted=$(check "$scratch" | cut -d: -f1 | sort -u | tr '\n' ' ')
expected="app/ctl/B.cpp app/ctl/G.c core/gateway/GatewayClient.cpp core/images/A.cpp core/images/F.cpp"
expected+=" core/images/H.h ui/C.cpp ui/D.cpp ui/E.cpp "
if [[ $planted != "$expected" ]]; then
    echo "The check found: $planted"
    exit 1
fi
echo "one place starts git"
