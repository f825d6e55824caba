# SPDX-FileCopyrightText: Paddock contributors
# SPDX-License-Identifier: GPL-3.0-or-later
#
# bash completion of paddockctl. It reads paddockctl's own help, so that there is no second list of commands.
# shellcheck shell=bash

_paddockctl_commands() { "$1" --help 2> /dev/null | sed -n 's/^  \([a-z]\+\( [a-z]\+\)\?\)  .*/\1/p'; }

_paddockctl_sessions() { # only of an owner that runs: completing starts none
    [ -S "${XDG_RUNTIME_DIR:-/nonexistent}/paddock/control.sock" ] || return 0
    "$1" session list 2> /dev/null | sed -n '2,$s/^\([a-z0-9]\{8\}\) .*/\1/p'
}

_paddockctl() {
    local program=$1 current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]}
    local commands command='' words='' word position=0 help i
    commands=$(_paddockctl_commands "$program")
    for ((i = 1; i < COMP_CWORD; i++)); do
        word=${COMP_WORDS[i]}
        case $word in
            --) return ;;
            -*) ;;
            *)
                if [ -z "$command" ] || grep -qx "$command $word" <<< "$commands"; then
                    command=${command:+$command }$word
                elif [[ ${COMP_WORDS[i - 1]} != -* ]]; then
                    position=$((position + 1))
                fi
                ;;
        esac
    done

    # The words that may follow those of the command given so far: "session" → "start list …".
    words=$(awk -v have="${command:+$command }" 'index($0, have) == 1 { rest = substr($0, length(have) + 1); sub(/ .*/, "", rest); print rest }' \
        <<< "$commands" | sort -u)
    if [ -n "$words" ]; then
        [ "$position" -eq 0 ] || return 0
    else
        # shellcheck disable=SC2086 # the command is one or two words
        help=$("$program" $command --help 2> /dev/null)
        local value
        value=$(sed -n "s/^  \(-[a-z], \)\?$previous \([^ ]*\).*/\2/p; s/^  $previous, --[a-z-]* \([^ ]*\).*/\1/p" <<< "$help" | head -n 1)
        if [[ $previous == -* && -n $value ]]; then
            case $value in
                PATH* | FILE) mapfile -t COMPREPLY < <(compgen -f -- "$current") ;;
                *[a-z]\|*) words=${value//|/ } ;;
                *) return 0 ;;
            esac
        elif [[ $current == -* ]]; then
            words=$(grep -o '^  \(-[a-z], \)\?--[a-z-]*' <<< "$help" | grep -o -- '--[a-z-]*')
        else
            value=$(sed -n 's/^Usage: paddockctl .*\[OPTION\]\.\.\. \?//p' <<< "$help" | cut -d' ' -f$((position + 1)))
            case $value in
                ID) words=$(_paddockctl_sessions "$program") ;;
                *PATH*) mapfile -t COMPREPLY < <(compgen -d -- "$current") ;;
                *[a-z]\|*) words=${value//[|\[\]]/ } ;;
            esac
        fi
    fi
    [ -z "$words" ] || mapfile -t COMPREPLY < <(compgen -W "$words" -- "$current")
}
complete -o default -F _paddockctl paddockctl
