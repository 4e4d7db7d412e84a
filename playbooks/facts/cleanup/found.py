# Part 4 of 16: what a walk has found. Files that are judged by themselves alone are kept as columns, and small enough to be gone
# through again without a second walk.

# Bytes of names, inodes and times that are kept of a walk; above it, what goes is found by a second one.
MOST_LISTED = 48 << 20


class Entry:
    """One file or tree that matched. `when_ns`: by what its age is; `once`: what of it no other link was counted for (bytes)."""
    __slots__ = ("name", "inode", "mtime_ns", "when_ns", "bytes", "once", "links", "files", "is_tree", "old", "path")

    def __init__(self, name, found, when_ns, size, files, is_tree, old):
        self.name, self.inode, self.mtime_ns, self.when_ns = name, found.st_ino, found.st_mtime_ns, when_ns
        self.bytes = self.once = size
        self.links, self.files, self.is_tree, self.old = 1 if is_tree else found.st_nlink, files, is_tree, old


class Files:
    """Files of one directory, as columns: an object for each of a million takes longer than to ask the kernel for it."""
    __slots__ = ("names", "inodes", "mtimes", "whens", "sizes", "links")

    def __init__(self):
        self.names, self.inodes, self.mtimes, self.whens, self.sizes, self.links = [], [], [], [], [], []

    def without_locks(self):
        """Takes the lock files out, and gives their names. Most directories have none, which is seen of all names at once."""
        whole = "\0".join(self.names)
        raw = os.fsencode(whole)
        lower = raw.lower()
        # Letters of other alphabets may be taken for these ones.
        if len(raw) == len(whole) and not any(hint in lower for hint in LOCK_HINTS):
            return []
        locks = [at for at, name in enumerate(self.names) if LOCK_NAME.search(name)]
        names = [self.names[at] for at in locks]
        for at in reversed(locks):
            for column in (self.names, self.inodes, self.mtimes, self.whens, self.sizes, self.links):
                del column[at]
        return names

    def entries(self):
        return [plain_entry(*one) for one in zip(self.names, self.inodes, self.mtimes, self.whens, self.sizes, self.links)]


def plain_entry(name, inode, mtime_ns, when_ns, size, links):
    entry = Entry.__new__(Entry)
    entry.name, entry.inode, entry.mtime_ns, entry.when_ns = name, inode, mtime_ns, when_ns
    entry.bytes = entry.once = size
    entry.links, entry.files, entry.is_tree, entry.old = links, 1, False, True
    return entry


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

    def hold(self, why, path, more=1):
        count, example = self.held.get(why, (0, None))
        # A path is made printable only for the first of a kind.
        self.held[why] = (count + more, example if example is not None else brief(path()))

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

    def count_files(self, files, path):
        """Counts files that have no other link."""
        self.files += len(files.names)
        self.bytes += sum(files.sizes)
        # The best of both columns is seldom better than what is known, and then no single file is.
        if len(self.largest) < SHOWN or (max(files.sizes), max(files.mtimes)) > self.largest[0][:2]:
            for name, size, mtime in zip(files.names, files.sizes, files.mtimes):
                remember(self.largest, (size, mtime), lambda: path(name))
        if len(self.oldest) < SHOWN or (-min(files.whens), max(files.sizes)) > self.oldest[0][:2]:
            for name, size, when in zip(files.names, files.sizes, files.whens):
                remember(self.oldest, (-when, size), lambda: path(name))


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


class Listed:
    """The files that the walk which counts has found, by directory: names, inodes and times of last change, as bytes; and what it
    has held back."""

    def __init__(self, found):
        self.held, self.rows, self.bytes, self.is_whole = found.held, {}, 0, True

    def add(self, walk, fd, names, files, inodes, mtimes):
        if not self.is_whole:
            return
        try:
            row = (names, os.fstat(fd).st_ino, os.fsencode("\0".join(files)), array.array("Q", inodes), array.array("q", mtimes))
        except OverflowError:
            # Some file systems take times of long before, which a column has no room for.
            self.bytes = MOST_LISTED
        else:
            self.rows.setdefault(walk.top.path, []).append(row)
            self.bytes += len(row[2]) + 16 * len(files) + 600 + 8 * len(names) + sum(2 * len(name) for name in names[-1:])
        if self.bytes >= MOST_LISTED:
            self.rows, self.is_whole = {}, False
