#!/bin/bash
# SPDX-License-Identifier: MIT
# How the programs were compiled and linked, as readelf and nm see it.
. "$(dirname "$0")/lib.sh"
needs readelf nm objdump cc
! nm "$NAP" | grep -q __asan_init || skip_all "the sanitizers have their own"

file_type() { readelf -hW "$B/$1" | sed -n 's/^  Type: *//p'; }
segments() { # PROGRAM TYPE: its segments of that type, and their flags
	readelf -lW "$B/$1" | awk -v type="$2" '$1 ~ "^(" type ")$" {
		flags = ""; for (i = 7; i < NF; i++) flags = flags $i; print $1, flags }'
}
dynamic() { readelf -dW "$B/$1"; }

for p in nap nap-image nap-bus nap-generator; do
	like "$p is position independent" "$(file_type "$p") $(dynamic "$p" | grep FLAGS_1)" '^DYN .* PIE$'
	is "$p: what is relocated becomes read-only" "$(segments "$p" GNU_RELRO)" "GNU_RELRO R"
	like "$p: and all of it at once" "$(dynamic "$p" | grep '(FLAGS)')" BIND_NOW
	is "$p: the stack is not executable" "$(segments "$p" GNU_STACK)" "GNU_STACK RW"
	unlike "$p: nothing is written and executed" "$(segments "$p" LOAD)" WE
	unlike "$p: no relocations of code, no search path" "$(dynamic "$p")" 'TEXTREL|RPATH|RUNPATH'
done
unlike "nap is linked statically" "$(readelf -lW "$NAP"; dynamic nap)" 'INTERP|NEEDED'
for p in stub stub-health; do # no libc: nothing to relocate, no guard to compare with
	is "$p has nothing to write to but its stack" "$(segments "$p" 'LOAD|GNU_STACK')" $'LOAD RE\nGNU_STACK RW'
done

# ---- every object that is ours
cd "$TOP" || exit 1
objects=()
for c in {lib,net,image,runtime,unitgen,cmd}/*.c; do
	[[ $c == runtime/stub* ]] || objects+=("$B/${c%.c}.o")
done
undefined=$(nm -uA "${objects[@]}")
of() { grep -cE " U $1\$" <<<"$undefined"; }
# snprintf(3) is called as it is where the compiler sees that all fits
is "none prints unchecked" "$(of '(v?f?printf|v?asprintf|v?dprintf|v?sprintf|vsnprintf)')" 0
like "they print checked" "$(of '__(v?s?n?printf|v?fprintf)_chk')" '^[1-9][0-9]'
guarded=$(of __stack_chk_fail)
ok "most have a guard on the stack ($guarded of ${#objects[@]})" test "$((guarded * 3))" -gt "$((${#objects[@]} * 2))"
if [ "$(uname -m)" = x86_64 ]; then
	like "large frames are probed page by page" \
		"$(objdump -d --no-show-raw-insn "${objects[@]}" | grep -cE 'or[ql] +\$0x0,\(%rsp\)')" '^[1-9]'
fi
marked() { for o; do readelf -n "$o" | grep -m 1 -o "IBT, SHSTK\|BTI, PAC"; done; }
case $(uname -m) in
x86_64 | aarch64)
	is "all let branches be tracked" "$(marked "${objects[@]}" | wc -l)" "${#objects[@]}"
	# the linker says so of a program if all that is in it does
	crt=$(marked "$(cc -print-file-name=libc.a)" | sort -u)
	if [ -n "$crt" ]; then
		is "and nap, with this C library" "$(marked "$NAP")" "$crt"
	else
		skip "and nap" "this C library's objects do not"
	fi
	;;
esac
cd "$T" || exit 1
finish
