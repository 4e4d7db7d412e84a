# Reads the indexes into the plan's directory and works out what an upgrade would do; the host is only read.
# $1 directory, $2 security|all, $3 repositories whose packages count as security, $4 names (globs) that the estate
# holds, each list one a line. No package is ever removed or replaced by another one.
import fnmatch
import glob

only = sys.argv[2]
trusted = set(sys.argv[3].split('\n')) - {''}
estate_holds = [one for one in sys.argv[4].split('\n') if one]

base.fill_sack(load_system_repo=True)
sack = base.sack
# What the configuration excludes is installed all the same.
installed = sack.query(flags=hawkey.IGNORE_EXCLUDES).installed()
if not installed:
    stop('no-packages')


def packages_of(query):
    return sorted(query, key=lambda one: (one.name, one.arch))


part(
    'installed',
    [[one.name, one.arch, one.evr, one.installsize // 1024, one.sourcerpm or '-'] for one in packages_of(installed)],
)
installonly = {one.name for one in base._get_installonly_query(sack.query())}
# The same package twice is what an interrupted transaction leaves behind.
twice = {}
for one in installed:
    twice.setdefault((one.name, one.arch), []).append(one.evr)
unfinished = [
    [name, arch, ' '.join(sorted(evrs))]
    for (name, arch), evrs in sorted(twice.items())
    if len(evrs) > 1 and name not in installonly and name != 'gpg-pubkey'
]
part('unfinished', unfinished)
if unfinished:
    stop('interrupted')


host_holds = excluded_names(sack)
excluded = sack.query().filter(empty=True)
locked = sack.query().filter(empty=True)
locked_globs = set()
for pattern in version_locks():
    for nevra in possibilities(pattern):
        found = nevra.to_query(sack)
        if pattern.startswith('!'):
            excluded = excluded.union(found)
        else:
            locked_globs.add(nevra.name)
            locked = locked.union(found)
        if found:
            break
if locked_globs:
    same_name = sack.query().filter(name__glob=sorted(locked_globs))
    excluded = excluded.union(same_name.difference(locked))
    host_holds |= {one.name for one in same_name.installed()}


def held_in_estate(name):
    return any(fnmatch.fnmatchcase(name, pattern) for pattern in estate_holds)


def of_best_priority(query):
    """Of each name and architecture only what the repositories with the lowest number have, as dnf itself chooses."""
    best = {}
    for one in query:
        key, priority = (one.name, one.arch), base.repos[one.reponame].priority
        best[key] = min(best.get(key, priority), priority)
    passed_over = [one for one in query if base.repos[one.reponame].priority > best[(one.name, one.arch)]]
    return query.filter(pkg__neq=passed_over) if passed_over else query


available = of_best_priority(sack.query().available())
# With what the configuration excludes, since a person must hear of that.
everything = sack.query(flags=hawkey.IGNORE_EXCLUDES).available()
held = {name for name in {one.name for one in available} if held_in_estate(name)} if estate_holds else set()
locked_out = {(one.name, one.evr, one.arch) for one in excluded.available()}


def advisories_of(package):
    return package.get_advisories(hawkey.EQ)


def is_security(package):
    if package.reponame in trusted:
        return True
    return any(one.type == hawkey.ADVISORY_SECURITY for one in advisories_of(package))


def fixed_since(now):
    """The newest version above the installed one for which an advisory about security was made, or None."""
    newest = None
    for advisory in now.get_advisories(hawkey.GT):
        for one in advisory.packages if advisory.type == hawkey.ADVISORY_SECURITY else []:
            if one.name == now.name and (newest is None or sack.evr_cmp(one.evr, newest) > 0):
                newest = one.evr
    return newest


def chosen(now, newer):
    """What to upgrade to. A repository may have dropped the version of an advisory: the next one has the fix as well."""
    best = sorted((one for one in newer if only == 'all' or is_security(one)), reverse=True)
    fixed = None if only == 'all' else fixed_since(now)
    if fixed is None or (best and sack.evr_cmp(best[0].evr, fixed) >= 0):
        return best[0] if best else None
    later = sorted(one for one in newer if sack.evr_cmp(one.evr, fixed) >= 0)
    return later[0] if later else best[0] if best else None


def is_module(package):
    return '.module+' in package.release or '.module_' in package.release


kept = []
wanted = []
for now in packages_of(installed):
    if now.name == 'gpg-pubkey':
        continue
    # Of what is installed several times, the newest counts.
    if installed.filter(name=now.name, arch=now.arch, evr__gt=now.evr):
        continue
    candidate = chosen(now, available.filter(name=now.name, arch=now.arch, evr__gt=now.evr))
    if candidate is None:
        moved = available.filter(name=now.name, arch__neq=now.arch, evr__gt=now.evr)
        if now.arch == 'noarch' or any(one.arch == 'noarch' for one in moved):
            if any(only == 'all' or is_security(one) for one in moved):
                kept.append([now.name, 'the newer version is of another architecture: do it by hand'])
        hidden = chosen(now, everything.filter(name=now.name, arch=now.arch, evr__gt=now.evr))
        # Streams of modules hide each other's packages; that is their use.
        if hidden is not None and not is_module(hidden):
            kept.append([now.name, 'excluded on the host, by excludepkgs or includepkgs'])
        continue
    if now.name in installonly:
        kept.append([now.name, 'a kernel is installed beside the old one, which has no driver yet: do it by hand'])
    elif held_in_estate(now.name):
        kept.append([now.name, 'held in the estate'])
    elif now.name in host_holds or (candidate.name, candidate.evr, candidate.arch) in locked_out:
        kept.append([now.name, 'held on the host'])
    elif is_module(candidate) or is_module(now):
        kept.append([now.name, 'belongs to a module stream, which has no driver yet: do it by hand'])
    else:
        wanted.append(candidate)
for one in sorted(available.filter(obsoletes=installed), reverse=True):
    olds = sorted({old.name for old in installed.filter(provides=one.obsoletes)} - {one.name})
    newest = not any(entry[0] == one.name for entry in kept)
    if olds and newest and not installed.filter(name=one.name) and (only == 'all' or is_security(one)):
        kept.append([one.name, 'would take the place of %s: do it by hand' % ', '.join(olds)])

out_of_bounds = excluded.available().union(available.filter(name=sorted(held | installonly | host_holds)))
sack.add_excludes(out_of_bounds)


def outcome(packages):
    """What a transaction with exactly these would bring in and out, or why there is none."""
    base.reset(goal=True)
    try:
        for package in packages:
            base.package_install(package, strict=True)
        base.resolve(allow_erasing=False)
    except dnf.exceptions.Error as cause:
        return None, str(cause)
    incoming = list(base.transaction.install_set)
    outgoing = list(base.transaction.remove_set)
    names = {one.name for one in incoming}
    lost = sorted({one.name for one in outgoing} - names)
    if lost:
        return None, 'it would remove %s' % ', '.join(lost)
    for one in incoming:
        before = [old for old in outgoing if old.name == one.name]
        if before and not any(old.arch == one.arch for old in before):
            return None, 'it would change the architecture of %s' % one.name
        if any(old.evr_cmp(one) > 0 for old in before):
            return None, 'it would put %s back to an older version' % one.name
        if is_module(one):
            return None, 'it needs %s of a module stream' % one.name
    return incoming, ''


def accept(taken, packages):
    """The greatest part of the packages that goes together: all, or by halves."""
    if not packages:
        return taken
    found, why = outcome(taken + packages)
    if found is not None:
        return taken + packages
    if len(packages) == 1:
        kept.append([packages[0].name, why[:600]])
        return taken
    half = len(packages) // 2
    return accept(accept(taken, packages[:half]), packages[half:])


taken = accept([], wanted)
changing = outcome(taken)[0] if taken else []
if changing is None:
    stop('simulation')


def digest_of(package):
    kind, digest = package.returnIdSum() or ('', '')
    return digest if kind in ('sha256', 'SHA256') else '-'


def file_name(package):
    return os.path.basename(package.location)


def url_of(package):
    return without_login(package.remote_location(schemes=None) or package.location)


def old_version(now):
    """Where the bytes of an installed version are to be had: an index, or the host's own cache."""
    indexed = sack.query(flags=hawkey.IGNORE_EXCLUDES).available()
    for one in indexed.filter(name=now.name, evr=now.evr, arch=now.arch):
        if digest_of(one) != '-':
            return ['repository', digest_of(one), one.downloadsize, '-']
    pattern = '%s-%s-%s.%s.rpm' % tuple(glob.escape(text) for text in (now.name, now.version, now.release, now.arch))
    for path in sorted(glob.glob(os.path.join(glob.escape(own_cache), '*', 'packages', pattern))):
        import hashlib

        with open(path, 'rb') as file:
            content = file.read()
        return ['host-cache', hashlib.sha256(content).hexdigest(), len(content), path]
    return ['none', '-', 0, '-']


def told_by_advisories(package, now):
    """Advisories from above the installed version up to the new one, and the CVE ids that they name."""
    found, cves, secure = set(), set(), package.reponame in trusted
    for advisory in (now or package).get_advisories(hawkey.GT if now else hawkey.EQ):
        for one in advisory.packages:
            if one.name != package.name or sack.evr_cmp(one.evr, package.evr) > 0:
                continue
            found.add(advisory.id)
            secure = secure or advisory.type == hawkey.ADVISORY_SECURITY
            cves |= {ref.id for ref in advisory.references if ref.type == hawkey.REFERENCE_CVE and ref.id}
    return secure, sorted(found), sorted(cves)


rows = []
for package in packages_of(changing):
    now = next(iter(installed.filter(name=package.name, arch=package.arch)), None)
    secure, advisories, cves = told_by_advisories(package, now)
    old = ['-', '-', 0, '-'] if now is None else old_version(now)
    rows.append(
        [package.name, package.arch, '-' if now is None else now.evr, '-' if now is None else now.arch, package.evr]
        + [package.reponame, 'yes' if secure else 'no', digest_of(package), package.downloadsize]
        + [file_name(package), url_of(package)]
        + old
        + [0 if now is None else now.installsize // 1024, package.installsize // 1024]
        + [','.join(advisories) or '-', ','.join(cves) or '-']
    )
part('changes', rows)
part('kept', kept)
part('holds', [[name] for name in sorted(host_holds)])
stop('none')
