# Part 3 of 12: which files and trees a rule would take, what it holds back and why, and what that would give back. Nothing is
# kept of a walk but figures: who wants the candidates gets them in handfuls, each with its open directory.

# Names that somebody relies on while nobody has them open: locks by existence, directories of the system's own.
LOCK_NAME = re.compile(r"(\.(lock|lck|pid)|^lock|^\.?LCK\.\..*|^\.X\d+-lock|^\.lock.*)$", re.IGNORECASE)
KEPT_DIRECTORY = re.compile(r"^(systemd-private-.*|snap-private-tmp|snap\..*|\.X11-unix|\.ICE-unix|\.XIM-unix|\.font-unix|\.Test-unix"
                            r"|tmux-\d+|ssh-.*|lost\+found|\.snapshots|" + re.escape(QUARANTINE) + r")$")
COMPRESSED = re.compile(r"\.(gz|tgz|xz|bz2|zst|lz4|zip|7z|Z|lzma|br)$")
# What a cap takes besides old files is never younger than this (s): somebody may still be at it.
YOUNGEST = 3600
SHOWN = 5
# Files that a cap may have to sort, files with several links that are known at once, and names that one walk looks at: above
# it somebody makes them faster than they are read.
MOST_SORTED, MOST_LINKED, MOST_NAMES = 1000000, 200000, 50000000
# Candidates of one directory that are handed on at once.
CHUNK = 1000
# What a file must have beyond the end that stays for a cut to be worth it (bytes).
SHORT = 1 << 20


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
            if body in ("!", "^"):
                raise Refused("glob", "A class of a glob names no character.", printable(pattern))
            out, at = out + "(?!/)[" + ("^" + body[1:] if body[0] == "!" else body) + "]", end + 1
        else:
            out, at = out + re.escape(pattern[at]), at + 1
    return out


def matcher(patterns):
    if not patterns:
        return None
    try:
        return re.compile("(?:" + "|".join(compiled(one) for one in patterns) + r")\Z", re.DOTALL)
    except re.error as trouble:
        raise Refused("glob", "A glob of the rule can not be read.", "%s: %s" % (printable(", ".join(patterns)), trouble))


def when_of(rule, found):
    """When something was last changed (ns): its content only, or (as a rule has it unless it says else) anything of it, its
    name, owner and mode too. What was just unpacked with an old time, brought back or renamed is young."""
    return found.st_mtime_ns if rule["ageBy"] == "mtime" else max(found.st_mtime_ns, found.st_ctime_ns)


class Entry:
    """One file or tree that matched. `when_ns`: by what its age is; `once`: what of it no other link was counted for (bytes)."""
    __slots__ = ("name", "inode", "mtime_ns", "when_ns", "size", "bytes", "once", "links", "files", "is_tree", "old", "path")

    def __init__(self, name, found, when_ns, size, files, is_tree, old):
        self.name, self.inode, self.mtime_ns, self.when_ns, self.size = name, found.st_ino, found.st_mtime_ns, when_ns, found.st_size
        self.bytes = self.once = size
        self.links, self.files, self.is_tree, self.old = 1 if is_tree else found.st_nlink, files, is_tree, old


class Found:
    """What one walk of a rule found on this host: figures, and a few names."""

    def __init__(self, rule):
        self.rule = rule
        self.held = {}
        self.files = self.trees = self.bytes = self.looked = 0
        self.largest, self.oldest = [], []
        self.links, self.seen_links = {}, set()
        self.directories, self.absent, self.below = [], [], []
        self.over = False
        self.matched_bytes = 0

    def hold(self, why, path):
        count, example = self.held.get(why, (0, None))
        # A path is made printable only for the first of a kind.
        self.held[why] = (count + 1, example if example is not None else brief(path()))

    def count(self, entry, path, device):
        self.files += entry.files
        self.trees += 1 if entry.is_tree else 0
        given = entry.bytes
        if entry.links > 1:
            # Room comes back with the last link, not before.
            key = (device, entry.inode)
            left = self.links.get(key, entry.links) - 1
            self.links[key] = left
            given = entry.bytes if left == 0 else 0
            few_enough(self.links)
        self.bytes += given
        remember(self.largest, (given, entry.mtime_ns), path)
        remember(self.oldest, (-entry.when_ns, given), path)


def few_enough(links):
    if len(links) > MOST_LINKED:
        raise Refused("too-many", "Too many files with several links match to know what they give back.", "%d files" % len(links))


def remember(heap, figures, path):
    if len(heap) < SHOWN:
        heapq.heappush(heap, figures + (brief(path()),))
    elif figures > heap[0][:2]:
        heapq.heapreplace(heap, figures + (brief(path()),))


class Cap:
    """Of what is not old, only what is above the cap: as old as this (ns) or older, and so many of exactly that age."""

    def __init__(self, before_ns, ties):
        self.before_ns, self.ties = before_ns, ties

    def takes(self, entry):
        if entry.mtime_ns == self.before_ns and self.ties > 0:
            self.ties -= 1
            return True
        return entry.mtime_ns < self.before_ns


