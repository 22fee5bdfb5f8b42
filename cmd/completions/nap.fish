# SPDX-License-Identifier: MIT
# Completion of nap(1) in fish: nap itself knows what may come next.
function __nap_complete
	set -l words (commandline -opc)
	set -l last (commandline -ct)
	# fish replaces the whole word: what nap says of --option=VALUE is put behind the '='
	set -l before (string match -r -- '^--[a-z-]+=' "$last")

	for line in ($words[1] complete -- $words[2..] "$last" 2>/dev/null)
		switch $line
			case ':files'
				__fish_complete_path "$last"
			case ':directories'
				__fish_complete_directories "$last"
			case '*'
				echo -- "$before$line"
		end
	end
end
complete -c nap -f -a '(__nap_complete)'
