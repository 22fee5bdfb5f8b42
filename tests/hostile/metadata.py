# SPDX-License-Identifier: MIT
"""JSON, digests, indexes."""
import gzip
import lzma

import archive as a
from archive import *
from case import *

def raw_config(text):
    image = Image()
    if callable(text):
        text = text(dump(image.config).decode())
    image.config = text.encode('utf-8', 'surrogateescape') if isinstance(text, str) else text
    return image.tar()


def raw_manifest(change):
    image = Image()
    image.manifest['config'] = image.put(image.config, 'config.v1+json')
    image.manifest = change(image.manifest) if not isinstance(change, bytes) else change
    return image.tar()


def raw_index(text):
    return image_with(index=text.encode('utf-8', 'surrogateescape')).tar()


def config_with(**members):
    image = Image()
    image.config.update(members)
    return image.tar()


def inner(**members):
    return config_with(config=members)


def entry_digest(digest, **more):
    image = Image()
    d = dict(image.seal(), digest=digest, **more)
    image.index['manifests'] = [d]
    return image


def layer_with(**changes):
    image = Image()
    image.layer_descriptors[0].update(changes)
    return image.tar()


def config_size(delta):
    image = Image()
    image.manifest['config'] = image.put(image.config, 'config.v1+json')
    image.manifest['config']['size'] += delta
    return image.tar()


def diff_ids(*ids):
    image = Image()
    image.config['rootfs']['diff_ids'] = [image.config['rootfs']['diff_ids'][0] if x is None else x for x in ids]
    return image.tar()


def truncated(digest):
    return digest[:-1]


