#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""words.py NAP ROOT RUNROOT APPS IMAGE LAYER...: say wicked words wherever a word ends up in nf_tables,
/etc/hosts, resolv.conf or on a terminal, and tell in TAP what came of each.

A word is one that the place would take, with an attack at its end. It is refused, by one line that no
terminal obeys, and leaves the host's rules, its links and what the neighbour knows as they were; or it
is accepted, where a table says so, and is one word in one line. What may be any text (variables and
labels, of the image as well) comes to the app byte for byte, and is nowhere else unless escaped.

Leans on an app called neighbour that runs, on APPS/evil.network, and on IMAGE, which has the LAYERs.
"""
import glob
import json
import os
import subprocess
import sys
import time

from terminal import is_dangerous

NAP, ROOT, RUNROOT, APPS, IMAGE = sys.argv[1:6]
LAYERS = sys.argv[6:]

ATTACKS = {
    'newline': b'\n10.6.6.6 evil',
    'return': b'\r10.6.6.6 evil',
    'tab': b'\tevil',
    'blank': b' evil',
    'comment': b' # evil',
    'hash': b'#evil',
    'bar': b'|evil',
    'comma': b',evil',
    'colon': b':evil',
    'quote': b'evil" } ; flush ruleset ; { "',
    'braces': b'evil}{',
    'semicolon': b';evil',
    'shell': b'$(evil)',
    'slash': b'/../../evil',
    'backslash': b'\\nevil',
    'bell': b'evil\x07',
    'title': b'\x1b]0;evil\x07',
    'colour': b'\x1b[31mevil',
    'c1': '\u009b31mevil'.encode(),
    'bidi': '\u202eevil'.encode(),
    'delete': b'evil\x7f',
    'cyrillic': '\u0435vil'.encode(),
    'no-utf8': b'evil\xff\xfe',
    'long': b'evil' * 5000,
}
NUL = {'nul': b'\0evil'}  # there is none in an argument
PRINTABLE = {'hash', 'bar', 'comma', 'colon', 'braces', 'semicolon', 'shell', 'slash', 'backslash'}

# An option, what it takes, with an @ where the attack comes, and the same as a key of [Container].
PLACES = [
    ('name', 'word@', 'ContainerName'),
    ('hostname', 'word@', 'HostName'),
    ('network-alias', 'word@', 'NetworkAlias'),
    ('network', 'back@', 'Network'),
    ('network', 'app:neighbour@', 'Network'),
    ('network', 'private:alias=word@', 'Network'),
    ('network', 'private:interface_name=word@', 'Network'),
    ('network', 'private:mac=02:00:00:00:00:01@', 'Network'),
    ('ip', '10.78.3.3@', 'IP'),
    ('add-host', 'word@:10.1.2.3', 'AddHost'),
    ('add-host', 'word:10.1.2.3@', 'AddHost'),
    ('add-host', 'word@:host-gateway', 'AddHost'),
    ('dns', '10.1.2.3@', 'DNS'),
    ('dns-search', 'word@', 'DNSSearch'),
    ('dns-option', 'word@', 'DNSOption'),
    ('publish', '10.1.2.3@:80:80', 'PublishPort'),
    ('publish', '80:80@', 'PublishPort'),
    ('publish', '80:80/tcp@', 'PublishPort'),
    ('allow', 'app:word@', 'Allow'),
    ('allow', 'in any:80@', 'Allow'),
    ('deny', 'any:80/tcp@', 'Deny'),
    ('deny', 'out 10.1.2.0/24@', 'Deny'),
]
# Options whose words are whatever a resolver knows.
ACCEPTED = {'dns-option': PRINTABLE}

# Verbs that are given the name of something that there is not, and their exit status.
VERBS = [('launch', 78), ('unit', 1), ('check', 1), ('exec', 125), ('stop', 1), ('kill', 1), ('rm', 1), ('clean', 1),
         ('inspect', 1), ('port', 1), ('net inspect', 1), ('rmi', 1), ('tag payload:1.0', 1)]

# What NAME.network says.
NETWORK_KEYS = [
    ('InterfaceName', 'word@'),
    ('Subnet', '10.99.0.0/16@'),
    ('DNS', '10.1.2.3@'),
    ('Options', 'mtu=1400@'),
]


# ---- nap and what is around it

def command(*argv):
    return subprocess.run(argv, stdout=subprocess.PIPE, stderr=subprocess.PIPE, stdin=subprocess.DEVNULL, check=False)


def nap(*argv):
    return command(NAP, '--root', ROOT, '--runroot', RUNROOT, *argv)


def read(path):
    with open(path, 'rb') as f:
        return f.read()


def known_to(container):
    """Its /etc/hosts, without the room that names of others have left."""
    return [x for x in read(f'{RUNROOT}/state/{container}/hosts').split(b'\n') if x.strip(b'# ')]


def host():
    """What an injection would change: rules and sets, links, containers, what the neighbour has been told."""
    return (command('nft', 'list', 'ruleset').stdout, command('ip', '-o', 'link').stdout,
            sorted(os.listdir(RUNROOT + '/state')), known_to('neighbour'))


# ---- verdicts

FAILED = []


def tell(what, found):
    found = list(found)
    print(('not ok - ' if found else 'ok - ') + what)
    for x in found:
        print('#  ', x)
        FAILED.append(what)


def becomes(what, function, want):
    """The kernel takes links away a little later than nap."""
    end = time.monotonic() + 60
    while (got := function()) != want and time.monotonic() < end:
        time.sleep(0.02)
    tell(what, [] if got == want else [f'{want!r}', f'{got!r}'])


def refusal(done, code, at_most=1):
    lines = [x for x in done.stderr.split(b'\n') if x and not x.startswith(b'hint: ')]
    if done.returncode != code:
        yield f'exit status {done.returncode} instead of {code}: {done.stdout + done.stderr!r:.300}'
    elif not 1 <= len(lines) <= at_most or not all(x.startswith(b'nap: ') for x in lines):
        yield f'{len(lines)} messages: {done.stderr!r:.300}'
    if is_dangerous(done.stdout + done.stderr):
        yield f'not escaped: {done.stderr!r:.300}'


def acceptance(done, word=None):
    if done.returncode != 0:
        yield f'exit status {done.returncode}: {done.stderr!r:.300}'
    elif word and [x.split(b' ', 1)[1:] for x in done.stdout.split(b'\n') if b'evil' in x] != [[word]]:
        yield f'it is not the only word of one line: {done.stdout!r:.300}'


# ---- words

def by_option(option, template):
    what, before = f'--{option} {template}', host()
    tell(f'{what}: accepted without an attack',
         acceptance(nap('run', '--dry-run', f'--{option}={template.replace("@", "")}', IMAGE)))
    for name, attack in ATTACKS.items():
        word = template.encode().replace(b'@', attack)
        done = nap('run', f'--{option}='.encode() + word, IMAGE, 'cat', '/etc/hosts', '/etc/resolv.conf')
        tell(f'{what}: {name}', acceptance(done, word) if name in ACCEPTED.get(option, ()) else refusal(done, 125))
    becomes(f'{what}: the host and the neighbour are as they were', host, before)


def by_file(name, head, key, template, arguments, code, accepted):
    """A file that says it: every line of it may be complained of."""
    for attack, text in {'': b'', **ATTACKS, **NUL}.items():
        with open(f'{APPS}/{name}', 'wb') as f:
            f.write(head + key.encode() + b'=' + template.encode().replace(b'@', text) + b'\n')
        done = nap(*arguments)
        tell(f'{key}={template}: {attack or "accepted without an attack"}',
             acceptance(done) if not attack or attack in accepted else refusal(done, code, 3))
    os.unlink(f'{APPS}/{name}')


def by_key(option, template, key):
    """What nap check refuses a start would refuse."""
    by_file('wicked.app', b'[Container]\nImage=' + IMAGE.encode() + b'\n', key, template, ['check', 'wicked'], 1,
            ACCEPTED.get(option, ()))


def by_network(key, template):
    before = host()
    by_file('wicked.network', b'[Network]\n', key, template, ['run', '--dry-run', '--network', 'wicked', IMAGE], 125, ())
    becomes(f'{key}={template}: the host and the neighbour are as they were', host, before)


def by_verb(verb, code):
    def state():
        return host(), sorted(os.listdir(ROOT))
    before, word = state(), 'other:1' if verb.startswith('tag') else 'word'
    for name, attack in ATTACKS.items():
        done = nap(*verb.split(), word.encode() + attack, *(['true'] if verb == 'exec' else []))
        tell(f'nap {verb} {word}: {name}', refusal(done, code))
    becomes(f'nap {verb}: all is as it was', state, before)


# ---- texts

def as_text(attack):
    return attack.decode('utf-8', 'surrogateescape')


def load_wicked():
    """An image that says it all, with each attack as a value, and as a name where that may be anything."""
    texts = {name: as_text(x) for name, x in ATTACKS.items() if name != 'no-utf8'}
    config = {'Env': [f'I_{name}={x}' for name, x in texts.items()] + ['PATH=/bin'],
              'Labels': {**{f'i-{name}': x for name, x in texts.items()}, **{x: name for name, x in texts.items()}},
              'Hostname': texts['newline'], 'Domainname': texts['newline'], 'User': '',
              'Cmd': ['/payload', 'serve', 'wicked', '80', texts['newline'], texts['title']]}
    top = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    out = os.path.dirname(APPS) + '/wicked-image'
    subprocess.run([top + '/corpus/mkimage.py', 'oci', out, 'wicked:1.0', json.dumps(config), *LAYERS], check=True)
    tell('an image with wicked variables and labels is loaded', acceptance(nap('load', '-q', out)))


def start_wicked():
    options = []
    for name, x in ATTACKS.items():
        options += ['-e', f'E_{name}='.encode() + x]
        if name != 'no-utf8':
            options += ['-l', f'l-{name}='.encode() + x, '--annotation', f'a-{name}='.encode() + x]
    app = subprocess.Popen([NAP, '--root', ROOT, '--runroot', RUNROOT, 'run', '--name', 'wicked', '-p', '8099:80', *options, 'wicked:1.0'],
                           stdout=subprocess.PIPE, stdin=subprocess.DEVNULL)
    tell('an app with wicked variables and labels begins',
         [] if app.stdout.readline() == b'ready\n' else ['it does not say "ready"'])
    return app


def without_words(what, text):
    text = text.replace(b'\t', b' ')
    tell(f'nothing of it is in {what}',
         [f'{text!r:.2000}'] if b'evil' in text or b'10.6.6.6' in text or is_dangerous(text) else [])


def check_environment(about):
    got = read(f'/proc/{about["State"]["Pid"]}/environ').split(b'\0')
    want = [f'E_{name}='.encode() + x for name, x in ATTACKS.items()]
    want += [f'I_{name}='.encode() + x for name, x in ATTACKS.items() if name != 'no-utf8']
    tell('the app has its variables byte for byte', [f'{x!r:.80}' for x in want if x not in got])


def check_labels(about):
    labels = about['Config']['Labels']
    want = {}
    for name, x in ATTACKS.items():
        if name != 'no-utf8':
            want.update({f'l-{name}': as_text(x), f'i-{name}': as_text(x), as_text(x): name})
    tell('nap inspect has the labels as they are', [f'{k!r:.80}: {labels.get(k)!r:.80}' for k in want if labels.get(k) != want[k]])


def check_outputs():
    for verb in (['ps'], ['ps', '--no-trunc'], ['ps', '--json'], ['inspect', 'wicked'], ['inspect', '--security', 'wicked'],
                 ['images'], ['images', '--json'], ['inspect', 'wicked:1.0'], ['port', 'wicked'], ['net', 'ls'],
                 ['run', '--dry-run', 'wicked:1.0'], ['prune', '-f'], ['rmi', 'wicked:1.0']):
        done = nap(*verb)
        tell('escaped: nap ' + ' '.join(verb), [f'{done.stdout + done.stderr!r:.2000}']
             if is_dangerous(done.stdout + done.stderr) or not done.stdout + done.stderr else [])


def texts():
    load_wicked()
    app = start_wicked()
    about = json.loads(nap('inspect', 'wicked').stdout)[0]
    check_environment(about)
    check_labels(about)
    without_words('nf_tables', command('nft', 'list', 'ruleset').stdout)
    without_words('names of links', command('ip', '-o', 'link').stdout)
    for name in ('hosts', 'resolv.conf', 'hostname'):
        without_words('its ' + name, read(f'{RUNROOT}/state/wicked/{name}'))
    without_words("the neighbour's hosts", b'\n'.join(known_to('neighbour')))
    with open(APPS + '/wicked.app', 'w', encoding='utf-8') as f:
        f.write('[Container]\nImage=wicked:1.0\n')
    without_words('the unit of an app with that image', nap('unit', 'wicked').stdout)
    check_outputs()
    nap('kill', 'wicked')
    app.communicate()


if __name__ == '__main__':
    for option_, template_, key_ in PLACES:
        by_option(option_, template_)
        by_key(option_, template_, key_)
    for key_, template_ in NETWORK_KEYS:
        by_network(key_, template_)
    for verb_, code_ in VERBS:
        by_verb(verb_, code_)
    start = host()
    texts()
    becomes('nothing of all this is left', host, start)
    sys.exit(bool(FAILED))
