"""`completion`: the scripts by which bash, zsh and fish ask this program what may stand next."""

from __future__ import annotations

from tui.cli.exit_codes import EXIT_DONE
from tui.cli.grammar import Call
from tui.cli.printing import Speaker

_BASH = r"""# bash completion for replicate-tui
_replicate_tui() {
    local line word cur kept reply=()
    # Whole words: bash itself begins a new one at = and :, which stand in what is typed here.
    local words=() index
    line="${COMP_LINE:0:COMP_POINT}"
    read -ra words <<<"$line"
    [[ $line == *[[:space:]] ]] && words+=("")
    cur="${words[${#words[@]}-1]}"
    word="${COMP_WORDS[COMP_CWORD]}"
    [[ $word == [:=] ]] && word=""
    kept="${cur%"$word"}"
    # An @ divides words too, but readline replaces it with the word behind it.
    kept="${kept%@}"
    COMPREPLY=()
    while IFS=$'\t' read -r word _; do
        if [[ $word == :files ]]; then
            local start="${cur%%@*}@"
            if [[ $cur == *=@* ]]; then
                while IFS= read -r index; do
                    [[ -d $index ]] && index+=/
                    reply+=("$start$(printf %q "$index")")
                done < <(compgen -f -- "${cur#"$start"}")
            else
                while IFS= read -r index; do
                    reply+=("$index")
                done < <(compgen -f -- "$cur")
                compopt -o filenames 2>/dev/null
            fi
        else
            reply+=("$word")
        fi
    done < <("${words[0]}" __complete "${words[@]:1}" 2>/dev/null)
    for word in "${reply[@]}"; do
        COMPREPLY+=("${word#"$kept"}")
    done
    if [[ ${#COMPREPLY[@]} == 1 && ${COMPREPLY[0]} == *[=/] ]]; then
        compopt -o nospace 2>/dev/null
    fi
}
complete -F _replicate_tui replicate-tui
"""
_ZSH = r"""#compdef replicate-tui
# zsh completion for replicate-tui
_replicate_tui() {
    local line word what
    local -a found names shown open
    found=("${(@f)$("${words[1]}" __complete "${(@Q)words[2,CURRENT]}" 2>/dev/null)}")
    for line in $found; do
        [[ -z $line ]] && continue
        word="${line%%$'\t'*}"
        what="${line#*$'\t'}"
        if [[ $word == :files ]]; then
            [[ $PREFIX == *=@* ]] && compset -P '*=@'
            _files
            return
        fi
        if [[ $word == *= ]]; then
            open+=("$word")
        else
            names+=("$word")
            if [[ $line == *$'\t'* ]]; then
                shown+=("$word  -- $what")
            else
                shown+=("$word")
            fi
        fi
    done
    (( ${#open} )) && compadd -S '' -a open
    (( ${#names} )) && compadd -l -d shown -a names
}
if [[ $funcstack[1] == _replicate_tui ]]; then
    _replicate_tui "$@"
else
    compdef _replicate_tui replicate-tui
fi
"""
_FISH = r"""# fish completion for replicate-tui
function __replicate_tui_complete
    set -l before (commandline -opc)
    set -l current (commandline -ct)
    for line in ($before[1] __complete $before[2..-1] "$current" 2>/dev/null)
        if test "$line" = :files
            set -l start (string match -r '^.*=@' -- "$current")
            set -l path (string replace -r '^.*=@' '' -- "$current")
            for file in (__fish_complete_path "$path")
                echo "$start$file"
            end
        else
            echo $line
        end
    end
end
complete -c replicate-tui -f -a '(__replicate_tui_complete)'
"""
SCRIPTS = {"bash": _BASH, "zsh": _ZSH, "fish": _FISH}


def completion(call: Call, speaker: Speaker) -> int:
    """completion bash|zsh|fish"""
    speaker.write(SCRIPTS[call.words[0]])
    return EXIT_DONE
