# What both readings of a host with dnf begin with: dnf's own library, the host's configuration and repositories, and a
# directory of the plan's own for all that dnf would write. Plugins stay unloaded, since they write outside.
import os
import sys

import dnf
import dnf.exceptions
import hawkey

work = sys.argv[1]


def part(name, rows):
    """Writes one section of the answer: rows of fields, a tab between them."""
    with open(os.path.join(work, 'out', name), 'w', encoding='utf-8', errors='backslashreplace') as file:
        for row in rows:
            file.write('\t'.join(' '.join(str(field).split()) for field in row) + '\n')


def stop(reason):
    part('stop', [[reason]])
    sys.exit(0)


def opened():
    # Keys that the configuration of a repository names get into the ring of the throw-away cache, and no others.
    base = dnf.Base()
    conf = base.conf
    conf.read()
    # A host without a release package has no number of its release.
    if conf.substitutions.get('releasever') is None:
        conf.substitutions['releasever'] = ''
    conf.substitutions.update_from_etc(conf.installroot, varsdir=conf._get_value('varsdir'))
    own_cache = conf.cachedir
    conf.cachedir = os.path.join(work, 'cache')
    conf.persistdir = os.path.join(work, 'persist')
    conf.logdir = os.path.join(work, 'log')
    conf.plugins = False
    conf.install_weak_deps = False
    conf.best = False
    conf.skip_if_unavailable = False
    conf.deltarpm = False
    conf.obsoletes = True
    conf.zchunk = False
    base.read_all_repos()
    for repo in base.repos.iter_enabled():
        repo.skip_if_unavailable = False
        repo.metadata_expire = -1
        repo.deltarpm = False
        repo.timeout = 20
        repo.retries = 2
    return base, own_cache


def file_keys(repo):
    """Keys of a repository that lie on the host, as paths."""
    return [url[len('file://') :] for url in repo.gpgkey if url.startswith('file:///')]
