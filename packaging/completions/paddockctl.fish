# SPDX-FileCopyrightText: Paddock contributors
# SPDX-License-Identifier: GPL-3.0-or-later
#
# fish completion of paddockctl, read from its own help.

function __paddockctl_words
    set -l given (commandline -opc)[2..-1]
    set given (string match -v -- '-*' $given)
    set -l prefix (string join ' ' $given)
    paddockctl --help 2>/dev/null | string match -r '^  [a-z]+( [a-z]+)?  .*' | while read -l line
        set -l name (string trim (string replace -r '   .*' '' $line))
        set -l about (string trim (string replace -r '^  [a-z]+( [a-z]+)? +' '' $line))
        if test -z "$prefix"
            printf '%s\t%s\n' (string split ' ' $name)[1] $about
        else if string match -q -- "$prefix *" $name
            printf '%s\t%s\n' (string replace -- "$prefix " '' $name) $about
        end
    end
end

function __paddockctl_options
    set -l given (string match -v -- '-*' (commandline -opc)[2..-1])
    test (count $given) -gt 0; or return
    set -l command $given[1]
    test (count $given) -gt 1; and contains -- $given[1] project image session; and set command $given[1..2]
    paddockctl $command --help 2>/dev/null | string match -r -g '^  (?:-[a-z], )?(--[a-z-]+)' | sort -u
end

complete -c paddockctl -f -n 'not string match -q -- "-*" (commandline -ct)' -a '(__paddockctl_words)'
complete -c paddockctl -f -n 'string match -q -- "-*" (commandline -ct)' -a '(__paddockctl_options)'
complete -c paddockctl -F -n '__fish_contains_opt -s p project demo-script keep copy-ignored'
