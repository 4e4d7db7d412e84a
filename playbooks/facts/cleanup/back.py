# Part 10 of 16: out of the quarantine: back to where it was, or gone for good when its time is over.


def purge(home, now, vouched):
    """Removes what has been put aside for long enough (`vouched`: see is_over). What no time stands at is left, and told."""
    gone, kept, untimed, stuck, strays, given = 0, 0, 0, 0, 0, 0
    for fd, _, name, until in quarantines(home):
        if until is None:
            untimed += 1
        elif not is_over(fd, name, until, now, vouched):
            kept += 1
        else:
            before = free_bytes(fd)
            try:
                strays += empty(fd, name)
                gone += 1
            except (OSError, Refused):
                # A file that may not be removed, for example: the rest goes, and this one is told.
                stuck += 1
            given += max(0, free_bytes(fd) - before)
    return {"gone": gone, "kept": kept, "untimed": untimed, "stuck": stuck, "strays": strays, "bytes": given}


def empty(root, name, looks=True):
    """Removes what a run put aside: what its manifest names and is still that, and was looked at once more (`looks`). Anything else
    is kept for ever; gives how much."""
    fd = own_directory(root, name, False)
    strays, trouble = 0, None
    try:
        parts = judged_parts(fd)
        for batch in batches(fd):
            for row in rows_of(batch):
                try:
                    if not is_still(fd, row):
                        continue
                    if "gz" in batch and is_there("z" + row[0], fd) or looks and not is_judged(parts, row[0]):
                        # What was made of it never got its name, so this is all there is of it; or nobody has judged it.
                        keep(root, fd, name, row[0], batch["d"] + "/" + row[1])
                        strays += 1
                    else:
                        remove(row[0], fd, row[6])
                except FileNotFoundError:
                    continue
                except OSError as error:
                    trouble = error
        if trouble is not None:
            raise trouble
        for left in os.listdir(fd):
            # What clean-up has written itself, besides what it has moved.
            if left in ("until", "until.new", "manifest") or left.startswith("z"):
                continue
            keep(root, fd, name, left, None)
            strays += 1
    finally:
        os.close(fd)
    remove_tree(name, root)
    return strays


def is_still(fd, row):
    """Whether what lies under a name in quarantine is what was put there; of a tree its own directory."""
    now = os.stat(row[0], dir_fd=fd, follow_symlinks=False)
    return now.st_ino == row[2] and stat.S_ISDIR(now.st_mode) == row[6] and (row[6] or now.st_mtime_ns == row[3])


def is_there(name, fd):
    try:
        os.stat(name, dir_fd=fd, follow_symlinks=False)
        return True
    except FileNotFoundError:
        return False


def remove(name, fd, is_tree):
    if is_tree:
        remove_tree(name, fd)
    else:
        os.unlink(name, dir_fd=fd)


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


class Returning:
    """Brings things back to one directory after the other, each of which is as old as before when all of it is back."""

    def __init__(self, quarantine_fd):
        self.fd, self.path, self.chain = quarantine_fd, None, None

    def directory(self, path):
        """The open directory; or why there is none, in words."""
        if path != self.path:
            self.leave()
            self.path = path
            try:
                self.chain = open_chain(path)
            except Refused:
                return None, "its directory is no directory any more"
        return (self.chain[-1], None) if self.chain is not None else (None, "its directory is gone")

    def leave(self):
        if self.chain is not None:
            last = self.chain[-1]
            os.fsync(last.fd)
            os.utime(last.fd, ns=(last.stat.st_atime_ns, last.stat.st_mtime_ns))
            close_chain(self.chain)
        self.path = self.chain = None

    def bring(self, batch, row):
        """Brings one thing back; gives why not, in words."""
        try:
            if not is_still(self.fd, row):
                return "another file lies in the quarantine"
        except FileNotFoundError:
            return "gone"
        to, why = self.directory(batch["d"])
        if to is None:
            return why
        try:
            if to.stat.st_dev != os.fstat(self.fd).st_dev:
                return "its directory lies on another file system now"
            rename_new(row[0], self.fd, row[1], to.fd)
            drop_compressed(to.fd, row[1], batch.get("gz"))
            return None
        except FileExistsError:
            return "something newer stands in its place"
        except OSError as trouble:
            return "it can not be renamed: " + (trouble.strerror or "")


def drop_compressed(fd, name, gz):
    """Where a file came back that had been compressed, what was made of it goes; another file of that name stays."""
    if gz is None:
        return
    try:
        found = os.stat(name + ".gz", dir_fd=fd, follow_symlinks=False)
        # A number of an inode is given again soon, so it alone proves nothing.
        if [found.st_ino, found.st_mtime_ns, found.st_size] == gz:
            os.unlink(name + ".gz", dir_fd=fd)
    except FileNotFoundError:
        pass


def undo(request):
    """Brings back what a run has put aside, the newest first: what was made of another file by a later rule has gone from its
    place when that one comes. What stands in the way is never overwritten: it stays aside, and is named."""
    back, gone, trouble, names = 0, 0, {}, []
    found = False
    for root, _, name, _ in quarantines(request["home"]):
        if name != request["id"] and not name.startswith(request["id"] + ARCHIVE):
            continue
        found = True
        fd = own_directory(root, name, False)
        returning = Returning(fd)
        try:
            for batch in batches(fd, newest_first=True):
                for row in reversed(list(rows_of(batch))):
                    why = returning.bring(batch, row)
                    if why is None:
                        back += 1
                    elif why == "gone":
                        gone += 1
                    else:
                        trouble[why] = trouble.get(why, 0) + 1
                        if len(names) < 20:
                            names.append({"path": brief(printable(batch["d"] + "/" + row[1])), "why": why})
            returning.leave()
            if not trouble:
                try:
                    empty(root, name)
                except OSError:
                    # All of it is back; what is left over goes with the next purge.
                    pass
        finally:
            os.close(fd)
    return {"found": found, "back": back, "gone": gone,
            "left": [{"why": why, "count": count} for why, count in sorted(trouble.items())], "names": names}
