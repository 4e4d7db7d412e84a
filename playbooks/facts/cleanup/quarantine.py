# Part 8 of 16: the quarantine. What a rule takes is renamed into a directory of root's own on the same file system, with a
# manifest that says where it was; no byte is copied. There it is looked at once more. From there it comes back as it was, or
# goes when its time is over. What lies there and is not what the manifest says, nobody has judged: it is kept for ever.

KEPT = "kept"


def home_directory(home):
    """The directory of clean-up below Upkeep's own, for root only."""
    path = home + "/cleanup"
    os.makedirs(path, 0o700, exist_ok=True)
    return path


def own_directory(fd, name, make):
    """Opens a directory of root's own, 0700; refuses one that somebody else has made under this name."""
    if make:
        try:
            os.mkdir(name, 0o700, dir_fd=fd)
        except FileExistsError:
            pass
    opened = os.open(name, DIRECTORY, dir_fd=fd)
    found = os.fstat(opened)
    if found.st_uid != os.geteuid() or stat.S_IMODE(found.st_mode) != 0o700:
        os.close(opened)
        raise Refused("quarantine", "The quarantine is not a directory of root's own, for root only.",
                      "%s: owner %d, mode %o" % (printable(name), found.st_uid, stat.S_IMODE(found.st_mode)))
    return opened


def quarantine_root(chain, home, make):
    """Opens the quarantine of the file system that the last directory of a chain lies on; gives its path too."""
    here = chain[-1]
    top = here
    for place in reversed(chain):
        if not place.same_file_system(here):
            break
        top = place
    own = open_chain(home)
    if own is not None:
        try:
            if own[-1].same_file_system(here):
                return own_directory(own[-1].fd, "quarantine", make), home + "/quarantine"
        finally:
            close_chain(own)
    mode = top.stat.st_mode
    others_write = mode & (stat.S_IWGRP | stat.S_IWOTH) and not mode & stat.S_ISVTX
    if top.stat.st_uid not in (0, os.geteuid()) or others_write:
        raise Refused("quarantine", "The file system has no place for a quarantine that is safe from others: its top belongs to a user, or all may rename there.",
                      printable(top.path))
    return own_directory(top.fd, QUARANTINE, make), top.path.rstrip("/") + "/" + QUARANTINE


