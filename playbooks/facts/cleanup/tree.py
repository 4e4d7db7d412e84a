# Part 5 of 16: a directory that goes as a whole or stays as a whole.


def opened_directory(fd, name, status, device, mount):
    """Opens a directory that was just looked at: (open, None), or (None, why not)."""
    if status.st_dev != device:
        return None, "mount"
    try:
        opened = os.open(name, DIRECTORY, dir_fd=fd)
    except OSError as trouble:
        return None, "changed meanwhile" if trouble.errno in (errno.ENOENT, errno.ELOOP, errno.ENOTDIR) else "unreadable"
    now = os.fstat(opened)
    if (now.st_dev, now.st_ino) != (status.st_dev, status.st_ino):
        why = "changed meanwhile"
    elif mount_id(opened) != mount:
        why = "mount"
    elif is_database(opened):
        why = "database"
    else:
        return opened, None
    os.close(opened)
    return None, why


class Tree:
    """A tree of a rule: its age is that of the youngest thing in it. It is looked at where it stands, and once more in quarantine."""

    def __init__(self, walk, seen):
        self.walk, self.seen = walk, seen
        self.newest = self.bytes = self.files = 0
        self.links = {}

    def look(self, fd, found, path, depth, moved=False):
        """Why the tree stays; None when nothing in it is in the way. `moved`: its own name was just changed, by us."""
        self.newest = max(self.newest, found.st_mtime_ns if moved else when_of(self.walk.rule, found))
        self.bytes += found.st_blocks * 512
        in_use = self.seen.why(found)
        if in_use is not None:
            return in_use + " (in the tree)"
        if depth > DEEPEST:
            return "too deep"
        spared = self.walk.spared
        with names_in(fd) as inside:
            for entry in inside:
                try:
                    one = entry.stat(follow_symlinks=False)
                except FileNotFoundError:
                    return "changed meanwhile"
                below = path + "/" + entry.name
                if spared is not None and spared.match(below):
                    return "excluded (in the tree)"
                why = self.directory(fd, entry.name, one, below, depth) if stat.S_ISDIR(one.st_mode) else self.other(entry.name, one)
                if why is not None:
                    return why
        return None

    def other(self, name, found):
        self.newest = max(self.newest, when_of(self.walk.rule, found))
        if stat.S_ISLNK(found.st_mode):
            # It goes with the tree, and where it points to is not looked at.
            return None
        if not stat.S_ISREG(found.st_mode):
            return "socket, pipe or device (in the tree)"
        if LOCK_NAME.search(name):
            return "lock file (in the tree)"
        why = self.seen.why(found)
        if why is not None:
            return why + " (in the tree)"
        self.files += 1
        if found.st_nlink > 1:
            left = self.links.get(found.st_ino, found.st_nlink) - 1
            self.links[found.st_ino] = left
            few_enough(self.links)
            self.bytes += found.st_blocks * 512 if left == 0 else 0
        else:
            self.bytes += found.st_blocks * 512
        return None

    def directory(self, fd, name, found, path, depth):
        if KEPT_DIRECTORY.match(name):
            return "directory of the system (in the tree)"
        opened, why = opened_directory(fd, name, found, self.walk.device, self.walk.mount)
        if why is not None:
            return why if why == "changed meanwhile" else why + " (in the tree)"
        try:
            return self.look(opened, found, path, depth + 1)
        finally:
            os.close(opened)
