# Part 3 of 7: which files and trees a rule would take, what it holds back and why, and what that would give back. One walk;
# what is kept of it is bounded by the budget of the rule.

# Names that somebody relies on while nobody has them open: locks by existence, directories of the system's own.
LOCK_NAME = re.compile(r"(\.(lock|lck|pid)|^lock|^\.?LCK\.\..*|^\.X\d+-lock|^\.lock.*)$", re.IGNORECASE)
KEPT_DIRECTORY = re.compile(r"^(systemd-private-.*|snap-private-tmp|snap\..*|\.X11-unix|\.ICE-unix|\.XIM-unix|\.font-unix|\.Test-unix"
                            r"|tmux-\d+|ssh-.*|lost\+found|\.snapshots|" + re.escape(QUARANTINE) + r")$")
COMPRESSED = re.compile(r"\.(gz|tgz|xz|bz2|zst|lz4|zip|7z|Z|lzma|br)$")
# What a cap takes besides old files is never younger than this (s): somebody may still be at it.
YOUNGEST = 3600
SHOWN = 5
MOST_SORTED = 1000000


def compiled(pattern):
    """A glob over the path below the directory of a rule: * and ? stay within a name, **/ is any number of directories."""
    out, at = "", 0
    while at < len(pattern):
        if pattern.startswith("**/", at):
            out, at = out + "(?:[^/]+/)*", at + 3
        elif pattern[at] == "*":
            out, at = out + "[^/]*", at + 1
        elif pattern[at] == "?":
            out, at = out + "[^/]", at + 1
        elif pattern[at] == "[" and "]" in pattern[at + 2:]:
            end = pattern.index("]", at + 2)
            body = pattern[at + 1:end].replace("\\", "\\\\")
            out, at = out + "(?!/)[" + ("^" + body[1:] if body[0] == "!" else body) + "]", end + 1
        else:
            out, at = out + re.escape(pattern[at]), at + 1
    return out


def matcher(patterns):
    return re.compile("(?:" + "|".join(compiled(one) for one in patterns) + r")\Z", re.DOTALL) if patterns else None


class Entry:
    """One file or tree that matched."""
    __slots__ = ("name", "inode", "mtime_ns", "bytes", "links", "files", "is_tree", "old")

    def __init__(self, name, inode, mtime_ns, size, links, files, is_tree, old):
        self.name, self.inode, self.mtime_ns, self.bytes = name, inode, mtime_ns, size
        self.links, self.files, self.is_tree, self.old = links, files, is_tree, old


class Found:
    """What one rule found on this host."""

    def __init__(self, rule):
        self.rule = rule
        self.batches = []  # (open of the rule's directory, names of the directories below it, inode, [Entry])
        self.held = {}
        self.files = self.trees = self.bytes = 0
        self.largest, self.oldest = [], []
        self.links = {}
        self.directories, self.absent, self.below = [], [], []
        self.over = False
        self.matched_bytes = self.kept = 0

    def hold(self, why, path):
        count, example = self.held.get(why, (0, None))
        self.held[why] = (count + 1, example if example is not None else brief(path))

    def count(self, entry, path, device):
        self.files += entry.files
        self.trees += 1 if entry.is_tree else 0
        given = entry.bytes
        if entry.links > 1 and not entry.is_tree:
            # Room comes back with the last link, not before.
            left = self.links.get((device, entry.inode), entry.links) - 1
            self.links[(device, entry.inode)] = left
            given = entry.bytes if left == 0 else 0
        self.bytes += given
        remember(self.largest, (given, brief(path), entry.mtime_ns))
        remember(self.oldest, (-entry.mtime_ns, brief(path), given))


def remember(heap, row):
    if len(heap) < SHOWN:
        heapq.heappush(heap, row)
    elif row > heap[0]:
        heapq.heapreplace(heap, row)


