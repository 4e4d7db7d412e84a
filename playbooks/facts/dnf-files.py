# Fetches package files into the plan's directory, from the indexes that were read before; libdnf checks each against its
# index. $1 directory, $2 file with lines "new|old name architecture version sha256": two repositories may each have a build
# of a version.
base, _ = opened()
base.fill_sack(load_system_repo=False)
with open(sys.argv[2], encoding='utf-8') as file:
    wanted = [line.split() for line in file if line.strip()]
found = {}
# An old version is fetched also where the configuration excludes it now.
available = base.sack.query(flags=hawkey.IGNORE_EXCLUDES).available()
for which, name, architecture, version, sha256 in wanted:
    for package in available.filter(name=name, arch=architecture):
        if package.evr == version and (package.returnIdSum() or ('', ''))[1] == sha256:
            found[(which, name, architecture)] = package
            break
base.download_packages(list(found.values()))
for (which, name, architecture), package in found.items():
    target = os.path.join(work, 'rpms', which, '%s_%s.rpm' % (name, architecture))
    if not os.path.lexists(target):
        os.symlink(package.localPkg(), target)
# Keys that repositories name and that lie here; what is fetched from elsewhere must have been imported by a person.
keys = sorted({key for repo in base.repos.iter_enabled() for key in file_keys(repo)})
with open(os.path.join(work, 'out', 'keys'), 'w', encoding='utf-8') as file:
    file.writelines(key + '\n' for key in keys)
