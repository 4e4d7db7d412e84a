# Part 6 of 16: all directories of one rule, its cap, and the figures of it.


def opened(found, known, note):
    """Opens the directories of a rule that are cleaned now, one after the other."""
    rule = found.rule
    for path in rule["where"]:
        chain = open_where(path, rule, known)
        if chain is None:
            if note:
                found.absent.append(path)
            continue
        try:
            top = chain[-1]
            used = used_percent(top.fd)
            if rule["onlyAbove"] is not None and used < rule["onlyAbove"]:
                if note:
                    found.below.append({"path": path, "usedPercent": used})
                continue
            if note:
                found.directories.append({"path": path, "dev": top.stat.st_dev, "ino": top.stat.st_ino, "freeBytes": free_bytes(top.fd)})
            yield chain
        finally:
            close_chain(chain)


def walk_all(found, seen, known, now, cap, sinks_of, note):
    """Walks all directories of a rule; `sinks_of(walk, chain)` gives what gets the candidates of each, and its files."""
    one_cap = None if cap is None else cap()
    for chain in opened(found, known, note):
        walk = Walk(found, chain[-1], seen, now, one_cap)
        walk.sink, walk.files_sink = sinks_of(walk, chain)
        walk.directory(chain[-1].fd, [])


def find(rule, seen, known, now, take):
    """Walks all directories of one rule and counts; changes nothing. Gives what was found, its cap, and the files themselves where
    they are deleted at once, and are few enough."""
    if seen.blind:
        raise Refused("blind", "Open files of some processes can not be seen, so none is known to be free.",
                      "process " + ", ".join(str(pid) for pid in seen.blind[:5]))
    if rule["do"] != "truncate":
        guard_kernel()
    cap = None if rule["capBytes"] is None else cap_of(rule, seen, known, now)
    found = Found(rule)
    listed = Listed(found) if take and at_once(rule) and is_plain(rule) and not has_trees(rule) else None

    def counting(walk, _):
        def count(names, entries):
            prefix = "".join(name + "/" for name in names)
            for entry in entries:
                found.count(entry, lambda: walk.shown(prefix + entry.name), walk.device)

        def count_judged(fd, names, entries):
            if listed is not None:
                listed.add(walk, fd, names, [one.name for one in entries], [one.inode for one in entries], [one.mtime_ns for one in entries])
            count(names, entries)

        def count_files(fd, names, files):
            if listed is not None:
                listed.add(walk, fd, names, files.names, files.inodes, files.mtimes)
            if max(files.links) > 1:
                count(names, files.entries())
                return
            prefix = "".join(name + "/" for name in names)
            found.count_files(files, lambda name: walk.shown(prefix + name))
        return count_judged, count_files

    walk_all(found, seen, known, now, cap, counting, True)
    budget = rule["budget"]
    found.over = found.files > budget["files"] or found.bytes > budget["bytes"]
    return found, cap, listed


def cap_of(rule, seen, known, now):
    """How old must be what the cap takes besides what is old: the oldest first, until the rest is below the cap. It keeps 16
    bytes for each file that is not old, and sorts them. Gives what makes a fresh Cap for each walk."""
    found = Found(rule)
    times, sizes = array.array("q"), array.array("q")
    old = [0]

    def weighing(_walk, _chain):
        def weigh(_, __, entries):
            for entry in entries:
                if entry.old:
                    old[0] += entry.once
                    continue
                times.append(entry.mtime_ns)
                sizes.append(entry.once)
                if len(times) > MOST_SORTED:
                    raise Refused("too-many", "Too many files match to find the oldest among them.", "%d files" % len(times))
        # Where there is a cap, files are judged by others, and there are no plain ones.
        return weigh, None

    walk_all(found, seen, known, now, None, weighing, False)
    left = found.matched_bytes - old[0]
    before, ties = 0, 0
    for index in sorted(range(len(times)), key=times.__getitem__):
        if left <= rule["capBytes"]:
            break
        left -= sizes[index]
        ties = ties + 1 if times[index] == before else 1
        before = times[index]
    return lambda: Cap(before, ties)


def report(found):
    """The figures of a rule, and a few names: never a list of what was found."""
    return {
        "files": found.files, "trees": found.trees, "bytes": found.bytes, "over": found.over, "held": held_rows(found.held),
        "largest": [{"path": path, "bytes": size, "mtime": mtime // 10**9} for size, mtime, path in sorted(found.largest, reverse=True)],
        "oldest": [{"path": path, "bytes": size, "mtime": -when // 10**9} for when, size, path in sorted(found.oldest, reverse=True)],
        "directories": found.directories, "absent": found.absent, "below": found.below,
    }


def held_rows(held):
    return [{"why": why, "count": count, "example": example} for why, (count, example) in sorted(held.items())]
