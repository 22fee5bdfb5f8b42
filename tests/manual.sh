# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# Running the examples of a manual. In a literal block a line that begins with "# " is a command, with the
# lines that complete it; the lines up to the next are its standard output, where "..." stands for
# anything. A block that begins otherwise is not for a shell. After a command that ends with "&" the next
# one waits until its container runs. Sourced with tap.sh; commands run in $T/work, $T/bin is searched first.

# The literal blocks of a section, or of all, as plain text, each closed by a NUL.
literal_blocks() { # PAGE [SECTION]
	awk -v section="${2:-}" '
		/^\.Sh/ { inside = section == "" || $2 == section }
		inside && /^\.Bd -literal/ { literal = 1; next }
		literal && /^\.Ed/ { literal = 0; printf "%c", 0; next }
		literal' "$1" | sed -E 's/^\\&//; s/\\\(aq/'\''/g; s/\\e/\\/g'
}

containers() { "$NAP" ps -q | wc -l; }
one_more_than() { [ "$(containers)" -gt "$1" ]; }

# Run a command in $T/work; what is typed into it is "exit".
shell() {
	(cd "$T/work" && PATH=$T/bin:$PATH exec timeout 300 bash -o pipefail -c "$1") 2>"$T/err" <<<"exit"
}

# A server inside may not listen yet, and the journal may not have the line yet.
shell_soon() { # COMMAND PATTERN
	local end=$((SECONDS + PATIENCE)) code

	while :; do
		shell "$1" >"$T/out"
		code=$?
		# shellcheck disable=SC2053 # a pattern it is
		[[ $code = 0 && (-z $2 || $(cat "$T/out") == $2) ]] && return
		[[ $1 == *wget* || $1 == *"nap logs"* ]] && [ $SECONDS -lt $end ] || return $code
		sleep 0.1
	done
}

run_command() { # PAGE COMMAND EXPECTED
	local name="$1: ${2%%$'\n'*}" code=0 got pattern before

	if [[ $2 == *"&" ]]; then
		before=$(containers)
		shell "${2%&}" >/dev/null &
		wait_for one_more_than "$before" && pass "$name"
		return
	fi
	pattern=$(sed 's/[][*?\\]/\\&/g; s/\.\.\./*/g' <<<"$3")
	shell_soon "$2" "$pattern" || code=$?
	got=$(cat "$T/out")
	# shellcheck disable=SC2053 # a pattern it is
	if [ "$code" = 0 ] && [[ -z $3 || $got == $pattern ]]; then
		pass "$name"
	else
		fail "$name" "exit status $code" "got:  $got" "want: $3" "$(cat "$T/err")"
	fi
}

run_block() { # PAGE BLOCK
	local line command='' expected='' open=''

	set -- "$1" "${2%$'\n'}"
	while IFS= read -r line; do
		if [ -z "$open" ] && [[ $line != "# "* ]]; then
			expected+=${expected:+$'\n'}$line
			continue
		fi
		if [ -z "$open" ]; then
			[ -z "$command" ] || run_command "$1" "$command" "$expected"
			command=${line#\# } expected=
		else
			command+=$'\n'$line
		fi
		open=
		# of a here-document without its end bash only warns
		if [[ $line == *\\ ]] || [ -n "$(bash -n -c "$command" 2>&1)" ]; then open=1; fi
	done <<<"$2"
	run_command "$1" "$command" "$expected"
}