class Top:
    """The directory of a rule as it was when it was walked over: one on another mount is another one."""
    __slots__ = ("path", "device", "mount", "inode")

    def __init__(self, place):
        self.path, self.device, self.mount, self.inode = place.path, place.stat.st_dev, place.mount, place.stat.st_ino

    def is_still(self, place):
        return (self.device, self.mount, self.inode) == (place.stat.st_dev, place.mount, place.stat.st_ino)


class Walk:
    """The walk of one rule through one directory."""

    def __init__(self, found, top, seen, now):
        self.found, self.rule, self.top, self.seen = found, found.rule, top, seen
        self.device = top.stat.st_dev
        self.cutoff = int((now - self.rule["olderThanS"]) * 1e9)
        self.youngest = int((now - YOUNGEST) * 1e9)
        self.files = matcher([one for one in self.rule["what"] if not one.endswith("/")])
        self.trees = matcher([one[:-1] for one in self.rule["what"] if one.endswith("/")])
        self.spared = matcher([one.rstrip("/") for one in self.rule["not"]])
        deep = any("**" in one for one in self.rule["what"])
        self.levels = DEEPEST if deep else max(one.rstrip("/").count("/") for one in self.rule["what"])

    def directory(self, fd, names):
        """Judges everything in an open directory, then goes down; `names` lead to it from the directory of the rule."""
        prefix = "".join(name + "/" for name in names)
        entries = []
        for name in os.listdir(fd):
            path = prefix + name
            try:
                found = os.stat(name, dir_fd=fd, follow_symlinks=False)
            except FileNotFoundError:
                continue
            if self.spared is not None and self.spared.match(path):
                self.found.hold("excluded", self.shown(path))
                continue
            if stat.S_ISDIR(found.st_mode):
                entry = self.below(fd, names, name, path, found)
            elif self.files is not None and self.files.match(path):
                entry = self.file(name, path, found)
            else:
                continue
            if entry is not None:
                entries.append(entry)
        self.keep_newest(entries, prefix)
        if entries:
            self.found.batches.append((Top(self.top), names, os.fstat(fd).st_ino, entries))

    def shown(self, path):
        return printable(self.top.path + "/" + path)

    def file(self, name, path, found):
        if not stat.S_ISREG(found.st_mode):
            why = "symbolic link" if stat.S_ISLNK(found.st_mode) else "socket, pipe or device"
        elif found.st_mtime_ns > self.cutoff and (self.rule["capBytes"] is None or found.st_mtime_ns > self.youngest):
            why = "young"
        elif LOCK_NAME.search(name):
            why = "lock file"
        elif self.rule["do"] == "compress" and (COMPRESSED.search(name) or len(os.fsencode(name)) > 252):
            why = "compressed already" if COMPRESSED.search(name) else "its name is too long for an ending"
        elif self.rule["do"] == "compress" and found.st_nlink > 1:
            why = "has other links"
        else:
            why = self.seen.why(found)
        if stat.S_ISREG(found.st_mode):
            self.found.matched_bytes += found.st_blocks * 512
        if why is not None:
            self.found.hold(why, self.shown(path))
            return None
        return Entry(name, found.st_ino, found.st_mtime_ns, found.st_blocks * 512, found.st_nlink, 1, False,
                     found.st_mtime_ns <= self.cutoff)

    def below(self, fd, names, name, path, found):
        is_tree = self.trees is not None and self.trees.match(path)
        if not is_tree and len(names) >= self.levels:
            return None
        if KEPT_DIRECTORY.match(name):
            self.found.hold("directory of the system", self.shown(path))
            return None
        opened = self.enter(fd, name, path, found)
        if opened is None:
            return None
        try:
            if not is_tree:
                if len(names) >= DEEPEST:
                    self.found.hold("too deep", self.shown(path))
                else:
                    self.directory(opened, names + [name])
                return None
            tree = Tree(self)
            why = tree.look(opened, found, 0)
            self.found.matched_bytes += tree.bytes
            is_old = tree.newest <= self.cutoff
            if why is None and not is_old and (self.rule["capBytes"] is None or tree.newest > self.youngest):
                why = "young"
            if why is not None:
                self.found.hold(why, self.shown(path))
                return None
            return Entry(name, found.st_ino, tree.newest, tree.bytes, 1, tree.files, True, is_old)
        finally:
            os.close(opened)

    def enter(self, fd, name, path, found):
        """Opens a directory that was just looked at, unless it is a mount, a database's, or another one by now."""
        if found.st_dev != self.device:
            self.found.hold("mount", self.shown(path))
            return None
        try:
            opened = os.open(name, DIRECTORY, dir_fd=fd)
        except OSError as trouble:
            gone = trouble.errno in (errno.ENOENT, errno.ELOOP, errno.ENOTDIR)
            self.found.hold("changed meanwhile" if gone else "unreadable", self.shown(path))
            return None
        now = os.fstat(opened)
        if (now.st_dev, now.st_ino) != (found.st_dev, found.st_ino):
            why = "changed meanwhile"
        elif mount_id(opened) != self.top.mount:
            why = "mount"
        elif is_database(opened):
            why = "database"
        else:
            return opened
        os.close(opened)
        self.found.hold(why, self.shown(path))
        return None

    def keep_newest(self, entries, prefix):
        count = self.rule["keepNewest"]
        if count == 0:
            return
        entries.sort(key=lambda entry: -entry.mtime_ns)
        for entry in entries[:count]:
            self.found.hold("among the newest", self.shown(prefix + entry.name))
        del entries[:count]


