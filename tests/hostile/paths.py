# SPDX-License-Identifier: MIT
"""Names, links and whiteouts of layers."""
import archive as a
from archive import *
from case import *

each(refused, '',
     path_dot_dot=lambda: layers(entry('../canary/file', 'dead')),
     path_dot_dot_last=lambda: layers(directory('a'), directory('a/..')),
     path_dot_dot_middle=lambda: layers(directory('a'), entry('a/../f', 'x')),
     path_dot_dot_far=lambda: layers(entry('../' * 30 + CANARY[1:] + '/file', 'dead')),
     path_dot_dot_pax=lambda: layers(pax({'path': 'a/../../canary/file'}) + entry('ok', 'dead')),
     path_empty=lambda: layers(entry('', 'x')),
     path_nul=lambda: layers(pax({'path': 'a\0/../../b'}) + entry('x', 'x')),
     path_long=lambda: layers(long_name('n' * 70000) + entry('x', 'x')),
     path_component_long=lambda: layers(long_name('n' * 256) + entry('x', 'x')),
     path_deep=lambda: layers(long_name('d/' * 30000 + 'f') + entry('x', 'x')),
     path_root_file=lambda: layers(entry('./', 'x')),
     path_root_link=lambda: layers(symlink('./', CANARY)),
     path_root_device=lambda: layers(device('/', 1, 3)),
     path_root_hard_link=lambda: layers(entry('f', 'x') + hardlink('.', 'f')))
each(loads, {'a': 'd', 'a/f': 'f x'},
     path_absolute=lambda: layers(entry('/a/f', 'x')),
     path_slashes=lambda: layers(entry('.//a////f', 'x')),
     path_dots=lambda: layers(entry('/./a/./f', 'x')),
     path_dots_directory=lambda: layers(directory('./a/.') + entry('a/f', 'x')))


@loads({'a': 'd', 'a/...': 'f x', '..a': 'f y', 'a\\b': 'f z'})
def path_harmless_dots():
    return layers(entry('a/...', 'x') + entry('..a', 'y') + entry('a\\b', 'z'))


# ---- links

INSIDE = CANARY.lstrip('/')


def chain(*names):
    """The directories on the way to a path, as a tree says them."""
    tree, at = {}, ''
    for name in names:
        at = f'{at}/{name}' if at else name
        tree[at] = 'd'
    return tree


CANARY_TREE = chain(*INSIDE.split('/'))
each(loads, {**CANARY_TREE, 'l': 'l ' + CANARY, INSIDE + '/file': 'f dead'},
     link_through_absolute=lambda: layers(symlink('l', CANARY) + entry('l/file', 'dead')),
     link_through_layers=lambda: layers(symlink('l', CANARY), entry('l/file', 'dead')),
     link_replaces_directory=lambda: layers(directory('l') + entry('l/file', 'x') + symlink('l', CANARY)
                                            + entry('l/file', 'dead')),
     link_replaces_across=lambda: layers(directory('l') + entry('l/file', 'x'), symlink('l', CANARY),
                                         entry('l/file', 'dead')))
UP = '../' * 20 + INSIDE
each(loads, {**CANARY_TREE, 'l': 'l ' + UP, INSIDE + '/file': 'f dead'},
     link_through_relative=lambda: layers(symlink('l', UP) + entry('l/file', 'dead')),
     link_through_relative_layers=lambda: layers(symlink('l', UP), entry('l/file', 'dead')))
