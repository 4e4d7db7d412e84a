# Part 14 of 16: kernels that a host does not start any more. The package manager says what goes with them, and is believed
# only when that is nothing else.


def said_by(*command):
    """The output of a command; refuses the rule when it fails."""
    env = dict(os.environ, LC_ALL="C", DEBIAN_FRONTEND="noninteractive")
    try:
        ran = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=900, env=env)
    except (OSError, subprocess.SubprocessError) as trouble:
        raise Refused("kernels", "The package manager can not be asked for kernels.", printable(str(trouble)))
    text = ran.stdout.decode("utf-8", "replace")
    if ran.returncode != 0:
        raise Refused("kernels", "The package manager does not do what is needed for kernels.", printable("%s: %s" % (command[0], text.strip()[-200:])))
    return text


def installed_kernels():
    """Packages of kernels (linux-image-RELEASE) that are installed, the oldest first, by release."""
    text = said_by("dpkg-query", "-W", "-f", "${db:Status-Abbrev}\\t${Package}\\t${Version}\\n", "linux-image-*")
    rows = []
    for line in text.splitlines():
        status, _, rest = line.partition("\t")
        name, _, version = rest.partition("\t")
        release = re.sub(r"^linux-image-(unsigned-)?", "", name)
        # Others of that name only depend on the newest.
        if status.startswith("ii") and release[:1].isdigit():
            rows.append((version, release))

    def order(one, other):
        if one[0] == other[0]:
            return (one[1] > other[1]) - (one[1] < other[1])
        return -1 if subprocess.call(["dpkg", "--compare-versions", one[0], "lt", other[0]]) == 0 else 1

    return [release for _, release in sorted(rows, key=functools.cmp_to_key(order))]


def doomed_kernels():
    """Releases that go: all but the one that runs, the newest, and the newest that is older than the one that runs."""
    releases = installed_kernels()
    running = os.uname().release
    if running not in releases:
        raise Refused("kernels", "The kernel that runs is no package of this host, so which one is old is not known.", printable(running))
    at = releases.index(running)
    kept = {running, releases[-1]} | set(releases[max(0, at - 1):at])
    return [release for release in releases if release not in kept]


def packages_of(releases):
    """Installed packages of these kernels: name to size (bytes)."""
    kinds = ("image", "image-unsigned", "headers", "modules", "modules-extra")
    wanted = {"linux-%s-%s" % (kind, release) for kind in kinds for release in releases}
    text = said_by("dpkg-query", "-W", "-f", "${db:Status-Abbrev}\\t${Package}\\t${Installed-Size}\\n", "linux-*")
    found = {}
    for line in text.splitlines():
        fields = line.split("\t")
        if len(fields) == 3 and fields[0].startswith("ii") and fields[1] in wanted:
            found[fields[1]] = int(fields[2] or 0) * 1024
    return found


def old_kernels(rule, row, take):
    """Has apt remove old kernels. What it would do is read first; another package among it, and nothing is done."""
    if not any(os.access(one + "/apt-get", os.X_OK) for one in os.get_exec_path()):
        raise Refused("kernels", "Old kernels are removed with apt only; dnf keeps the newest three by itself (installonly_limit).", "no apt-get")
    releases = doomed_kernels()
    packages = packages_of(releases)
    row.update({"files": len(packages), "trees": 0, "bytes": sum(packages.values()), "over": False, "held": [], "failed": [],
                "largest": [{"path": name, "bytes": size, "mtime": 0} for name, size in sorted(packages.items())[:SHOWN]],
                "oldest": [], "directories": [], "absent": [], "below": []})
    budget = rule["budget"]
    row["over"] = row["files"] > budget["files"] or row["bytes"] > budget["bytes"]
    if packages:
        would = said_by("apt-get", "-s", "-q", "--no-auto-remove", "remove", *sorted(packages))
        goes = set(re.findall(r"^(?:Remv|Purg) (\S+)", would, re.MULTILINE))
        other = sorted(goes - set(packages)) + re.findall(r"^(?:Inst|Conf) (\S+)", would, re.MULTILINE)
        if other or goes != set(packages):
            raise Refused("kernels", "With the old kernels apt would change other packages too, or not remove all of them.",
                          printable(", ".join(other) or "only " + ", ".join(sorted(goes))))
    if not take:
        return
    if row["over"]:
        raise over_budget(rule, row["files"], row["bytes"])
    row.update({"takenFiles": 0, "takenTrees": 0, "takenBytes": 0, "putBack": 0, "aside": False})
    if not packages:
        return
    try:
        said_by("apt-get", "-y", "-q", "-o", "DPkg::Lock::Timeout=120", "--no-auto-remove", "remove", *sorted(packages))
    finally:
        left = packages_of(releases)
        row["takenFiles"] = len(packages) - len(left)
        row["takenBytes"] = sum(size for name, size in packages.items() if name not in left)
