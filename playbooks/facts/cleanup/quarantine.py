# Part 5 of 7: the quarantine. What a rule takes is renamed into a directory of root's own on the same file system, with a
# manifest that says where it was; no byte is copied. From there it comes back as it was, or goes when its time is over.


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


class Quarantine:
    """What one run has put aside on one file system."""

    def __init__(self, chain, request):
        self.root, path = quarantine_root(chain, request["home"], True)
        self.path = path + "/" + request["id"]
        register(request["home"], path)
        self.fd = own_directory(self.root, request["id"], True)
        until = os.open("until", os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o600, dir_fd=self.fd)
        write_synced(until, b"%d\n" % (time.time() + request["quarantineS"]))
        os.close(until)
        self.manifest = os.open("manifest", os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW, 0o600, dir_fd=self.fd)
        self.next = sum(1 for _ in read_manifest(self.fd))
        self.device = os.fstat(self.fd).st_dev
        os.fsync(self.root)

    def announce(self, rows):
        """Says on the disk where things come from, before any of them is moved; gives the name of each in here."""
        names = []
        lines = []
        for row in rows:
            names.append("%08d" % self.next)
            lines.append(json.dumps(dict(row, n=names[-1])))
            self.next += 1
        write_synced(self.manifest, ("\n".join(lines) + "\n").encode("ascii"))
        return names

    def close(self):
        os.close(self.manifest)
        os.close(self.fd)
        os.close(self.root)


def read_manifest(fd):
    """The rows of a manifest; a last line that was cut off stands for a move that was not begun."""
    try:
        opened = os.open("manifest", os.O_RDONLY | os.O_NOFOLLOW, dir_fd=fd)
    except FileNotFoundError:
        return
    with os.fdopen(opened, encoding="ascii") as lines:
        for line in lines:
            if line.endswith("\n"):
                yield json.loads(line)


def register(home, path):
    """Remembers where quarantines are, so that they are found again without a search."""
    known = registered(home)
    if path in known:
        return
    name = home_directory(home) + "/quarantines"
    opened = os.open(name, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW, 0o600)
    write_synced(opened, (packed(path) + "\n").encode("ascii"))
    os.close(opened)


def registered(home):
    try:
        with open(home + "/cleanup/quarantines", encoding="ascii") as lines:
            return [unpacked(line.strip()) for line in lines if line.endswith("\n")]
    except FileNotFoundError:
        return []


def quarantines(home):
    """Every run that has something put aside: (open root, path, id, until)."""
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
            if found.st_uid != os.geteuid() or stat.S_IMODE(found.st_mode) != 0o700:
                continue
            for name in sorted(os.listdir(fd)):
                yield fd, path, name, until_of(fd, name)
        finally:
            close_chain(chain)


def until_of(fd, name):
    try:
        opened = os.open(name + "/until", os.O_RDONLY | os.O_NOFOLLOW, dir_fd=fd)
        with os.fdopen(opened) as text:
            return int(text.read().strip())
    except (OSError, ValueError):
        return None


def purge(home, now):
    """Removes what has been put aside for long enough. What no time stands at is left, and told."""
    gone, kept, untimed, stuck, given = 0, 0, 0, 0, 0
    for fd, _, name, until in quarantines(home):
        if until is None:
            untimed += 1
        elif until > now:
            kept += 1
        else:
            before = free_bytes(fd)
            try:
                remove_tree(name, fd)
                gone += 1
            except OSError:
                # A file that may not be removed, for example: the rest goes, and this one is told.
                stuck += 1
            given += max(0, free_bytes(fd) - before)
    return {"gone": gone, "kept": kept, "untimed": untimed, "stuck": stuck, "bytes": given}


def remove_tree(name, fd):
    """Removes a directory and all in it, by open directories alone: no name leads out of it, and no mount is entered."""
    opened = os.open(name, DIRECTORY, dir_fd=fd)
    try:
        remove_below(opened, os.fstat(opened).st_dev, mount_id(opened))
    finally:
        os.close(opened)
    os.rmdir(name, dir_fd=fd)