each(refused, '',
     link_loop=lambda: layers(symlink('a', 'b') + symlink('b', 'a') + entry('a/f', 'x')),
     link_loop_self=lambda: layers(symlink('a', 'a'), entry('a/f', 'x')),
     link_loop_layers=lambda: layers(symlink('a', 'b/c'), symlink('b', 'a/d'), entry('a/f', 'x')),
     link_loop_grows=lambda: layers(symlink('a', 'a/a/a/a'), entry('a/f', 'x')),
     link_empty=lambda: layers(symlink('a', '')),
     link_long=lambda: layers(long_name('t' * 5000, 'K') + symlink('a', 't')),
     hard_link_outside=lambda: layers(hardlink('h', CANARY + '/file')),
     hard_link_dot_dot=lambda: layers(hardlink('h', '../' * 20 + INSIDE + '/file')),
     hard_link_root=lambda: layers(hardlink('h', '/')),
     hard_link_directory=lambda: layers(directory('d') + hardlink('h', 'd')),
     hard_link_directory_below=lambda: layers(directory('d'), hardlink('h', 'd')),
     hard_link_missing=lambda: layers(hardlink('h', 'nowhere')),
     hard_link_itself=lambda: layers(hardlink('h', 'h')),
     hard_link_circle=lambda: layers(hardlink('a', 'b') + hardlink('b', 'a')),
     hard_link_hidden=lambda: layers(entry('f', 'x'), entry('.wh.f') + hardlink('h', 'f')),
     hard_link_through_outside=lambda: layers(symlink('l', CANARY) + hardlink('h', 'l/file')),
     hard_link_below_itself=lambda: layers(entry('f', 'x') + hardlink('f/f', 'f')),
     hard_link_plnk_dot_dot=lambda: layers(hardlink('h', '.wh..wh.plnk/../../../canary/file')),
     hard_link_plnk_deep=lambda: layers(entry('.wh..wh.plnk/1', 'x') + hardlink('h', '.wh..wh.plnk/1/2')),
     hard_link_contents=lambda: layers(header('h', type='1', size=512, link='f') + pad(b'x') + entry('f', 'x')),
     hard_link_contents_v7=lambda: layers(entry('f', 'x') + header('h', type='1', size=512, link='f', magic=V7)
                                          + header('hidden', magic=V7)),
     hard_link_contents_odd_magic=lambda: layers(
         entry('f', 'x') + pax({'comment': 'x'}) + header('h', type='1', size=512, link='f', magic=b'ustarX00')
         + header('hidden')))


@loads({'l': 'l ' + CANARY + '/file', 'h': 'l ' + CANARY + '/file'})
def hard_link_to_symlink():
    return layers(symlink('l', CANARY + '/file') + hardlink('h', 'l'))


@loads({'l': 'l ' + CANARY + '/file', 'h': 'f dead'})
def hard_link_to_symlink_replaced():
    return layers(symlink('l', CANARY + '/file') + hardlink('h', 'l') + entry('h', 'dead'))


@loads({'h': 'f x', 'f': 'f x'})
def hard_link_before_target():
    return layers(hardlink('h', 'f') + entry('f', 'x'))


@refused()
def regular_with_linkpath():
    """A regular file for docker, a hard link for libarchive."""
    return layers(entry('f', 'x') + pax({'linkpath': 'f'}) + entry('g', 'y'))


@refused()
def regular_with_long_link():
    return layers(entry('f', 'x') + long_name('f', 'K') + entry('g', 'y', magic=GNU))


# ---- whiteouts

each(refused, '',
     whiteout_empty=lambda: layers(entry('.wh.')),
     whiteout_dot=lambda: layers(directory('d'), entry('d/.wh..')),
     whiteout_dot_dot=lambda: layers(directory('d'), entry('d/.wh...')),
     whiteout_slash=lambda: layers(entry('f', 'x'), pax({'path': '.wh../../f'}) + entry('x')))
