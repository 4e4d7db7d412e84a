# Names of installed packages that an admin holds on the host: locked by versionlock, or excluded; without repositories.
# A lock of a version that is not installed counts by its name when it has an epoch, as `dnf versionlock add` writes it:
# without, `a-b` may be `a` in version b.
import fnmatch

base = dnf.Base()
base.conf.read()
base.conf.plugins = False
base.conf.cachedir = base.conf.logdir = base.conf.persistdir = work
base.fill_sack(load_system_repo=True, load_available_repos=False)
everything = base.sack.query(flags=hawkey.IGNORE_EXCLUDES).installed()
names = {one.name for one in everything}
held = excluded_names(base.sack)
for pattern in version_locks():
    if pattern.startswith('!'):
        continue
    parsed = list(possibilities(pattern))
    for nevra in parsed:
        found = {one.name for one in everything.intersection(nevra.to_query(base.sack))}
        if found:
            held |= found
            break
    else:
        for nevra in parsed:
            if nevra.epoch is not None:
                held.update(fnmatch.filter(names, nevra.name))
for name in sorted(held):
    print(name)