each(refused, '',
     json_duplicate_keys=lambda: raw_config(lambda t: t[:-1] + ',"os":"linux"}'),
     json_duplicate_index=lambda: raw_index('{"schemaVersion":2,"manifests":[],"manifests":[]}'),
     json_nul=lambda: raw_config(lambda t: t[:-1] + ',"x":"a\\u0000b"}'),
     json_nul_byte=lambda: raw_config(lambda t: t + '\0'),
     json_nul_key=lambda: raw_config(lambda t: t[:-1] + ',"a\\u0000b":1}'),
     json_trailing=lambda: raw_config(lambda t: t + '{}'),
     json_deep=lambda: raw_config(lambda t: t[:-1] + ',"x":' + '[' * 100000 + ']' * 100000 + '}'),
     json_depth_65=lambda: raw_config(lambda t: t[:-1] + ',"x":' + '[' * 64 + ']' * 64 + '}'),
     json_bad_utf8=lambda: raw_config(lambda t: t[:-1] + ',"x":"\udcff"}'),
     json_surrogate=lambda: raw_config(lambda t: t[:-1] + ',"x":"\\ud800"}'),
     json_bom=lambda: raw_config(lambda t: '\ufeff' + t),
     json_nan=lambda: raw_config(lambda t: t[:-1] + ',"x":NaN}'),
     json_number_huge=lambda: raw_index('{"schemaVersion":99999999999999999999999999,"manifests":[]}'),
     json_values=lambda: raw_config(lambda t: t[:-1] + ',"x":[' + '[],' * 1000000 + '[]]}'),
     json_large=lambda: raw_config(lambda t: t[:-1] + ',"x":"' + 'x' * (5 << 20) + '"}'),
     json_index_list=lambda: raw_index('[]'),
     json_config_null=lambda: raw_config('null'),
     json_config_empty=lambda: raw_config(''),
     type_os=lambda: config_with(os=5),
     type_architecture=lambda: config_with(architecture=['amd64']),
     type_config=lambda: config_with(config=[]),
     type_rootfs=lambda: config_with(rootfs=[]),
     type_diff_ids=lambda: config_with(rootfs={'type': 'layers', 'diff_ids': {}}),
     type_rootfs_type=lambda: config_with(rootfs={'type': 'other', 'diff_ids': []}),
     type_env=lambda: inner(Env={'A': 'b'}),
     type_env_element=lambda: inner(Env=[5]),
     type_env_name=lambda: inner(Env=['no equals sign']),
     type_cmd=lambda: inner(Cmd='sh'),
     type_user=lambda: inner(User=0),
     type_volumes=lambda: inner(Volumes=['/a']),
     type_labels=lambda: inner(Labels={'a': 5}),
     type_layout=lambda: image_with(layout={'imageLayoutVersion': 1}).tar(),
     layout_version=lambda: image_with(layout={'imageLayoutVersion': '2.0.0'}).tar(),
     schema_version=lambda: raw_manifest(lambda m: {**m, 'schemaVersion': 1}),
     type_layers=lambda: raw_manifest(lambda m: {**m, 'layers': {}}),
     type_manifest_config=lambda: raw_manifest(lambda m: {**m, 'config': []}),
     type_layer=lambda: raw_manifest(lambda m: {**m, 'layers': ['x']}),
     type_size=lambda: layer_with(size='10'),
     type_size_negative=lambda: layer_with(size=-1),
     type_size_float=lambda: layer_with(size=1.0),
     type_size_huge=lambda: layer_with(size=1 << 62),
     type_annotations=lambda: image_with(name=['x']).tar(),
     digest_path=lambda: layer_with(digest='sha256:../../index.json'),
     digest_path_long=lambda: layer_with(digest='sha256:' + '../' * 21 + 'x'),
     digest_slash=lambda: layer_with(digest='sha256:' + HEX[:31] + '/' + HEX[32:]),
     digest_upper=lambda: layer_with(digest='sha256:' + sha(entry('f', b'x') + END).upper()),
     digest_sha512=lambda: layer_with(digest='sha512:' + HEX * 2),
     digest_short=lambda: layer_with(digest='sha256:' + HEX[:63]),
     digest_long=lambda: layer_with(digest='sha256:' + HEX + '0'),
     digest_none=lambda: layer_with(digest=''),
     digest_bare=lambda: layer_with(digest=HEX),
     digest_newline=lambda: layer_with(digest='sha256:' + HEX[:63] + '\n'),
     digest_escape=lambda: layer_with(digest='\x1b[31m\u202e\u009b:x'),
     digest_missing=lambda: layer_with(digest='sha256:' + HEX),
     digest_manifest_path=lambda: entry_digest('sha256:../../index.json').tar(),
     size_more=lambda: layer_with(size=len(entry('f', 'x') + END) + 1),
     size_less=lambda: layer_with(size=len(entry('f', 'x') + END) - 1),
     size_zero=lambda: layer_with(size=0),
     config_size_more=lambda: config_size(1),
     config_size_less=lambda: config_size(-1),
     diff_id_wrong=lambda: diff_ids('sha256:' + HEX),
     diff_id_path=lambda: diff_ids('sha256:../../../../canary/' + 'x' * 43),
     diff_id_upper=lambda: diff_ids('sha256:' + HEX.upper()),
     diff_id_type=lambda: diff_ids(5),
     diff_ids_none=lambda: diff_ids(),
     diff_ids_more=lambda: diff_ids(None, None),
     media_index_as_manifest=lambda: raw_manifest(lambda m: {'schemaVersion': 2, 'manifests': []}),
     media_both=lambda: raw_manifest(lambda m: {**m, 'manifests': []}),
     media_other_type=lambda: raw_manifest(lambda m: {**m, 'mediaType': a.OCI + 'index.v1+json'}),
     media_manifest_as_config=lambda: manifest_as_config(),
     media_no_type=lambda: untyped_descriptor(a.OCI + 'index.v1+json'),
     media_no_type_artifact=lambda: untyped_descriptor('application/x-other'),
     media_config=lambda: config_media('application/vnd.unknown.config.v1+json'),
     media_layer=lambda: layer_with(mediaType='application/x-other'),
     media_index_is_manifest=lambda: raw_index('{"schemaVersion":2,"manifests":[],"layers":[],"config":{}}'),
     layer_gzip_in_gzip=lambda: Image(entry('f', 'x')).compress(lambda x: gzip.compress(gzip.compress(x))).tar(),
     layer_xz=lambda: Image(entry('f', 'x')).compress(lzma.compress).tar(),
     layer_gzip_tail=lambda: Image(entry('f', 'x')).compress(lambda x: gzip.compress(x) + b'tail').tar(),
     layer_gzip_hidden=lambda: Image(entry('f', 'x')).compress(lambda x: gzip.compress(x) + gzip.compress(b'more')).tar(),
     layers_501=lambda: layers(*[entry('f', 'x')] * 501))