each(loads, {'f': 'f x', 'd': 'd'},
     opaque_directory=lambda: layers(entry('d/old') + entry('f', 'x'), directory('d/.wh..wh..opq')),
     opaque_symlink=lambda: layers(entry('d/old') + entry('f', 'x'), symlink('d/.wh..wh..opq', CANARY)),
     opaque_hard_link=lambda: layers(entry('d/old') + entry('f', 'x'), hardlink('d/.wh..wh..opq', 'f')),
     whiteout_as_directory=lambda: layers(entry('d/old') + entry('f', 'x'), directory('d/.wh.old')),
     whiteout_as_symlink=lambda: layers(entry('d/old') + entry('f', 'x'), symlink('d/.wh.old', CANARY)),
     whiteout_as_hard_link=lambda: layers(entry('d/old') + entry('f', 'x'), hardlink('d/.wh.old', 'f')),
     whiteout_as_device=lambda: layers(entry('d/old') + entry('f', 'x'), device('d/.wh.old', 1, 3)),
     whiteout_of_nothing=lambda: layers(directory('d') + entry('f', 'x'), entry('d/.wh.nothing')),
     whiteout_in_the_same_layer=lambda: layers(directory('d') + entry('f', 'x') + entry('.wh.f')),
     whiteout_meta=lambda: layers(directory('d') + entry('f', 'x') + entry('.wh..wh.aufs', 'x')
                                  + entry('.wh..wh.orph/x', 'x') + entry('.wh..wh..opq/x', 'x')))


@loads({'.wh.f': 'd', '.wh.f/g': 'f y', 'f': 'f x'})
def whiteout_as_parent():
    return layers(entry('f', 'x'), entry('.wh.f/g', 'y'))


@loads({'l': 'l ' + CANARY, **CANARY_TREE})
def whiteout_through_link():
    return layers(symlink('l', CANARY), entry('l/.wh.file'))


@loads({'new': 'f y'})
def opaque_root():
    return layers(entry('old', 'x') + directory('d'), entry('new', 'y') + entry('.wh..wh..opq'))


@refused('entries')
def opaque_roots():
    """Every one makes a whiteout for each entry of the root below: 400 times 1,000 of them."""
    return layers(b''.join(entry(f'f{i}') for i in range(1000)),
                  *[entry('.wh..wh..opq') + entry(f'n{i}') for i in range(100)])


# ---- names that look like others, and that a terminal or a shell would obey

@loads({'F': 'f upper', 'f': 'f lower', 'é': 'f composed', 'é': 'f decomposed'})
def path_same_to_others():
    return layers(entry('F', 'upper') + entry('f', 'lower') + entry('é', 'composed') + entry('é', 'decomposed'))


@loads(None)
def path_odd_names():
    """Names that are only bytes to a kernel."""
    return layers(b''.join(entry(name, 'x') for name in (
        b'..\xc0\xafcanary', b'\xff\xfe', 'a\u202eb', '\uff0e\uff0e\uff0fx', 'C:\\..\\x', '-rf', '--', '~root', '$(id)',
        '`id`', '%n%s', 'a\tb', 'new\nline', '\x1b]0;title\x07', '\x7f', ' ', '.hidden', 'x' * 255, 'con', 'nul.txt', '\\')))


@refused('\\x1b')
def path_escape_in_message():
    return layers(entry('\x1b[2J\x1b]0;owned\x07/../x', 'x'))


@refused()
def path_newline_in_message():
    """A message of several lines could look like several messages."""
    return layers(entry('x\nnap: loaded/../x', 'x'))


@refused()
def path_bidi_in_message():
    return layers(pax({'path': 'a\u202e\u2066/../x'}) + entry('x'))