def remove_below(fd, device, mount):
    for name in os.listdir(fd):
        found = os.stat(name, dir_fd=fd, follow_symlinks=False)
        if not stat.S_ISDIR(found.st_mode):
            os.unlink(name, dir_fd=fd)
            continue
        opened = os.open(name, DIRECTORY, dir_fd=fd)
        try:
            now = os.fstat(opened)
            if now.st_dev != device or mount_id(opened) != mount:
                raise OSError(errno.EXDEV, "a mount is in the way", name)
            remove_below(opened, device, mount)
        finally:
            os.close(opened)
        os.rmdir(name, dir_fd=fd)


def put_aside(home):
    """What lies in quarantines, by run: files, bytes and until when (s since 1970)."""
    rows = []
    for fd, path, name, until in quarantines(home):
        opened = os.open(name, DIRECTORY, dir_fd=fd)
        try:
            entries = size = 0
            for row in read_manifest(opened):
                try:
                    os.stat(row["n"], dir_fd=opened, follow_symlinks=False)
                except FileNotFoundError:
                    continue
                entries += 1
                size += row["bytes"]
            rows.append({"id": printable(name), "place": printable(path), "entries": entries, "bytes": size, "until": until})
        finally:
            os.close(opened)
    return rows


def undo(request):
    """Brings back what a run has put aside. What stands in the way is never overwritten: it stays aside, and is named."""
    back, gone, trouble, names = 0, 0, {}, []
    found = False
    for root, _, name, _ in quarantines(request["home"]):
        if name != request["id"]:
            continue
        found = True
        fd = own_directory(root, name, False)
        times = {}
        try:
            rows = list(read_manifest(fd))
            for row in rows:
                why = bring_back(fd, row, times)
                if why is None:
                    back += 1
                elif why == "gone":
                    gone += 1
                else:
                    trouble[why] = trouble.get(why, 0) + 1
                    if len(names) < 20:
                        names.append({"path": brief(printable(unpacked(row["p"]))), "why": why})
            for path, (atime, mtime) in times.items():
                restore_times(path, atime, mtime)
            if not trouble:
                remove_tree(name, root)
        finally:
            os.close(fd)
    return {"found": found, "back": back, "gone": gone,
            "left": [{"why": why, "count": count} for why, count in sorted(trouble.items())], "names": names}


def bring_back(fd, row, times):
    try:
        now = os.stat(row["n"], dir_fd=fd, follow_symlinks=False)
    except FileNotFoundError:
        return "gone"
    if now.st_ino != row["ino"]:
        return "another file lies in the quarantine"
    path = unpacked(row["p"])
    above, name = path.rsplit("/", 1)
    try:
        chain = open_chain(above)
    except Refused:
        return "its directory is no directory any more"
    if chain is None:
        return "its directory is gone"
    try:
        to = chain[-1]
        if to.stat.st_dev != now.st_dev:
            return "its directory lies on another file system now"
        times.setdefault(above, (to.stat.st_atime_ns, to.stat.st_mtime_ns))
        rename_new(row["n"], fd, name, to.fd)
        drop_compressed(to.fd, name, row)
        os.fsync(to.fd)
        return None
    except FileExistsError:
        return "something newer stands in its place"
    except OSError as trouble:
        return "it can not be renamed: " + (trouble.strerror or "")
    finally:
        close_chain(chain)


def drop_compressed(fd, name, row):
    """Where a file came back that had been compressed, what was made of it goes; another file of that name stays."""
    if "gz" not in row:
        return
    try:
        found = os.stat(name + ".gz", dir_fd=fd, follow_symlinks=False)
        # A number of an inode is given again soon, so it alone proves nothing.
        if [found.st_ino, found.st_mtime_ns, found.st_size] == row["gz"]:
            os.unlink(name + ".gz", dir_fd=fd)
    except FileNotFoundError:
        pass


def restore_times(path, atime, mtime):
    """A directory is as old as before: what came back into it changed nothing."""
    try:
        chain = open_chain(path)
    except Refused:
        return
    if chain is not None:
        os.utime(chain[-1].fd, ns=(atime, mtime))
        close_chain(chain)