each(loads, F,
     layer_gzip_members=lambda: Image(entry('f', 'x')).compress(
         lambda x: b''.join(gzip.compress(y) for y in halves(x)) + gzip.compress(b'')).tar(),
     json_escapes=lambda: inner(Labels={'\x1b[31m': '\x1b]0;x\x07\u009b31m', 'b': '\u202e\r\x7f'}, User='\x1b[31m',
                                WorkingDir='/\x1b[2J', Env=['A=\x1b[31m']),
     json_escapes_outside=lambda: config_with(author='\x1b[31m', created='\x1b[31m'),
     json_ids_many=lambda: inner(Env=[f'A{i}=b' for i in range(100000)]),
     json_labels_many=lambda: inner(Labels={f'A{i}': 'b' for i in range(100000)}))


def manifest_as_config():
    image = Image()
    image.manifest['config'] = image.put({**image.manifest, 'config': {}}, 'config.v1+json')
    return image.tar()


def untyped_descriptor(own_type):
    image = Image()
    image.manifest['mediaType'] = own_type
    d = image.seal()
    del d['mediaType']
    image.index['manifests'] = [d]
    return image.tar()


def config_media(media_type):
    image = Image()
    image.manifest['config'] = dict(image.put(image.config), mediaType=media_type)
    return image.tar()


# ---- indexes

def index_of(*descriptors):
    return {'schemaVersion': 2, 'mediaType': a.OCI + 'index.v1+json', 'manifests': list(descriptors)}


@refused()
def index_itself():
    """No blob can hold its own digest; index.json can claim to."""
    image = Image()
    image.index['manifests'] = [{'mediaType': a.OCI + 'index.v1+json', 'digest': 'sha256:' + HEX, 'size': 2}]
    image.files['blobs/sha256/' + HEX] = dump(image.index)
    return image.tar()


@refused('nested')
def index_nested():
    image = Image()
    d = image.seal()
    for _ in range(12):
        d = image.put(index_of(d), 'index.v1+json')
    image.index['manifests'] = [d]
    return image.tar()


@refused()
def index_bomb():
    """Eight levels of fifty times the same: as many as grains of sand, and not one image."""
    image = Image()
    d = image.put(index_of({**image.seal(), 'platform': {'os': 'unknown', 'architecture': 'unknown'}}), 'index.v1+json')
    for _ in range(6):
        d = image.put(index_of(*[d] * 50), 'index.v1+json')
    image.index['manifests'] = [d]
    return image.tar()


@refused()
def index_10000():
    image = Image()
    image.index['manifests'] = [image.seal()] * 10000
    return image.tar()


@refused()
def index_same_config():
    """Four thousand times the same manifest, whose config is large."""
    image = Image()
    image.config['config'] = {'Labels': {f'L{i}': 'x' * 30 for i in range(60000)}}
    image.config['os'] = 'plan9'
    d = image.seal()
    image.index['manifests'] = [d] * 4000
    return image.tar()


@refused()
def index_300_images():
    image = Image()
    out = []
    for i in range(300):
        image.config['author'] = str(i)
        image.manifest.pop('config', None)
        image.name = f'hostile:v{i}'
        out.append(image.seal())
    image.index['manifests'] = out
    return image.tar()


# ---- keys and values that readers take differently

