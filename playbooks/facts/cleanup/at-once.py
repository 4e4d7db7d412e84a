# Part 12 of 16: deleting at once, without a quarantine, files that can be had again; trees never go this way.
#
# A file is looked at and then deleted by its name in a directory that is held open, so no link and no swapped directory leads
# anywhere else. What is left is the instant between the look and the deletion, in which that name may come to mean another file.
# Nobody can use it against others: to give a file of theirs that name he must rename it, for which the kernel asks the same
# right as for deleting it (sticky directories, files and directories that may only grow or not change at all included), so he could have
# deleted it himself; or link it, and then only his link goes. A directory is not deleted by that call, nor is a mount point of this
# namespace (one of another namespace is, and its mount with it, as with any deletion).
# Whoever opens a file after it was last asked what is in use reads on; the estate says that the file can be had again.

# What is in use is asked again when the answer is so old (s), or so many times as old as it takes to get.
FRESH_S, FRESH_TIMES = 1, 5


def at_once(rule):
    return rule["do"] == "delete" and rule["regenerable"]


def delete_here(taking, walk, fd, names, files, inodes, mtimes):
    """Deletes files of an open directory, each after a last look at it: the very file that was found, not changed, not in use."""
    here = os.fstat(fd)
    if time.monotonic() > taking.fresh_until:
        taking.look_around()
    directory = "/".join([walk.top.path] + names)
    busy, limit, by_ctime = taking.seen.numbers(), walk.limit, taking.rule["ageBy"] != "mtime"
    budget, spent = taking.rule["budget"], taking.spent
    room, room_bytes = budget["files"] - spent["files"], budget["bytes"] - spent["bytes"]
    count = linked = size = 0
    look, unlink, clock = os.lstat, os.unlink, time.monotonic
    try:
        for name, inode, mtime in zip(files, inodes, mtimes):
            try:
                # A disk may take long for one large file.
                if clock() > taking.fresh_until:
                    taking.look_around()
                    busy = taking.seen.numbers()
                now = look(name, dir_fd=fd)
                given = now.st_blocks * 512
                # What is odd about one of a million files is found out further below.
                if (now.st_ino != inode or now.st_mtime_ns != mtime or now.st_mode & 0o170000 != 0o100000 or inode in busy
                        or (by_ctime and now.st_ctime_ns > limit) or now.st_nlink != 1 or count >= room or size + given > room_bytes):
                    one = plain_entry(os.fsdecode(name), inode, mtime, 0, given, now.st_nlink)
                    why = why_it_stays(taking, now, one, limit)
                    if why is None and (count >= room or (one.links == 1 and size + given > room_bytes)):
                        why = "above the budget meanwhile"
                    if why is not None:
                        taking.miss(why, directory, one)
                        continue
                    if one.links > 1:
                        unlink(name, dir_fd=fd)
                        linked, room = linked + 1, room - 1
                        taking.took(one, 1, here.st_dev)
                        taking.unlinked[here.st_dev, inode] = int(time.time() * 1e9)
                        continue
                unlink(name, dir_fd=fd)
                count += 1
                size += given
            except (FileNotFoundError, IsADirectoryError) as trouble:
                why = "gone meanwhile" if trouble.errno == errno.ENOENT else "changed meanwhile"
                taking.miss(why, directory, plain_entry(os.fsdecode(name), inode, mtime, 0, 0, 1))
            except OSError as trouble:
                taking.fail(trouble, directory + "/" + os.fsdecode(name))
    finally:
        taking.files += count
        taking.bytes += size
        taking.spent = {"files": spent["files"] + count + linked, "bytes": spent["bytes"] + size}
        if count + linked > 0:
            no_younger(taking, fd, here, directory)


def why_it_stays(taking, now, entry, limit):
    if not stat.S_ISREG(now.st_mode) or not is_same(now, entry):
        return "changed meanwhile"
    why = taking.seen.why(now)
    if why is not None:
        return "opened meanwhile" if why == "open" else why + " meanwhile"
    # The last link is younger for each other one that was deleted here, and for nothing else.
    if taking.rule["ageBy"] != "mtime" and now.st_ctime_ns > max(limit, taking.unlinked.get((now.st_dev, entry.inode), 0)):
        return "young meanwhile"
    return None


def delete_listed(taking, listed, known, now):
    """Deletes what the walk before has listed: each directory is opened again, name by name, and must be the very one that was walked."""
    taking.found.held = dict(listed.held)
    for chain in opened(taking.found, known, False):
        top = chain[-1]
        walk = Walk(taking.found, top, taking.seen, now, None)
        way = Way(walk, chain)
        try:
            for names, inode, files, inodes, mtimes in listed.rows.pop(top.path, []):
                files = files.split(b"\0")
                try:
                    fd = way.to(names, inode)
                except OSError as trouble:
                    taking.fail(trouble, "/".join([top.path] + names))
                    continue
                if fd is None:
                    taking.found.hold("changed meanwhile", lambda: walk.shown("/".join(names)), len(files))
                else:
                    delete_here(taking, walk, fd, names, files, inodes, mtimes)
        finally:
            way.back(0)
    # Directories of the rule that are not there any more, or not to be cleaned now.
    for path, rows in listed.rows.items():
        for names, _, files, _, _ in rows:
            taking.found.hold("changed meanwhile", lambda: printable("/".join([path] + names)), files.count(b"\0") + 1)


def stands(name, above, fd):
    """Whether a name means an open directory."""
    try:
        found = os.stat(name, dir_fd=above, follow_symlinks=False)
    except OSError:
        return False
    here = os.fstat(fd)
    return (found.st_dev, found.st_ino) == (here.st_dev, here.st_ino)


class Way:
    """The open directories from that of a rule down to one below it."""

    def __init__(self, walk, chain):
        self.walk, self.above, self.names, self.fds = walk, chain[-2].fd, [], []

    def to(self, names, inode):
        """The open directory; None where another one stands there now, or one that must not be entered."""
        # What was moved away since it was opened is not the rule's any more.
        if not stands(os.path.basename(self.walk.top.path), self.above, self.walk.top.fd):
            return None
        same = 0
        while same < min(len(names), len(self.names)) and names[same] == self.names[same]:
            if not stands(names[same], self.fds[same - 1] if same else self.walk.top.fd, self.fds[same]):
                break
            same += 1
        self.back(same)
        for name in names[same:]:
            fd = self.fds[-1] if self.fds else self.walk.top.fd
            path = "/".join(self.names + [name])
            try:
                below = self.walk.enter(fd, name, path, os.stat(name, dir_fd=fd, follow_symlinks=False))
            except FileNotFoundError:
                return None
            if below is None:
                return None
            self.names.append(name)
            self.fds.append(below)
        fd = self.fds[-1] if self.fds else self.walk.top.fd
        return fd if os.fstat(fd).st_ino == inode else None

    def back(self, count):
        while len(self.fds) > count:
            os.close(self.fds.pop())
            self.names.pop()
