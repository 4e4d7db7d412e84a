# Part 6 of 7: taking. Each candidate is looked at again right before, by its open directory; what is not as it was found
# stays. What was put aside is looked at once more afterwards, and goes back when somebody opened it meanwhile.


def compressed(fd, entry, to_fd, name):
    """Compresses a file under a new name, with owner, mode, times and attributes; None when it is not the one that was found,
    or what was written does not read back as the same."""
    source = os.open(entry.name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, dir_fd=fd)
    target = os.open(name, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600, dir_fd=to_fd)
    try:
        found = os.fstat(source)
        if not stat.S_ISREG(found.st_mode) or (found.st_ino, found.st_mtime_ns) != (entry.inode, entry.mtime_ns):
            return None
        before = hashlib.sha256()
        with os.fdopen(os.dup(target), "wb") as raw, gzip.GzipFile("", "wb", 6, raw, int(found.st_mtime)) as out:
            for chunk in iter(lambda: os.read(source, 1 << 20), b""):
                before.update(chunk)
                out.write(chunk)
        os.fsync(target)
        os.lseek(target, 0, os.SEEK_SET)
        after = hashlib.sha256()
        with os.fdopen(os.dup(target), "rb") as raw, gzip.GzipFile(fileobj=raw, mode="rb") as back:
            for chunk in iter(lambda: back.read(1 << 20), b""):
                after.update(chunk)
        if before.digest() != after.digest() or os.fstat(source).st_mtime_ns != found.st_mtime_ns:
            return None
        for attribute in os.listxattr(source):
            os.setxattr(target, attribute, os.getxattr(source, attribute))
        os.fchown(target, found.st_uid, found.st_gid)
        os.fchmod(target, stat.S_IMODE(found.st_mode))
        os.utime(target, ns=(found.st_atime_ns, found.st_mtime_ns))
        return os.fstat(target)
    finally:
        os.close(source)
        os.close(target)


def forget(name, fd):
    try:
        os.unlink(name, dir_fd=fd)
    except FileNotFoundError:
        pass