def edited(blob, change):
    """An image whose config, manifest or index went through change, as an object, with all digests right."""
    image = Image()
    if blob == 'config':
        image.config = change(image.config)
    else:
        image.manifest['config'] = image.put(image.config, 'config.v1+json')
    if blob == 'manifest':
        image.manifest = change(image.manifest)
    if blob == 'index':
        image.index['manifests'] = [image.seal()]
        image.index = change(image.index)
    return image.tar()


def descriptor_text(old, new):
    """The index as text, with a part replaced."""
    image = Image()
    image.index['manifests'] = [image.seal()]
    text = dump(image.index).decode()
    assert old in text
    return raw_index_of(image, text.replace(old, new))


def raw_index_of(image, text):
    image.index = text.encode()
    return image.tar()


def config_text(old, new):
    return raw_config(lambda t: t.replace(old, new))


each(refused, '',
     case_layers=lambda: edited('manifest', lambda m: {**m, 'LAYERS': []}),
     case_config=lambda: edited('manifest', lambda m: {**m, 'Config': m['config']}),
     case_only=lambda: edited('manifest', lambda m: {k.upper(): v for k, v in m.items()}),
     case_manifests=lambda: edited('index', lambda i: {**i, 'Manifests': []}),
     case_media_type=lambda: edited('manifest', lambda m: {**m, 'mediatype': 'application/x'}),
     case_digest=lambda: layer_with(Digest='sha256:' + HEX),
     case_size=lambda: layer_with(Size=0),
     case_os=lambda: config_with(OS='plan9'),
     case_rootfs=lambda: config_with(RootFS={'type': 'layers', 'diff_ids': []}),
     case_diff_ids=lambda: edited('config', lambda c: {**c, 'rootfs': {**c['rootfs'], 'DIFF_IDS': []}}),
     case_user=lambda: inner(User='1', user='0'),
     case_entrypoint=lambda: inner(Entrypoint=['/a'], EntryPoint=['/b']),
     json_duplicate_nested=lambda: config_text('"config":{}', '"config":{"Labels":{"a":"1","a":"2"}}'),
     json_duplicate_escaped=lambda: raw_config(lambda t: t[:-1] + ',"\\u006fs":"linux"}'),
     json_duplicate_descriptor=lambda: descriptor_text('"size":', '"size":1,"size":'),
     json_single_quotes=lambda: raw_config(lambda t: t.replace('"', "'")),
     json_comment=lambda: raw_config(lambda t: t[:-1] + '/* */}'),
     json_trailing_comma=lambda: raw_config(lambda t: t[:-1] + ',}'),
     json_unquoted=lambda: raw_config(lambda t: t[:-1] + ',x:1}'),
     json_infinity=lambda: raw_config(lambda t: t[:-1] + ',"x":Infinity}'),
     json_number_exponent=lambda: raw_config(lambda t: t[:-1] + ',"x":1e400}'),
     json_number_leading_zero=lambda: raw_config(lambda t: t[:-1] + ',"x":01}'),
     json_number_plus=lambda: raw_config(lambda t: t[:-1] + ',"x":+1}'),
     json_number_hex=lambda: raw_config(lambda t: t[:-1] + ',"x":0x1}'),
     json_number_long=lambda: raw_config(lambda t: t[:-1] + ',"x":' + '9' * 1000000 + '}'),
     json_surrogate_low=lambda: raw_config(lambda t: t[:-1] + ',"x":"\\udc00\\ud800"}'),
     json_overlong=lambda: raw_config(lambda t: t[:-1] + ',"x":"\udcc0\udcaf"}'),
     json_control=lambda: raw_config(lambda t: t[:-1] + ',"x":"\x01"}'),
     json_utf16=lambda: raw_config(lambda t: t.encode('utf-16')),
     json_utf32=lambda: raw_config(lambda t: t.encode('utf-32-be')),
     json_string=lambda: raw_config('"text"'),
     json_number=lambda: raw_config('5'),
     json_list=lambda: raw_config('[]'),
     json_truncated=lambda: raw_config(lambda t: t[:-5]),
     json_two=lambda: raw_config(lambda t: t + '\n' + t),
     json_spaces=lambda: raw_config(' ' * (5 << 20)),
     json_objects_deep=lambda: raw_config(lambda t: t[:-1] + ',"x":' + '{"a":' * 70 + '1' + '}' * 70 + '}'),
     json_keys_many=lambda: raw_config(lambda t: t[:-1] + ',"x":{' + ','.join(f'"{i}":1' for i in range(200000)) + '}}'),
     type_size_exponent=lambda: descriptor_text('"size":', '"size":1e2,"x":'),
     type_size_64=lambda: layer_with(size=1 << 64),
     type_size_null=lambda: layer_with(size=None),
     type_size_true=lambda: layer_with(size=True),
     type_digest_number=lambda: layer_with(digest=5),
     type_digest_null=lambda: layer_with(digest=None),
     type_media_number=lambda: layer_with(mediaType=5),
     type_manifest_list=lambda: raw_manifest(b'[]'),
     type_manifest_null=lambda: raw_manifest(b'null'),
     type_version_text=lambda: raw_manifest(lambda m: {**m, 'schemaVersion': '2'}),
     type_version_float=lambda: raw_manifest(lambda m: {**m, 'schemaVersion': 2.0}),
     type_version_huge=lambda: raw_manifest(lambda m: {**m, 'schemaVersion': 1 << 40}),
     type_manifests_object=lambda: raw_index('{"schemaVersion":2,"manifests":{}}'),
     type_manifests_none=lambda: raw_index('{"schemaVersion":2,"manifests":[]}'),
     type_manifests_null=lambda: raw_index('{"schemaVersion":2,"manifests":[null]}'),
     type_annotations_list=lambda: edited('index', lambda i: {**i, 'manifests': [{**i['manifests'][0],
                                                                                  'annotations': []}]}),
     type_platform_list=lambda: edited('index', lambda i: {**i, 'manifests': [{**i['manifests'][0], 'platform': []}]}),
     type_platform_os=lambda: edited('index', lambda i: {**i, 'manifests': [{**i['manifests'][0], 'platform': {
         'os': 5, 'architecture': a.ARCH}}]}),
     type_labels_list=lambda: inner(Labels=['a=b']),
     type_env_text=lambda: inner(Env='A=b'),
     type_env_null=lambda: inner(Env=[None]),
     type_env_empty_name=lambda: inner(Env=['=b']),
     type_env_control=lambda: inner(Env=['A\n=b']),
     type_entrypoint=lambda: inner(Entrypoint=['/x', 5]),
     type_working_dir=lambda: inner(WorkingDir=['/']),
     type_ports=lambda: inner(ExposedPorts=['80/tcp']),
     type_healthcheck=lambda: inner(Healthcheck='CMD x'),
     type_healthcheck_test=lambda: inner(Healthcheck={'Test': 'CMD x'}),
     type_healthcheck_word=lambda: inner(Healthcheck={'Test': ['CMD', 1]}),
     type_healthcheck_interval=lambda: inner(Healthcheck={'Interval': '30s'}),
     type_healthcheck_retries=lambda: inner(Healthcheck={'Retries': [3]}),
     type_layout_list=lambda: image_with(layout=[]).tar(),
     type_layout_none=lambda: image_with(layout={}).tar(),
     digest_unicode=lambda: layer_with(digest='sha256:' + '\uff10' * 64),
     digest_space=lambda: layer_with(digest='sha256: ' + HEX[:63]),
     digest_trailing=lambda: layer_with(digest='sha256:' + HEX + '/../../x'),
     digest_algorithm_case=lambda: layer_with(digest='SHA256:' + sha(entry('f', b'x') + END)),
     digest_algorithm_path=lambda: layer_with(digest='../../sha256:' + HEX),
     digest_two=lambda: layer_with(digest='sha256+b64:' + HEX),
     digest_md5=lambda: layer_with(digest='md5:' + HEX[:32]),
     digest_percent=lambda: layer_with(digest='sha256:%2e%2e%2f' + HEX[:55]),
     digest_of_config=lambda: config_is_layer(),
     digest_manifest_lie=lambda: swapped_blob(lambda image: image.index['manifests'][0]['digest']),
     digest_config_lie=lambda: swapped_blob(lambda image: image.manifest['config']['digest']),
     digest_layer_lie=lambda: swapped_blob(lambda image: image.layer_descriptors[0]['digest']),
     size_manifest_more=lambda: manifest_size(1),
     size_manifest_less=lambda: manifest_size(-1),
     diff_ids_swapped=lambda: diff_ids_of_two(),
     diff_ids_compressed=lambda: diff_id_of_compressed(),
     diff_ids_text=lambda: edited('config', lambda c: {**c, 'rootfs': {'type': 'layers', 'diff_ids': 'x'}}),
     diff_ids_null=lambda: edited('config', lambda c: {**c, 'rootfs': None}),
     media_encrypted=lambda: layer_with(mediaType=a.OCI + 'layer.v1.tar+gzip+encrypted'),
     media_schema1=lambda: raw_manifest(lambda m: {'schemaVersion': 1, 'fsLayers': [], 'history': [], 'name': 'x'}),
     media_artifact=lambda: config_media('application/vnd.oci.empty.v1+json'),
     media_helm=lambda: config_media('application/vnd.cncf.helm.config.v1+json'),
     media_parameter=lambda: config_media(a.OCI + 'config.v1+json; charset=utf-8'),
     media_index_descriptor=lambda: wrong_descriptor(a.OCI + 'index.v1+json'),
     media_list_descriptor=lambda: wrong_descriptor('application/vnd.docker.distribution.manifest.list.v2+json'),
     media_docker_for_oci=lambda: wrong_descriptor('application/vnd.docker.distribution.manifest.v2+json'),
     media_unknown_only=lambda: wrong_descriptor('application/x-other'),
     media_index_layers=lambda: edited('index', lambda i: {**i, 'layers': []}),
     media_index_config=lambda: edited('index', lambda i: {**i, 'config': {}}),
     media_own_of_index=lambda: edited('index', lambda i: {**i, 'mediaType': a.OCI + 'manifest.v1+json'}),
     layer_urls_only=lambda: layer_elsewhere(),
     layer_zip=lambda: Image(entry('f', 'x')).compress(lambda x: b'PK\3\4' + x).tar(),
     layer_bzip2=lambda: Image(entry('f', 'x')).compress(lambda x: b'BZh9' + x).tar(),
     layer_image=lambda: Image(entry('f', 'x')).compress(lambda x: gzip.compress(x)[:-4]).tar(),
     layer_gzip_crc=lambda: Image(entry('f', 'x')).compress(lambda x: flipped(gzip.compress(x), -6)).tar(),
     layer_empty=lambda: Image(entry('f', 'x')).compress(lambda x: b'').tar(),
     platform_other=lambda: config_with(architecture='s390x'),
     platform_os=lambda: config_with(os='windows'),
     platform_escape=lambda: config_with(architecture='\x1b[31m\u202e'))