@contextlib.contextmanager
def alone(request):
    """One clean-up, undo or purge at a time on a host: the others wait for it. The lock ends with whoever holds it."""
    opened = os.open(request["home"], DIRECTORY)
    try:
        until, pause = time.monotonic() + request.get("lockS", 600), 0.1
        while True:
            try:
                fcntl.flock(opened, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() >= until:
                    raise Refused("busy", "Another clean-up of this host is at work.", printable(request["home"]))
                time.sleep(pause)
                pause = min(5, pause * 1.2)
        yield
    finally:
        os.close(opened)


def append_whole(fd, data):
    """Appends to a list of lines, on the disk when it returns; on a full disk all of it or nothing. A cut line goes first."""
    size = os.fstat(fd).st_size
    if size > 0 and os.pread(fd, 1, size - 1) != b"\n":
        # The last write was cut, by a full disk or a crash: what it announces was never begun.
        at = size
        while at > 0:
            start = max(0, at - 65536)
            piece = os.pread(fd, at - start, start)
            end = piece.rfind(b"\n")
            if end >= 0:
                at = start + end + 1
                break
            at = start
        os.ftruncate(fd, at)
        size = at
    try:
        write_synced(fd, data)
    except OSError:
        os.ftruncate(fd, size)
        raise


def read_line(line):
    """The value of a line; None for one that was cut."""
    try:
        return json.loads(line) if line.endswith("\n") else None
    except ValueError:
        return None


class Quarantine:
    """What one run has put aside on one file system."""

    def __init__(self, chain, request):
        self.root, path = quarantine_root(chain, request["home"], True)
        self.path, self.id = path + "/" + request["id"], request["id"]
        register(request["home"], path)
        if ARCHIVE in self.id:
            remember_place(request["home"], self.id, path)
        self.fd = own_directory(self.root, request["id"], True)
        if request["quarantineS"] is not None and not self.is_without_time():
            until = os.open("until.new", os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o600, dir_fd=self.fd)
            write_synced(until, until_text(request["quarantineS"]))
            os.close(until)
            os.rename("until.new", "until", src_dir_fd=self.fd, dst_dir_fd=self.fd)
        guard_file_system(self.fd, self.path)
        self.manifest = os.open("manifest", os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW, 0o600, dir_fd=self.fd)
        self.next = 0
        for row in batches(self.fd):
            self.next = max(self.next, row["n"] + len(row["e"]))
        self.unjudged = self.next
        os.fsync(self.root)

    def announce(self, directory, inode, entries, gz=None):
        """Says on the disk where things come from, before any of them is moved; gives the name of each in here."""
        row = {"n": self.next, "d": directory, "i": inode,
               "e": [[one.name, one.inode, one.mtime_ns, one.bytes, one.files, one.is_tree] for one in entries]}
        if gz is not None:
            row["gz"] = gz
        append_whole(self.manifest, (json.dumps(row, separators=(",", ":")) + "\n").encode("ascii"))
        first, self.next = self.next, self.next + len(entries)
        return ["%08d" % number for number in range(first, self.next)]

    def judged(self):
        """Says that all that was put aside so far was looked at once more. Of what this is not said goes back: see unjudged.py."""
        if self.unjudged < self.next:
            append_whole(self.manifest, b'{"judged":[%d,%d]}\n' % (self.unjudged, self.next))
            self.unjudged = self.next

    def is_without_time(self):
        """Whether its time was taken from it, by `spare`: it gets no other one."""
        return is_there("manifest", self.fd) and not is_there("until", self.fd)

    def spare(self, name):
        """Hides from a purge what can neither go back nor be kept elsewhere: no list says what it is called now. Where even that
        fails, all of it loses its time, and no purge comes. Gives its name."""
        as_name = "s" + name[1:]
        try:
            rename_new(name, self.fd, as_name, self.fd)
            return as_name
        except OSError as trouble:
            if trouble.errno != errno.ENOENT:
                forget("until", self.fd)
            return name

    def keep(self, name, path):
        return keep(self.root, self.fd, self.id, name, path)

    def close(self):
        os.close(self.manifest)
        os.close(self.fd)
        os.close(self.root)


def keep(root, fd, run, name, path):
    """Puts what nobody has judged where no purge comes, and says there where it was; gives its name there."""
    kept = own_directory(root, KEPT, True)
    try:
        as_name = run + "-" + name
        rename_new(name, fd, as_name, kept)
        said = os.open("list", os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW, 0o600, dir_fd=kept)
        try:
            append_whole(said, (json.dumps({"n": as_name, "p": path}) + "\n").encode("ascii"))
        except OSError:
            # It is kept all the same, and the manifest of the run says the same while it is there.
            pass
        finally:
            os.close(said)
        return KEPT + "/" + as_name
    finally:
        os.close(kept)


def batches(fd, newest_first=False):
    """The whole lines of a manifest, each with what was moved at once; a line that was cut stands for a move that was not
    begun. One line is held at a time, and 8 bytes for each when the newest comes first."""
    try:
        opened = os.open("manifest", os.O_RDONLY | os.O_NOFOLLOW, dir_fd=fd)
    except FileNotFoundError:
        return
    with os.fdopen(opened, "rb") as lines:
        if not newest_first:
            for line in lines:
                row = read_line(line.decode("ascii", "replace"))
                if isinstance(row, dict) and "e" in row:
                    yield row
            return
        starts, at = array.array("Q"), 0
        for line in lines:
            starts.append(at)
            at += len(line)
        for start in reversed(starts):
            lines.seek(start)
            row = read_line(lines.readline().decode("ascii", "replace"))
            if isinstance(row, dict) and "e" in row:
                yield row


def rows_of(batch):
    """(name in quarantine, name where it was, inode, mtime, bytes, files, is a tree) of each thing of a line."""
    for index, entry in enumerate(batch["e"]):
        yield ["%08d" % (batch["n"] + index)] + entry


def register(home, path):
    """Remembers where quarantines are, so that they are found again without a search."""
    known = registered(home)
    if path in known:
        return
    name = home_directory(home) + "/quarantines"
    opened = os.open(name, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW, 0o600)
    try:
        append_whole(opened, (json.dumps(path) + "\n").encode("ascii"))
    finally:
        os.close(opened)


def registered(home):
    try:
        with open(home + "/cleanup/quarantines", encoding="ascii") as lines:
            return [path for path in map(read_line, lines) if isinstance(path, str)]
    except FileNotFoundError:
        return []


def quarantines(home):
    """Every run that has something put aside: (open root, path, id, until)."""
    for fd, path in quarantine_roots(home):
        for name in sorted(os.listdir(fd)):
            if name != KEPT:
                yield fd, path, name, until_of(fd, name)


def quarantine_roots(home):
    for path in registered(home):
        try:
            chain = open_chain(path)
        except Refused:
            continue
        if chain is None:
            continue
        try:
            fd = chain[-1].fd
            found = os.fstat(fd)
            if found.st_uid == os.geteuid() and stat.S_IMODE(found.st_mode) == 0o700:
                yield fd, path
        finally:
            close_chain(chain)


def put_aside(home):
    """What lies in quarantines, by run: entries, bytes and until when (s since 1970)."""
    rows = []
    for fd, path, name, until in quarantines(home):
        opened = os.open(name, DIRECTORY, dir_fd=fd)
        try:
            entries, size, unjudged, parts = 0, 0, 0, judged_parts(opened)
            for batch in batches(opened):
                for row in rows_of(batch):
                    try:
                        os.stat(row[0], dir_fd=opened, follow_symlinks=False)
                    except FileNotFoundError:
                        continue
                    entries += 1
                    size += row[4]
                    unjudged += 0 if ARCHIVE in name or is_judged(parts, row[0]) else 1
            rows.append({"id": printable(name), "place": printable(path), "entries": entries, "bytes": size, "until": until, "unjudged": unjudged})
        finally:
            os.close(opened)
    return rows


def kept_places(home):
    """Where things are kept for ever, and how many: a person has to look at them."""
    rows = []
    for fd, path in quarantine_roots(home):
        try:
            kept = os.open(KEPT, DIRECTORY, dir_fd=fd)
        except OSError:
            continue
        with names_in(kept) as inside:
            count = sum(1 for one in inside if one.name != "list")
        os.close(kept)
        if count:
            rows.append({"place": brief(printable(path + "/" + KEPT)), "count": count})
    return rows
