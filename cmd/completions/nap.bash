# SPDX-License-Identifier: MIT
# Completion of nap(1) in bash: nap itself knows what may come next.
_nap() {
	local line=${COMP_LINE:0:COMP_POINT} word help last keep
	local -a words

	# COMP_WORDS is cut at '=' and ':', which nap's words are full of
	read -ra words <<<"$line"
	[[ $line != *[[:space:]] ]] || words+=("")
	last=${words[-1]}
	# bash replaces what follows the last of these only
	keep=${last%"${last##*[=:]}"}
	[[ $last == -*=* ]] && last=${last#*=} && keep=${keep#*=}
	COMPREPLY=()
	while IFS=$'\t' read -r word help; do
		case $word in
		:files | :directories)
			compopt -o filenames 2>/dev/null
			[[ $word == :files ]] && word=-f || word=-d
			while IFS= read -r help; do
				COMPREPLY+=("${help#"$keep"}")
			done < <(compgen "$word" -- "$last")
			;;
		*) COMPREPLY+=("${word#"$keep"}") ;;
		esac
	done < <("${words[0]}" complete -- "${words[@]:1}" 2>/dev/null)
}
complete -F _nap nap