each(loads, F,
     media_subject=lambda: edited('manifest', lambda m: {**m, 'subject': {'mediaType': 'x', 'digest': 'sha256:' + HEX,
                                                                          'size': 5}, 'artifactType': 'x'}),
     layer_urls=lambda: layer_with(urls=['file:///etc/shadow', 'http://169.254.169.254/', '\x1b[31m']),
     layer_data=lambda: layer_with(data='ZXZpbA=='),
     layer_type_lies=lambda: layer_with(mediaType=a.OCI + 'layer.v1.tar+zstd'),
     layer_foreign=lambda: layer_with(mediaType='application/vnd.docker.image.rootfs.foreign.diff.tar.gzip'),
     layer_annotations=lambda: layer_with(annotations={'a': '\x1b[31m', 'org.opencontainers.image.ref.name': '../x'}),
     config_history=lambda: config_with(history=[{'created_by': '\x1b[2J' * 10, 'empty_layer': False}] * 50),
     config_history_odd=lambda: config_with(history={'a': 'b'}),
     config_volumes=lambda: inner(Volumes={'/../../etc': {}, 'relative': {}, '/\x1b[31m': {}, '/a\n/b': {}}),
     config_ports=lambda: inner(ExposedPorts={'80/tcp; drop': {}, '-1/udp': {}, '99999/tcp': {}, '\n': {}}),
     config_signal=lambda: inner(StopSignal='KILL; rm -rf /'),
     config_user=lambda: inner(User='root\nExecStart=/bin/sh'),
     config_working_dir=lambda: inner(WorkingDir='../../../\n[Service]'),
     config_unit=lambda: inner(Labels={'x\n[Service]\nExecStart': '/bin/sh', '%n': '%s', '${HOME}': '$(id)'},
                               Env=['A=b\n[Service]\nExecStart=/bin/sh', 'B=%n', 'LD_PRELOAD=/evil.so', 'C="'],
                               Cmd=['a\nb', '%n', '"'], Entrypoint=['/x\n[Install]\nWantedBy=multi-user.target']),
     config_healthcheck=lambda: inner(Healthcheck={'Test': ['CMD-SHELL', '\x1b[31m'], 'Interval': 1 << 62,
                                                   'Timeout': -5, 'Retries': 10 ** 15}),
     config_unknown=lambda: inner(OnBuild=['RUN evil'], Shell=['/evil'], Domainname='\n', MacAddress='x',
                                  NetworkDisabled='yes', ArgsEscaped=5),
     json_number_small=lambda: raw_config(lambda t: t[:-1] + ',"x":[-0,1e-400,1E+2,9223372036854775807]}'),
     json_keys_empty=lambda: raw_config(lambda t: t[:-1] + ',"":{"":""}}'),
     json_blank=lambda: raw_config(lambda t: '\n\t ' + t + '\n '),
     platform_lies=lambda: edited('index', lambda i: {**i, 'manifests': [{**i['manifests'][0], 'platform': {
         'os': 'linux', 'architecture': a.ARCH, 'variant': '\x1b[31m', 'os.version': '1', 'os.features': ['x']}}]})
     if a.ARCH not in ('arm64', 'amd64') else Image().tar())