class Tree:
    """A directory that goes as a whole or stays as a whole: its age is that of the youngest thing in it."""

    def __init__(self, walk):
        self.walk = walk
        self.newest = self.bytes = self.files = 0
        self.links = {}

    def look(self, fd, found, depth):
        """Why the tree stays; None when nothing in it is in the way."""
        self.newest = max(self.newest, found.st_mtime_ns)
        self.bytes += found.st_blocks * 512
        in_use = self.walk.seen.why(found)
        if in_use is not None:
            return in_use + " (in the tree)"
        if depth > DEEPEST:
            return "too deep"
        for name in os.listdir(fd):
            try:
                one = os.stat(name, dir_fd=fd, follow_symlinks=False)
            except FileNotFoundError:
                return "changed meanwhile"
            why = self.directory(fd, name, one, depth) if stat.S_ISDIR(one.st_mode) else self.other(name, one)
            if why is not None:
                return why
        return None

    def other(self, name, found):
        self.newest = max(self.newest, found.st_mtime_ns)
        if stat.S_ISLNK(found.st_mode):
            # It goes with the tree, and where it points to is not looked at.
            return None
        if not stat.S_ISREG(found.st_mode):
            return "socket, pipe or device (in the tree)"
        if LOCK_NAME.search(name):
            return "lock file (in the tree)"
        why = self.walk.seen.why(found)
        if why is not None:
            return why + " (in the tree)"
        self.files += 1
        if found.st_nlink > 1:
            left = self.links.get(found.st_ino, found.st_nlink) - 1
            self.links[found.st_ino] = left
            self.bytes += found.st_blocks * 512 if left == 0 else 0
        else:
            self.bytes += found.st_blocks * 512
        return None

    def directory(self, fd, name, found, depth):
        if found.st_dev != self.walk.device:
            return "mount (in the tree)"
        if KEPT_DIRECTORY.match(name):
            return "directory of the system (in the tree)"
        try:
            opened = os.open(name, DIRECTORY, dir_fd=fd)
        except OSError:
            return "changed meanwhile"
        try:
            now = os.fstat(opened)
            if (now.st_dev, now.st_ino) != (found.st_dev, found.st_ino):
                return "changed meanwhile"
            if mount_id(opened) != self.walk.top.mount:
                return "mount (in the tree)"
            if is_database(opened):
                return "database (in the tree)"
            return self.look(opened, found, depth + 1)
        finally:
            os.close(opened)