class Taking:
    """The work of one rule."""

    def __init__(self, found, request, seen):
        self.found, self.rule, self.request, self.seen = found, found.rule, request, seen
        self.files = self.trees = self.bytes = self.put_back = 0
        self.failed = {}
        self.links = {}
        self.places = {}
        self.aside = []  # (quarantine, name there, row of the manifest)

    def miss(self, why, path):
        self.found.hold(why, path)

    def all(self):
        try:
            for top, names, inode, entries in self.found.batches:
                self.batch(top, names, inode, entries)
            self.put_back_used()
        except OSError as trouble:
            # What was put aside so far is in the manifest; the rest stays where it is.
            self.fail(trouble, trouble.filename if isinstance(trouble.filename, str) else "")
        finally:
            for quarantine in self.places.values():
                quarantine.close()

    def batch(self, where, names, inode, entries):
        path = "/".join([where.path] + names)
        try:
            chain = open_chain(path)
        except Refused:
            chain = None
        if chain is None:
            self.found.hold("changed meanwhile", printable(path))
            return
        try:
            here = chain[-1]
            top = chain[-1 - len(names)]
            if here.stat.st_ino != inode or not where.is_still(top) or not here.same_file_system(top):
                self.found.hold("changed meanwhile", printable(path))
                return
            entries = [one for one in entries if self.still(here, one, path)]
            if not entries:
                return
            if self.rule["do"] == "compress":
                self.compress(chain, entries, path)
            elif self.rule["regenerable"]:
                self.delete(here, entries, path)
            else:
                self.move(chain, entries, path)
            # The directory is no younger for what was taken out of it.
            os.utime(here.fd, ns=(here.stat.st_atime_ns, here.stat.st_mtime_ns))
        finally:
            close_chain(chain)

    def still(self, here, entry, path):
        try:
            now = os.stat(entry.name, dir_fd=here.fd, follow_symlinks=False)
        except FileNotFoundError:
            self.miss("gone meanwhile", printable(path + "/" + entry.name))
            return False
        is_same = now.st_ino == entry.inode and now.st_dev == here.stat.st_dev and stat.S_ISDIR(now.st_mode) == entry.is_tree
        if not is_same or (not entry.is_tree and now.st_mtime_ns != entry.mtime_ns):
            self.miss("changed meanwhile", printable(path + "/" + entry.name))
            return False
        why = self.seen.why(now)
        if why is not None:
            self.miss(why, printable(path + "/" + entry.name))
        return why is None

    def delete(self, here, entries, path):
        for entry in entries:
            try:
                if entry.is_tree:
                    remove_tree(entry.name, here.fd)
                else:
                    os.unlink(entry.name, dir_fd=here.fd)
                self.took(entry)
            except OSError as trouble:
                self.fail(trouble, path + "/" + entry.name)

    def place(self, chain):
        here = chain[-1]
        key = (here.stat.st_dev, here.mount)
        if key not in self.places:
            self.places[key] = Quarantine(chain, self.request)
        return self.places[key]

    def row(self, entry, path):
        return {"p": packed(path + "/" + entry.name), "rule": self.rule["name"], "ino": entry.inode,
                "mtime": entry.mtime_ns, "bytes": entry.bytes, "files": entry.files}

    def compress(self, chain, entries, path):
        """Writes NAME.gz beside each file, reads it back, and only then takes the file itself."""
        here = chain[-1]
        quarantine = self.place(chain)
        for entry in entries:
            name = "z%08d" % quarantine.next
            try:
                made = compressed(here.fd, entry, quarantine.fd, name)
            except OSError as trouble:
                forget(name, quarantine.fd)
                self.fail(trouble, path + "/" + entry.name)
                continue
            if made is None or not self.still(here, entry, path):
                forget(name, quarantine.fd)
                if made is None:
                    self.miss("changed meanwhile", printable(path + "/" + entry.name))
                continue
            row = self.row(entry, path)
            row["gz"] = [made.st_ino, made.st_mtime_ns, made.st_size]
            [aside] = quarantine.announce([row])
            try:
                rename_new(name, quarantine.fd, entry.name + ".gz", here.fd)
            except FileExistsError:
                forget(name, quarantine.fd)
                self.miss("its compressed file stands there already", printable(path + "/" + entry.name))
                continue
            os.fsync(here.fd)
            if self.rule["regenerable"]:
                os.unlink(entry.name, dir_fd=here.fd)
            else:
                os.rename(entry.name, aside, src_dir_fd=here.fd, dst_dir_fd=quarantine.fd)
                self.aside.append((quarantine, aside, row, entry))
            self.files += 1
            self.bytes += max(0, entry.bytes - made.st_blocks * 512)

    def move(self, chain, entries, path):
        here = chain[-1]
        quarantine = self.place(chain)
        rows = [self.row(entry, path) for entry in entries]
        for name, row, entry in zip(quarantine.announce(rows), rows, entries):
            try:
                os.rename(entry.name, name, src_dir_fd=here.fd, dst_dir_fd=quarantine.fd)
            except OSError as trouble:
                self.fail(trouble, path + "/" + entry.name)
                continue
            now = os.stat(name, dir_fd=quarantine.fd, follow_symlinks=False)
            if now.st_ino != entry.inode or (not entry.is_tree and now.st_mtime_ns != entry.mtime_ns):
                # Somebody put another thing under this name in the instant between: it goes back where it was.
                self.back(quarantine, name, here.fd, entry.name, path)
                continue
            self.aside.append((quarantine, name, row, entry))
            self.took(entry)

    def took(self, entry):
        self.files += entry.files
        self.trees += 1 if entry.is_tree else 0
        self.bytes += self.given(entry, -1)

    def given(self, entry, step):
        """What the last link to a file gives when it goes (step -1), or takes again when it comes back (step 1)."""
        if entry.links == 1 or entry.is_tree:
            return entry.bytes
        before = self.links.get(entry.inode, entry.links)
        self.links[entry.inode] = before + step
        return entry.bytes if min(before, before + step) == 0 else 0

    def back(self, quarantine, name, fd, to, path):
        try:
            rename_new(name, quarantine.fd, to, fd)
            self.put_back += 1
            self.miss("changed meanwhile", printable(path + "/" + to))
        except OSError as trouble:
            # It is not lost: `undo` finds it by the manifest.
            self.fail(trouble, path + "/" + to)

    def put_back_used(self):
        """What was opened in the instant before it was moved is used on: it goes back, so that a restart finds it too."""
        if not self.aside:
            return
        self.seen = in_use()
        for quarantine, name, row, entry in self.aside:
            now = os.stat(name, dir_fd=quarantine.fd, follow_symlinks=False)
            why = self.used_tree(quarantine.fd, name) if entry.is_tree else self.seen.why(now)
            if why is None:
                continue
            path = unpacked(row["p"])
            above, to = path.rsplit("/", 1)
            try:
                chain = open_chain(above)
            except Refused:
                chain = None
            if chain is None:
                self.miss("opened meanwhile, and its directory is gone", printable(path))
                continue
            try:
                rename_new(name, quarantine.fd, to, chain[-1].fd)
                drop_compressed(chain[-1].fd, to, row)
                self.put_back += 1
                self.files -= entry.files
                self.trees -= 1 if entry.is_tree else 0
                self.bytes -= self.given(entry, 1)
                self.miss("opened meanwhile", printable(path))
            except OSError as trouble:
                self.fail(trouble, path)
            finally:
                close_chain(chain)

    def used_tree(self, fd, name):
        opened = os.open(name, DIRECTORY, dir_fd=fd)
        try:
            why = self.seen.why(os.fstat(opened))
            for one in os.listdir(opened) if why is None else []:
                found = os.stat(one, dir_fd=opened, follow_symlinks=False)
                why = self.used_tree(opened, one) if stat.S_ISDIR(found.st_mode) else self.seen.why(found)
                if why is not None:
                    break
            return why
        finally:
            os.close(opened)

    def fail(self, trouble, path):
        why = os.strerror(trouble.errno) if trouble.errno else str(trouble)
        count, example = self.failed.get(why, (0, brief(printable(path))))
        self.failed[why] = (count + 1, example)

    def report(self):
        return {"takenFiles": self.files, "takenTrees": self.trees, "takenBytes": self.bytes, "putBack": self.put_back,
                "aside": not self.rule["regenerable"],
                "failed": [{"why": why, "count": count, "example": example} for why, (count, example) in sorted(self.failed.items())]}
