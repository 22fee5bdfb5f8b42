#!/bin/bash
# SPDX-License-Identifier: MIT
# Images of languages with users of their own, unchanged: python (of the stack) and the modules of node. They
# take part where they have been built: tests/corpus/make.sh build/tests/corpus stack node.
. "$(dirname "$0")/lib.sh"
needs jq
inside() { nap run --network none --userns auto "$@"; }

built() { # NAME: load it
	if [ ! -e "$CORPUS/$1/.made" ] && [ ! -d "$CORPUS/$1/oci-gz" ]; then
		skip "$1 with users of its own" "not built: it takes minutes (see the head of $0)"
		return 1
	fi
	ok "load $1" nap load -q "$CORPUS/$1/oci-gz.tar"
}

if built stack; then
	before=$(store_list "$ROOT/layers")
	is "python serves, as the image's user, and writes where that may" "$(inside -i stack:1.0 python3 - 2>/dev/null <<-'P'
		import http.server, multiprocessing, os, sqlite3, tempfile, threading, urllib.request
		server = http.server.ThreadingHTTPServer(('127.0.0.1', 80), http.server.SimpleHTTPRequestHandler)
		threading.Thread(target=server.serve_forever, daemon=True).start()
		page = urllib.request.urlopen('http://127.0.0.1/etc/debian_version').status
		with tempfile.NamedTemporaryFile() as f, multiprocessing.Pool(2) as pool:
		    db = sqlite3.connect(f.name)
		    db.execute('create table t (x)')
		    print(page, sum(pool.map(abs, range(-9, 0))), os.getuid(), os.fstat(f.fileno()).st_uid)
	P
	)" "200 45 33 33"
	is "a library of a lower layer, copied up with another owner" \
		"$(inside stack:1.0 sh -c 'python3 -c "import requests"; stat -c %u:%g /usr/lib/python3/dist-packages')" 101:101
	is "root gives files away, and takes them back" \
		"$(inside -u 0 stack:1.0 python3 -c 'import os; os.chown("/opt", 65535, 1); print(os.stat("/opt").st_uid); os.chown("/opt", 0, 0)')" 65535
	is "capabilities of a file are what they were" "$(inside -u 0 stack:1.0 getcap /usr/local/bin/pycap)" \
		"$(nap run --network none --userns host -u 0 stack:1.0 getcap /usr/local/bin/pycap)"
	is "the store is as it was" "$(store_list "$ROOT/layers")" "$before"
	nap rmi stack:1.0 >/dev/null
fi
if built node; then
	count='find . -user 1000 -group 1000 | wc -l; find . ! -user 1000 | wc -l'
	is "65,000 files of node have the owner that they have without" "$(inside node:1.0 sh -c "$count")" \
		"$(nap run --network none --userns host node:1.0 sh -c "$count")"
	is "and are that user's to change" \
		"$(inside node:1.0 sh -c 'id -u; cd node_modules/lodash && echo y >>package.json && tail -n 1 package.json; stat -c %u:%g package.json')" \
		$'1000\ny\n1000:1000'
fi
finish