each(refused, '',
     path_prefix_dot_dot=lambda: layers(entry('x', 'dead', rest=b'../../canary')),
     path_only_dots=lambda: layers(entry('..', 'x')),
     path_only_dots_slash=lambda: layers(directory('../')),
     path_dot_dot_absolute=lambda: layers(entry('/../x', 'x')),
     path_two_names=lambda: layers(long_name('a') + pax({'path': 'b'}) + entry('c', 'x')),
     path_two_names_other_order=lambda: layers(pax({'path': 'b'}) + long_name('a') + entry('c', 'x')),
     path_two_links=lambda: layers(long_name('a', 'K') + pax({'linkpath': 'b'}) + symlink('l', 'c')),
     path_long_name_nul=lambda: layers(long_name('a\0/../../b') + entry('c', 'x') + entry('../x', 'x')),
     path_components_513=lambda: layers(long_name('d/' * 512 + 'f') + entry('x', 'x')),
     path_4096=lambda: layers(long_name('/'.join(['n' * 200] * 21)) + entry('x', 'x')),
     path_sparse_name=lambda: layers(pax({'GNU.sparse.major': '1', 'GNU.sparse.minor': '0', 'GNU.sparse.realsize': '1',
                                          'GNU.sparse.name': '../canary/file'}) + entry('f', pad(b'1\n0\n1\n') + b'x')),
     path_sparse_name_nul=lambda: layers(pax({'GNU.sparse.major': '1', 'GNU.sparse.minor': '0',
                                              'GNU.sparse.realsize': '1', 'GNU.sparse.name': 'a\0b'})
                                         + entry('f', pad(b'1\n0\n1\n') + b'x')),
     link_nul=lambda: layers(pax({'linkpath': 'a\0b'}) + symlink('l', 'x')),
     hard_link_to_whiteout=lambda: layers(entry('f', 'x'), entry('.wh.f') + hardlink('h', '.wh.f')),
     hard_link_to_hidden_below=lambda: layers(entry('d/f', 'x'), entry('d/.wh..wh..opq') + hardlink('h', 'd/f')),
     hard_link_to_whiteout_node=lambda: layers(entry('f', 'x') + directory('d'), entry('d/.wh.f'),
                                               hardlink('h', 'd/f')),
     hard_link_chain=lambda: layers(hardlink('h', 'g') + hardlink('g', 'f') + entry('f', 'x')),
     hard_link_empty=lambda: layers(hardlink('h', '')),
     hard_link_dot=lambda: layers(hardlink('h', '.')),
     hard_link_proc=lambda: layers(symlink('p', '/proc/self') + hardlink('h', 'p/exe')),
     hard_link_through_link=lambda: layers(directory('d') + entry('d/f', 'x') + symlink('l', 'd') + hardlink('h', 'l/f')),
     hard_link_through_link_late=lambda: layers(hardlink('h', 'l/f') + directory('d') + entry('d/f', 'x')
                                                + symlink('l', 'd')),
     hard_link_through_link_to_lower=lambda: layers(directory('d') + entry('d/f', 'x'),
                                                    symlink('l', 'd') + hardlink('h', 'l/f')),
     hard_link_through_link_out=lambda: layers(symlink('l', '../../../../../..' + CANARY), hardlink('h', 'l/file')))
each(loads, {'d': 'd', 'd/f': 'f x', 'l': 'l d'},
     link_file_through=lambda: layers(symlink('l', 'd') + directory('d') + entry('l/f', 'x')),
     link_file_through_below=lambda: layers(symlink('l', 'd'), directory('d') + entry('l/f', 'x')),
     link_hard_through=lambda: layers(directory('d') + symlink('l', 'd') + entry('d/g', 'x') + hardlink('l/f', 'd/g'),
                                      entry('d/.wh.g')),
     link_replaced_again=lambda: layers(symlink('l', CANARY) + directory('l') + entry('l/f', 'y') + symlink('l', 'd')
                                        + entry('l/f', 'x')))
each(loads, {'f': 'f x', 'h': 'f x'},
     hard_link_absolute=lambda: layers(entry('f', 'x') + hardlink('h', '/f')),
     hard_link_dotted=lambda: layers(entry('f', 'x') + hardlink('h', './/./f')),
     hard_link_below=lambda: layers(entry('f', 'x'), hardlink('h', 'f')),
     hard_link_over_whiteout=lambda: layers(entry('h', 'old') + entry('f', 'x'), entry('.wh.h') + hardlink('h', 'f')),
     hard_link_two=lambda: layers(entry('f', 'x') + hardlink('g', 'f') + hardlink('h', 'g'), entry('.wh.g')))
