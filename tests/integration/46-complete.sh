#!/bin/bash
# SPDX-License-Identifier: MIT
# Completion: what nap says may stand at the end of a command line, and that bash, zsh and fish pass it on.
. "$(dirname "$0")/lib.sh"
needs jq zsh fish
corpus payload
load payload/oci-gz
export NAP_APPS_PATH=$T/apps
mkdir -p "$NAP_APPS_PATH" "$T/files/dir" "$T/bin"
for i in web worker@; do printf '[Container]\nImage=payload:1.0\n' >"$NAP_APPS_PATH/$i.app"; done
touch "$T/files/one.tar" "$T/files/other"
nap run --name box --network none payload:1.0 /payload sleep >"$T/out" &
wait_for grep -q ready "$T/out"

offered() { nap complete -- "$@" | cut -f1 | xargs; }
is "verbs" "$(offered re)" restart
is "every verb, and help" "$(nap complete -- '' | cut -f1 | sort | xargs)" \
	"$( (nap help | sed -n '/^Verbs:/,/^$/s/^  \([a-z-]*\) .*/\1/p'; echo help) | sort | xargs)"
for v in $(nap help | sed -n '/^Verbs:/,/^$/s/^  \([a-z-]*\) .*/\1/p'); do
	is "the options of $v" "$(nap complete -- "$v" -- | cut -f1 | sort)" \
		"$( (nap "$v" --help | grep -oE '^ +(-., )? *--[a-z0-9-]+' | grep -oE -- '--[a-z0-9-]+'; echo --help) | sort)"
done
is "options have their help" "$(nap complete -- ps --js)" "$(printf -- '--json\ta JSON array')"
is "options before the verb" "$(offered --ro)" --root
is "their value" "$(offered --root '')" :directories
is "the verb behind them" "$(offered --root /x --runroot=/y sta)" "start status"
is "images" "$(offered run -it --name x '')" payload:1.0
is "not where the command begins" "$(offered run payload:1.0 '')" ""
is "containers" "$(offered stop '')" box
is "containers and images" "$(offered inspect '')" "box payload:1.0"
is "apps" "$(offered start '')" "web worker@"
is "files and apps" "$(offered check w)" ":files web worker@"
is "words to choose from" "$(offered run --network '')" "private none host"
is "the network of an app" "$(offered run --network app:w)" "app:web app:worker@"
is "the network of a container" "$(offered run --network container:)" container:box
is "behind an equals sign" "$(offered run --ipc=h)" host
is "signals" "$(offered kill -s SIGTE)" SIGTERM
is "capabilities" "$(offered run --cap-drop NET_R)" NET_RAW
is "files" "$(offered run --env-file '')" :files
is "of the other program" "$(offered load '')" ":files :directories"
is "nothing after a wrong verb" "$(offered nosuch '')" ""
is "verbs for help" "$(offered help tag)" tag

# ---- the shells: what is on the command line, and what it becomes or may become
cat >"$T/bin/nap" <<S
#!/bin/sh
exec "$NAP" --root "$ROOT" --runroot "$RUNROOT" "\$@"
S
chmod +x "$T/bin/nap"
export PATH=$T/bin:$PATH
cd "$T/files" || exit

in_bash() { # LINE
	LINE=$1 bash --norc -c '
		source "$1"
		COMP_LINE=$LINE COMP_POINT=${#LINE}
		_nap
		printf "%s\n" "${COMPREPLY[@]}"' - "$TOP/cmd/completions/nap.bash" | sort | xargs
}
in_zsh() {
	LINE=$1 zsh -f -c '
		compset() { : }
		_files() { print -r -- "files: $*" }
		_describe() { print -rl -- ${candidates%%:[^:\\]#*} }
		setopt extendedglob
		compdef() { : }
		words=("${(@s: :)LINE}") CURRENT=$#words PREFIX=${words[-1]}
		source $1' - "$TOP/cmd/completions/_nap" | sort | xargs
}
in_fish() { fish --no-config -c 'source $argv[1]; complete -C "$argv[2]"' "$TOP/cmd/completions/nap.fish" "$1" | cut -f1 | sort | xargs; }

for shell in bash zsh fish; do
	is "$shell: verbs" "$(in_$shell 'nap sta')" "start status"
	is "$shell: options" "$(in_$shell 'nap run --network-')" --network-alias
	is "$shell: apps" "$(in_$shell 'nap start ')" "web worker@"
	is "$shell: containers" "$(in_$shell 'nap exec b')" box
done
is "bash: what follows a colon" "$(in_bash 'nap run payload:')" 1.0
is "bash: what follows an equals sign" "$(in_bash 'nap run --network=p')" private
is "bash: files" "$(in_bash 'nap load o')" "one.tar other"
is "bash: directories" "$(in_bash 'nap --root ')" dir
is "bash: files behind an equals sign" "$(in_bash 'nap run --env-file=oth')" other
is "zsh: files" "$(in_zsh 'nap run --env-file o')" "files:"
like "fish: images" "$(in_fish 'nap run pay')" 'payload:1\.0'
is "fish: what follows an equals sign" "$(in_fish 'nap run --network=p')" --network=private
like "fish: files" "$(in_fish 'nap load one')" 'one\.tar'
is "bash really has it" "$(bash --norc -c 'source "$1"; complete -p nap' - "$TOP/cmd/completions/nap.bash")" \
	"complete -F _nap nap"
ok "zsh can load it" zsh -f -c 'fpath=($1 $fpath); autoload -Uz compinit; compinit -D -u; [[ ${_comps[nap]} == _nap ]]' \
	- "$TOP/cmd/completions"
nap stop box >/dev/null
finish
