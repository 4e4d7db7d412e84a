# Part 5 of 12: all directories of one rule, its cap, and the figures of it.


def walk_all(found, seen, known, now, cap, sink_of, note):
    """Walks all directories of a rule; `sink_of(walk, chain)` gives what gets the candidates of each."""
    rule = found.rule
    one_cap = None if cap is None else cap()
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
            walk = Walk(found, top, seen, now, one_cap, None)
            walk.sink = sink_of(walk, chain)
            walk.directory(top.fd, [])
        finally:
            close_chain(chain)


def find(rule, seen, known, now):
    """Walks all directories of one rule and counts; changes nothing. Gives what was found, and its cap."""
    if seen.blind:
        raise Refused("blind", "Open files of some processes can not be seen, so none is known to be free.",
                      "process " + ", ".join(str(pid) for pid in seen.blind[:5]))
    if rule["do"] != "truncate":
        guard_kernel()
    cap = None if rule["capBytes"] is None else cap_of(rule, seen, known, now)
    found = Found(rule)

    def counting(walk, _):
        def count(_, names, entries):
            prefix = "".join(name + "/" for name in names)
            for entry in entries:
                found.count(entry, lambda: walk.shown(prefix + entry.name), walk.device)
        return count

    walk_all(found, seen, known, now, cap, counting, True)
    budget = rule["budget"]
    found.over = found.files > budget["files"] or found.bytes > budget["bytes"]
    return found, cap


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
        return weigh

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
