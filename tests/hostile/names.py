# SPDX-License-Identifier: MIT
"""Names of images."""
import json

import archive as a
from archive import *
from case import *

def named(name):
    return image_with(name=name).tar()


each(loads, None, layers_repeated=lambda: layers(*[entry('f', 'x')] * 60))
each(loads, F,
     name_escape=lambda: named('\x1b[31mred'),
     name_bidi=lambda: named('a\u202eb'),
     name_dot_dot=lambda: named('../../canary/file'),
     name_dot_dot_inside=lambda: named('a/../../b:1'),
     name_absolute=lambda: named(CANARY + '/file'),
     name_space=lambda: named('a b'),
     name_newline=lambda: named('a\nLoaded image: b'),
     name_upper=lambda: named('UPPER'),
     name_long=lambda: named('a' * 5000),
     name_hex=lambda: named(HEX),
     name_digest=lambda: named('a@sha256:' + HEX),
     name_tag_dots=lambda: named('a:..'),
     name_option=lambda: named('--root=/'),
     name_id=lambda: named('sha256:abc'))
each(loads, F,
     docker_tags=lambda: tar(docker(tags=['../../x', '\x1b[31m', 'a:b:c', '', ':', 'ok:1', 'ok:1', '/etc/passwd'])),
     docker_config_elsewhere=lambda: tar(docker(entry('f', 'x'))))
each(refused, '',
     name_digest_long=lambda: named('a' * 200 + '@sha256:' + HEX),
     docker_tags_type=lambda: tar(docker(RepoTags=[5])),
     docker_tags_many=lambda: tar(docker(tags=[f'n{i}:1' for i in range(100000)])),
     docker_tags_many_bad=lambda: tar(docker(tags=[f'N{i}:1' for i in range(100000)])),
     docker_config_outside=lambda: tar(docker(Config=CANARY + '/file')),
     docker_config_dot_dot=lambda: tar(docker(Config='../canary/file')),
     docker_layer_outside=lambda: tar(docker(Layers=[CANARY + '/file'])),
     docker_layer_dot_dot=lambda: tar(docker(Layers=['0/../../canary/file'])),
     docker_layer_missing=lambda: tar(docker(Layers=['1/layer.tar'])),
     docker_layers_fewer=lambda: tar(docker(Layers=[])),
     docker_config_lies=lambda: config_lies(),
     docker_same_config=lambda: tar({**docker(), 'manifest.json': dump([json.loads(big_docker()['manifest.json'])[0]]
                                                                       * 20000), **big_docker(False)}))


def config_lies():
    members = docker()
    name = next(x for x in members if x.endswith('.json') and x != 'manifest.json')
    members[name] += b' '
    return tar(members)


def big_docker(manifest=True):
    members = docker(config={'architecture': 'none', 'os': 'plan9', 'x': 'x' * (3 << 20)})
    if not manifest:
        del members['manifest.json']
    return members


def both(change):
    """What docker 25 writes: a layout, and manifest.json beside it."""
    image = Image()
    image.manifest['config'] = image.put(image.config, 'config.v1+json')
    item = {'Config': 'blobs/sha256/' + sha(dump(image.config)), 'RepoTags': ['more:1'],
            'Layers': ['blobs/sha256/' + d['digest'].split(':')[1] for d in image.layer_descriptors]}
    image.files['manifest.json'] = dump([change(item, image)])
    return image.tar()


def other_config(item, image):
    other = dump({**image.config, 'config': {'User': 'evil'}})
    image.files['blobs/sha256/' + sha(other)] = other
    return {**item, 'Config': 'blobs/sha256/' + sha(other)}


each(loads, F,
     both_agree=lambda: both(lambda item, image: item),
     both_disagree=lambda: both(other_config),
     name_nul_like=lambda: named('a\\0b'),
     name_percent=lambda: named('a%2f..%2fb'),
     name_unicode=lambda: named('\u0430dmin:1'),
     name_quote=lambda: named('a"\';$(id)`id`'),
     name_unit=lambda: named('a\n[Service]\nExecStart=/bin/sh'),
     name_port=lambda: named('a:1:2:3/b'),
     name_slashes=lambda: named('a//b'),
     name_trailing=lambda: named('a/'),
     name_dots=lambda: named('...'),
     name_hidden=lambda: named('.a/b'),
     name_tag_long=lambda: named('a:' + 't' * 129),
     name_digest_bad=lambda: named('a@sha256:' + HEX[:63]),
     name_digest_path=lambda: named('a@sha256:../../../' + HEX[:55]),
     docker_symlinked=lambda: docker_with_links(symlink('0/layer.tar', '../1/layer.tar')),
     docker_duplicate_tags=lambda: tar(docker(tags=['a:1'] * 500)),
     docker_parent=lambda: tar(docker(Parent='sha256:../../x', LayerSources={'../x': {}})),
     docker_tags_null=lambda: tar(docker(RepoTags=None)))
each(refused, '',
     both_damaged=lambda: both(lambda item, image: {**item, 'Config': '../x'}),
     docker_symlinked_out=lambda: docker_with_links(symlink('0/layer.tar', '../../' + CANARY + '/file')),
     docker_symlinked_loop=lambda: docker_with_links(symlink('0/layer.tar', '../0/layer.tar')),
     docker_symlinked_nowhere=lambda: docker_with_links(symlink('0/layer.tar', '../2/layer.tar')),
     docker_layer_is_manifest=lambda: tar(docker(Layers=['manifest.json'])),
     docker_layer_is_config=lambda: docker_layer_config(),
     docker_layer_type=lambda: tar(docker(Layers=[5])),
     docker_layer_null=lambda: tar(docker(Layers=None)),
     docker_layer_absolute=lambda: tar(docker(Layers=['/0/layer.tar'])),
     docker_layer_empty=lambda: tar(docker(Layers=[''])),
     docker_layer_lies=lambda: docker_blob_lies(),
     docker_layers_more=lambda: tar(docker(Layers=['0/layer.tar'] * 2)),
     docker_layers_501=lambda: tar(docker(Layers=['0/layer.tar'] * 501)),
     docker_config_null=lambda: tar(docker(Config=None)),
     docker_config_is_manifest=lambda: tar(docker(Config='manifest.json')),
     docker_config_type=lambda: tar(docker(Config=['x'])),
     docker_case=lambda: tar(docker(CONFIG='x')),
     docker_item_null=lambda: tar({**docker(), 'manifest.json': b'[null]'}),
     docker_object=lambda: tar({**docker(), 'manifest.json': b'{}'}),
     docker_none=lambda: tar({**docker(), 'manifest.json': b'[]'}),
     docker_repositories=lambda: tar({'repositories': b'{"a":{"1":"x"}}', 'x/json': b'{}', 'x/layer.tar': b''}))


def docker_with_links(link):
    members = docker()
    layer = members.pop('0/layer.tar')
    return tar({**members, '1/layer.tar': layer})[:-1024] + link + END


def docker_layer_config():
    members = docker()
    item = json.loads(members['manifest.json'])[0]
    return tar({**members, 'manifest.json': dump([{**item, 'Layers': [item['Config']]}])})


def docker_blob_lies():
    """A layer in the place of another blob; even if the config says what is in it."""
    members = docker()
    item = json.loads(members['manifest.json'])[0]
    name = 'blobs/sha256/' + HEX
    return tar({**members, name: members['0/layer.tar'], 'manifest.json': dump([{**item, 'Layers': [name]}])})