def config_is_layer():
    image = Image()
    image.manifest['config'] = image.put(image.config, 'config.v1+json')
    image.layer_descriptors[0].update(digest=image.manifest['config']['digest'], size=image.manifest['config']['size'])
    return image.tar()


def swapped_blob(which):
    """A blob of the right size that is not what its digest says."""
    image = Image()
    image.manifest['config'] = image.put(image.config, 'config.v1+json')
    image.index['manifests'] = [image.seal()]
    digest = which(image).split(':')[1]
    image.blobs[digest] = flipped(image.blobs[digest], len(image.blobs[digest]) // 2)
    return image.tar()


def manifest_size(delta):
    image = Image()
    d = image.seal()
    image.index['manifests'] = [{**d, 'size': d['size'] + delta}]
    return image.tar()


def diff_ids_of_two():
    image = Image(entry('f', 'x'), entry('g', 'x'))
    image.config['rootfs']['diff_ids'].reverse()
    return image.tar()


def diff_id_of_compressed():
    image = Image(entry('f', 'x')).compress()
    image.config['rootfs']['diff_ids'] = [image.layer_descriptors[0]['digest']]
    return image.tar()


def wrong_descriptor(media_type):
    image = Image()
    image.index['manifests'] = [{**image.seal(), 'mediaType': media_type}]
    return image.tar()


def layer_elsewhere():
    """A layer that is only to be had from an address."""
    image = Image()
    image.layer_descriptors[0]['urls'] = ['file://' + CANARY + '/file']
    image.blobs = {}
    return image.tar()