each(loads, {'a': 'd', 'a/f': 'f x'},
     kind_file_to_directory=lambda: layers(entry('a', 'y') + entry('a/f', 'x')),
     kind_file_below_to_directory=lambda: layers(entry('a', 'y'), entry('a/f', 'x')),
     kind_link_to_directory=lambda: layers(symlink('a', CANARY) + directory('a') + entry('a/f', 'x')),
     kind_fifo_to_directory=lambda: layers(entry('a', type='6') + directory('a') + entry('a/f', 'x')),
     kind_device_to_directory=lambda: layers(device('a', 1, 3), directory('a') + entry('a/f', 'x')),
     kind_directory_to_file_and_back=lambda: layers(directory('a') + entry('a/old') + entry('a', 'y') + directory('a')
                                                    + entry('a/f', 'x')),
     kind_duplicate_last_wins=lambda: layers(entry('a/f', 'y') + entry('a/f', 'z') + symlink('a/f', CANARY)
                                             + entry('a/f', 'x')),
     kind_old_directory=lambda: layers(header('a/', type='\0', magic=V7, mode=0o755) + entry('a/f', 'x')),
     kind_contiguous=lambda: layers(directory('a') + entry('a/f', 'x', type='7')),
     whiteout_then_entry=lambda: layers(entry('a/f', 'old'), entry('a/.wh.f') + entry('a/f', 'x')),
     whiteout_twice=lambda: layers(entry('a/f', 'x') + entry('a/g'), entry('a/.wh.g') * 2),
     whiteout_directory_then_new=lambda: layers(entry('a/old'), entry('.wh.a') + entry('a/f', 'x')),
     whiteout_opaque_after=lambda: layers(entry('a/old'), entry('a/f', 'x') + entry('a/.wh..wh..opq')),
     whiteout_opaque_first=lambda: layers(entry('a/old'), entry('a/.wh..wh..opq') + entry('a/f', 'x')),
     whiteout_opaque_twice=lambda: layers(entry('a/old'), entry('a/.wh..wh..opq') * 2 + entry('a/f', 'x')),
     whiteout_meta_bare=lambda: layers(entry('a/f', 'x') + entry('.wh..wh.')),
     whiteout_with_contents=lambda: layers(entry('a/f', 'x') + entry('a/g'), entry('a/.wh.g', 'contents')))
each(loads, {'l': 'l x', 'seen': 'f '},
     kind_link_with_contents=lambda: layers(header('l', type='2', size=512, link='x', mode=0o777) + header('seen')))
each(loads, {'d': 'd', 'seen': 'f '},
     kind_directory_with_contents=lambda: layers(header('d', type='5', size=512, mode=0o755) + header('seen')))


@loads({**CANARY_TREE, 'l': 'l ' + CANARY})
def opaque_through_link():
    """An opaque marker behind a symlink is for the image's directory of that name."""
    return layers(symlink('l', CANARY), entry('l/.wh..wh..opq'))


@loads({'dev': 'l /proc', 'proc': 'l /', 'sys': 'f x', 'etc': 'd', 'etc/passwd': 'p', 'etc/hosts': 'd'})
def kind_odd_system():
    """What the start of a container has to cope with is nothing that a load minds."""
    return layers(symlink('dev', '/proc') + symlink('proc', '/') + entry('sys', 'x') + entry('etc/passwd', type='6')
                  + directory('etc/hosts'))


@loads({'bin': 'l usr/bin', 'usr': 'd', 'usr/bin': 'd', 'usr/bin/a': 'f x', 'usr/bin/b': 'f x'})
def hard_link_merged_usr():
    """A package of /bin unpacked onto a merged /usr: the symlink is a lower layer's."""
    return layers(symlink('bin', 'usr/bin') + directory('usr/bin'), entry('bin/a', 'x') + hardlink('bin/b', 'bin/a'))


each(loads, {'a': 'f y', 'b': 'f x'},
     hard_link_target_replaced=lambda: layers(entry('a', 'x') + hardlink('b', 'a') + entry('a', 'y')),
     hard_link_replaced=lambda: layers(entry('b', 'y') + hardlink('a', 'b') + entry('b', 'x')),
     hard_link_below_replaced=lambda: layers(entry('a', 'x'), hardlink('b', 'a') + entry('a', 'y')))