class Walk:
    """One walk of a rule through one directory. `sink(fd, names, entries)` gets candidates; None of the entries is kept here."""

    def __init__(self, found, top, seen, now, cap, sink):
        self.found, self.rule, self.top, self.seen, self.cap, self.sink = found, found.rule, top, seen, cap, sink
        self.device, self.mount = top.stat.st_dev, top.mount
        self.cutoff = int((now - self.rule["olderThanS"]) * 1e9)
        self.youngest = int((now - YOUNGEST) * 1e9)
        self.files = matcher([one for one in self.rule["what"] if not one.endswith("/")])
        self.trees = matcher([one[:-1] for one in self.rule["what"] if one.endswith("/")])
        self.spared = matcher([one.rstrip("/") for one in self.rule["not"]])
        deep = any("**" in one for one in self.rule["what"])
        self.levels = DEEPEST if deep else max(one.rstrip("/").count("/") for one in self.rule["what"])

    def directory(self, fd, names):
        """Judges everything in an open directory and below it; `names` lead to it from the directory of the rule."""
        prefix = "".join(name + "/" for name in names)
        ready, newest = [], []
        found = self.found
        with names_in(fd) as inside:
            for one in inside:
                name = one.name
                path = prefix + name
                found.looked += 1
                if found.looked > MOST_NAMES:
                    raise Refused("too-many", "More names than a walk looks at.", self.shown(path))
                try:
                    status = one.stat(follow_symlinks=False)
                except FileNotFoundError:
                    continue
                if self.spared is not None and self.spared.match(path):
                    self.hold("excluded", path)
                    continue
                if stat.S_ISDIR(status.st_mode):
                    entry = self.below(fd, names, name, path, status)
                elif self.files is not None and self.files.match(path):
                    entry = self.file(name, path, status)
                else:
                    continue
                if entry is None:
                    continue
                if self.rule["keepNewest"] > 0:
                    heapq.heappush(newest, (entry.mtime_ns, found.looked, entry))
                    if len(newest) <= self.rule["keepNewest"]:
                        continue
                    entry = heapq.heappop(newest)[2]
                if self.cap is not None and not entry.old and not self.cap.takes(entry):
                    self.hold("below the cap", prefix + entry.name)
                    continue
                ready.append(entry)
                if len(ready) >= CHUNK:
                    self.sink(fd, names, ready)
                    ready = []
        for _, _, entry in newest:
            self.hold("among the newest", prefix + entry.name)
        if ready:
            self.sink(fd, names, ready)

    def hold(self, why, path):
        self.found.hold(why, lambda: self.shown(path))

    def shown(self, path):
        return printable(self.top.path + "/" + path)

    def matched(self, status, size):
        """Bytes that count against a cap: of a file with several links once; gives what was counted."""
        if status.st_nlink > 1 and not stat.S_ISDIR(status.st_mode):
            if status.st_ino in self.found.seen_links:
                return 0
            self.found.seen_links.add(status.st_ino)
            few_enough(self.found.seen_links)
        self.found.matched_bytes += size
        return size

    def is_young(self, when):
        return when > self.cutoff and (self.rule["capBytes"] is None or when > self.youngest)

    def file(self, name, path, status):
        is_file = stat.S_ISREG(status.st_mode)
        size = status.st_blocks * 512
        if is_file and self.rule["do"] == "truncate":
            return self.long_file(name, path, status, size)
        when = when_of(self.rule, status)
        compresses = self.rule["do"] == "compress"
        once = self.matched(status, size) if is_file and self.rule["capBytes"] is not None else size
        if not is_file:
            why = "symbolic link" if stat.S_ISLNK(status.st_mode) else "socket, pipe or device"
        elif self.is_young(when):
            why = "young"
        elif LOCK_NAME.search(name):
            why = "lock file"
        elif compresses and (COMPRESSED.search(name) or len(os.fsencode(name)) > 252):
            why = "compressed already" if COMPRESSED.search(name) else "its name is too long for an ending"
        elif compresses and status.st_nlink > 1:
            why = "has other links"
        elif compresses and size + 65536 <= status.st_size:
            # Written as a whole it may take more room than it does now.
            why = "sparse"
        else:
            why = self.seen.why(status)
        if why is not None:
            self.hold(why, path)
            return None
        entry = Entry(name, status, when, size, 1, False, when <= self.cutoff)
        entry.once = once
        return entry

    def long_file(self, name, path, status, size):
        """A file that is cut down to its end where it is: somebody may have it open, and it is young."""
        given = size - self.rule["keepTail"]
        if given < SHORT:
            why = "short"
        elif status.st_nlink > 1:
            why = "has other links"
        elif LOCK_NAME.search(name):
            why = "lock file"
        elif status.st_ino in self.seen.mapped or status.st_ino in self.seen.locked:
            why = "mapped" if status.st_ino in self.seen.mapped else "locked"
        else:
            return Entry(name, status, status.st_mtime_ns, given, 1, False, True)
        self.hold(why, path)
        return None

    def below(self, fd, names, name, path, status):
        is_tree = self.trees is not None and self.trees.match(path)
        if not is_tree and len(names) >= self.levels:
            return None
        if KEPT_DIRECTORY.match(name):
            self.hold("directory of the system", path)
            return None
        opened = self.enter(fd, name, path, status)
        if opened is None:
            return None
        try:
            if not is_tree:
                if len(names) >= DEEPEST:
                    self.hold("too deep", path)
                else:
                    self.directory(opened, names + [name])
                return None
            tree = Tree(self, self.seen)
            why = tree.look(opened, status, path, 0)
            if self.rule["capBytes"] is not None:
                self.found.matched_bytes += tree.bytes
            if why is None and self.is_young(tree.newest):
                why = "young"
            if why is not None:
                self.hold(why, path)
                return None
            entry = Entry(name, status, tree.newest, tree.bytes, tree.files, True, tree.newest <= self.cutoff)
            entry.mtime_ns, entry.path = tree.newest, path
            return entry
        finally:
            os.close(opened)

    def enter(self, fd, name, path, status):
        """Opens a directory that was just looked at, unless it is a mount, a database's, or another one by now."""
        opened, why = opened_directory(fd, name, status, self.device, self.mount)
        if why is not None:
            self.hold(why, path)
        return opened
