# Part 4 of 7: all directories of one rule, its cap, and the figures of it.


def find(rule, seen, known, now):
    """Walks all directories of a rule, applies its cap, and counts. Nothing is changed."""
    found = Found(rule)
    if seen.blind:
        raise Refused("blind", "Open files of some processes can not be seen, so none is known to be free.",
                      "process " + ", ".join(str(pid) for pid in seen.blind[:5]))
    for path in rule["where"]:
        chain = open_where(path, rule, known)
        if chain is None:
            found.absent.append(path)
            continue
        top = chain[-1]
        if rule["onlyAbove"] is not None and used_percent(top.fd) < rule["onlyAbove"]:
            found.below.append({"path": path, "usedPercent": used_percent(top.fd)})
            close_chain(chain)
            continue
        found.directories.append({"path": path, "dev": top.stat.st_dev, "ino": top.stat.st_ino,
                                  "freeBytes": free_bytes(top.fd)})
        try:
            Walk(found, top, seen, now).directory(top.fd, [])
        finally:
            close_chain(chain)
    apply_cap(found)
    for top, names, _, entries in found.batches:
        prefix = "".join(name + "/" for name in names)
        for entry in entries:
            found.count(entry, printable(top.path + "/" + prefix + entry.name), top.device)
    budget = rule["budget"]
    found.over = found.files > budget["files"] or found.bytes > budget["bytes"]
    return found


def apply_cap(found):
    """Of what is not old yet, only as much stays a candidate as the rest is above the cap: the oldest first."""
    cap = found.rule["capBytes"]
    every = [(entry.mtime_ns, entry.bytes, index, entry) for index, (_, _, _, entries) in enumerate(found.batches)
             for entry in entries if not entry.old]
    if cap is None:
        return
    if len(every) > MOST_SORTED:
        raise Refused("too-many", "Too many files match to find the oldest among them.", "%d files" % len(every))
    left = found.matched_bytes - sum(entry.bytes for _, _, _, entries in found.batches for entry in entries if entry.old)
    taken = set()
    for _, size, _, entry in sorted(every, key=lambda row: row[0]):
        if left <= cap:
            break
        left -= size
        taken.add(id(entry))
    for index, (top, names, inode, entries) in enumerate(found.batches):
        prefix = "".join(name + "/" for name in names)
        for entry in entries:
            if not entry.old and id(entry) not in taken:
                found.hold("below the cap", printable(top.path + "/" + prefix + entry.name))
        found.batches[index] = (top, names, inode, [one for one in entries if one.old or id(one) in taken])


def report(found):
    """The figures of a rule, and a few names: never a list of what was found."""
    return {
        "files": found.files, "trees": found.trees, "bytes": found.bytes, "over": found.over,
        "held": [{"why": why, "count": count, "example": example} for why, (count, example) in sorted(found.held.items())],
        "largest": [{"path": path, "bytes": size, "mtime": mtime // 10**9} for size, path, mtime in sorted(found.largest, reverse=True)],
        "oldest": [{"path": path, "bytes": size, "mtime": -when // 10**9} for when, path, size in sorted(found.oldest, reverse=True)],
        "directories": found.directories, "absent": found.absent, "below": found.below,
    }
