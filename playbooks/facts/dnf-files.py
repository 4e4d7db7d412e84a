# Fetches package files into the plan's directory, from the indexes that were read before; libdnf checks each against its
# index. $1 directory, $2 lines "new|old name architecture version".
base, _ = opened()
base.fill_sack(load_system_repo=False)
wanted = [line.split(' ') for line in sys.argv[2].split('\n') if line]
found = {}
for which, name, architecture, version in wanted:
    for package in base.sack.query().available().filter(name=name, arch=architecture):
        if package.evr == version:
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
