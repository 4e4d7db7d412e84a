# Part 3 of 16: which files and trees a rule would take, what it holds back and why, and what that would give back. Nothing is
# kept of a walk but figures: who wants the candidates gets them in handfuls, each with its open directory.

# Names that somebody relies on while nobody has them open: locks by existence, directories of the system's own.
LOCK_NAME = re.compile(r"(\.(lock|lck|pid)|^lock|^\.?LCK\.\..*|^\.X\d+-lock|^\.lock.*)$", re.IGNORECASE)
KEPT_DIRECTORY = re.compile(r"^(systemd-private-.*|snap-private-tmp|snap\..*|\.X11-unix|\.ICE-unix|\.XIM-unix|\.font-unix|\.Test-unix"
                            r"|tmux-\d+|ssh-.*|lost\+found|\.snapshots|" + re.escape(QUARANTINE) + r")$")
COMPRESSED = re.compile(r"\.(gz|tgz|xz|bz2|zst|lz4|zip|7z|Z|lzma|br)$")
# What a cap takes besides old files is never younger than this (s): somebody may still be at it.
YOUNGEST = 3600
SHOWN = 5
# A change from before this (1980-01-02, ns since 1970) has no time: it was never set, as in many an archive, or by a clock that was not.
NO_TIME = 315619200 * 10 ** 9
# Files that a cap may have to sort, files with several links that are known at once, and names that one walk looks at: above
# it somebody makes them faster than they are read.
MOST_SORTED, MOST_LINKED, MOST_NAMES = 1000000, 200000, 50000000
# Candidates of one directory that are handed on at once.
CHUNK = 1000
# What stands in every name that LOCK_NAME finds, in small letters.
LOCK_HINTS = (b"lock", b"lck", b".pid")
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
    name, owner and mode too. What was just unpacked with an old time, brought back or renamed is young. A content without a time is as
    old as the rest of it."""
    if rule["ageBy"] == "mtime" and found.st_mtime_ns > NO_TIME:
        return found.st_mtime_ns
    return max(found.st_mtime_ns, found.st_ctime_ns)


def has_trees(rule):
    return any(one.endswith("/") for one in rule["what"])


def is_plain(rule):
    """Whether each file of a rule is judged by itself alone, and goes as it is."""
    has_files = any(not one.endswith("/") for one in rule["what"])
    return has_files and rule["do"] in ("delete", "archive") and not rule["not"] and rule["keepNewest"] == 0 and rule["capBytes"] is None


class Walk:
    """One walk of a rule through one directory. `sink(fd, names, entries)` gets candidates, and `files_sink(fd, names, files)` those
    that are only files, where none of them is judged by others. None of them is kept here."""

    def __init__(self, found, top, seen, now, cap):
        self.found, self.rule, self.top, self.seen, self.cap = found, found.rule, top, seen, cap
        self.sink = self.files_sink = None
        self.device, self.mount = top.stat.st_dev, top.mount
        self.cutoff = int((now - self.rule["olderThanS"]) * 1e9)
        # What a cap takes is younger than what is old, and older than this.
        self.limit = self.cutoff if self.rule["capBytes"] is None else max(self.cutoff, int((now - YOUNGEST) * 1e9))
        self.ahead = int((now + YOUNGEST) * 1e9)
        self.files = matcher([one for one in self.rule["what"] if not one.endswith("/")])
        self.trees = matcher([one[:-1] for one in self.rule["what"] if one.endswith("/")])
        self.spared = matcher([one.rstrip("/") for one in self.rule["not"]])
        deep = any("**" in one for one in self.rule["what"])
        self.levels = DEEPEST if deep else max(one.rstrip("/").count("/") for one in self.rule["what"])
        self.is_plain = is_plain(self.rule)
        self.takes_all = "**/*" in self.rule["what"]

    def directory(self, fd, names):
        """Judges everything in an open directory and below it; `names` lead to it from the directory of the rule."""
        prefix = "".join(name + "/" for name in names)
        ready, newest = [], []
        files = Files()
        found, busy, cutoff = self.found, self.seen.numbers(), self.cutoff
        # A million files pass here: what is asked for each of them is asked in place, and the rest of them further below.
        is_plain, by_mtime = self.is_plain, self.rule["ageBy"] == "mtime"
        matches = None if self.files is None else self.files.match
        takes_all, looked = self.takes_all, 0
        with names_in(fd) as inside:
            for one in inside:
                looked += 1
                try:
                    status = one.stat(follow_symlinks=False)
                except FileNotFoundError:
                    continue
                name = one.name
                if is_plain and status.st_mode & 0o170000 == 0o100000 and status.st_ino not in busy:
                    when = mtime = status.st_mtime_ns
                    if not by_mtime and status.st_ctime_ns > when:
                        when = status.st_ctime_ns
                    if when <= cutoff and mtime > NO_TIME and (takes_all or matches(prefix + name)):
                        files.names.append(name)
                        files.inodes.append(status.st_ino)
                        files.mtimes.append(mtime)
                        files.whens.append(when)
                        files.sizes.append(status.st_blocks * 512)
                        files.links.append(status.st_nlink)
                        if len(files.names) >= CHUNK:
                            looked = self.looked(looked, prefix + name)
                            self.hand_on(fd, names, prefix, files)
                            files = Files()
                        continue
                path = prefix + name
                looked = self.looked(looked, path)
                entry = self.judged(fd, names, name, path, status)
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
        self.looked(looked, prefix)
        for _, _, entry in newest:
            self.hold("among the newest", prefix + entry.name)
        if files.names:
            self.hand_on(fd, names, prefix, files)
        if ready:
            self.sink(fd, names, ready)

    def looked(self, count, path):
        """Counts names that were looked at; gives 0, from where the next are counted."""
        self.found.looked += count
        if self.found.looked > MOST_NAMES:
            raise Refused("too-many", "More names than a walk looks at.", self.shown(path))
        return 0

    def hand_on(self, fd, names, prefix, files):
        for name in files.without_locks():
            self.hold("lock file", prefix + name)
        if files.names:
            self.files_sink(fd, names, files)

    def judged(self, fd, names, name, path, status):
        """The entry of what is a candidate by itself; None for what is not, and for a directory that was walked."""
        if self.spared is not None and self.spared.match(path):
            self.hold("excluded", path)
            return None
        if stat.S_ISDIR(status.st_mode):
            return self.below(fd, names, name, path, status)
        if self.files is not None and self.files.match(path):
            return self.file(name, path, status)
        return None

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

    def why_by_age(self, when):
        """Why something is not old enough to go, None when it is."""
        if when > self.limit:
            return "young" if when <= self.ahead else "changed in a time to come"
        return "without a time" if when <= NO_TIME else None

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
        elif self.why_by_age(when) is not None:
            why = self.why_by_age(when)
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
            if why is None:
                why = self.why_by_age(tree.newest)
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
