# Part 13 of 16: taking. What a walk finds is moved into the quarantine first, where nobody else gets at it, and there it is
# looked at again, by what it is and not by its name: what is another file, changed or in use goes back. Only then is anything deleted. Files that
# can be had again are deleted where they are.

# Things that lie in quarantine before all of them are looked at once more.
HANDFUL = 10000


def is_same(now, entry):
    """Whether what was moved is what was found: that very file, not written to since, or that very directory."""
    return now.st_ino == entry.inode and stat.S_ISDIR(now.st_mode) == entry.is_tree and (entry.is_tree or now.st_mtime_ns == entry.mtime_ns)


class Taking:
    """The work of one rule: a second walk, whose candidates are taken in handfuls."""

    def __init__(self, found, request):
        # What stays is told by this walk, the figures of the one before are the plan's.
        self.found, self.rule, self.request = found, found.rule, own_request(found.rule, request)
        self.files = self.trees = self.bytes = self.put_back = self.kept = 0
        self.failed, self.links, self.unlinked, self.places = {}, {}, {}, {}
        self.seen, self.fresh_until = None, 0
        self.kept_names = []
        self.aside = []  # (walk, quarantine, name there, directory, its inode, entry, what was made of it)
        self.spent = {"files": 0, "bytes": 0}

    def all(self, known, now, cap, listed):
        """Takes; what was taken before a trouble is told with it."""
        def taking(walk, chain):
            return (lambda fd, names, entries: self.handful(walk, chain, fd, names, entries),
                    lambda fd, names, files: self.files_of(walk, chain, fd, names, files))

        try:
            self.look_around()
            if listed is not None and listed.is_whole:
                delete_listed(self, listed, known, now)
            else:
                walk_all(self.found, self.seen, known, now, cap, taking, False)
        except OSError as trouble:
            # What was put aside so far is in the manifest; the rest stays where it is.
            self.fail(trouble, trouble.filename if isinstance(trouble.filename, str) else "")
        finally:
            try:
                self.settle()
            finally:
                for quarantine in self.places.values():
                    quarantine.close()

    def look_around(self):
        """Asks what is in use now."""
        began = time.monotonic()
        self.seen = in_use()
        if self.seen.blind:
            raise Refused("blind", "Open files of some processes can not be seen, so none is known to be free.",
                          "process " + ", ".join(str(pid) for pid in self.seen.blind[:5]))
        self.fresh_until = began + max(FRESH_S, FRESH_TIMES * (time.monotonic() - began))

    def files_of(self, walk, chain, fd, names, files):
        if at_once(self.rule):
            delete_here(self, walk, fd, names, files.names, files.inodes, files.mtimes)
        else:
            self.handful(walk, chain, fd, names, files.entries())

    def handful(self, walk, chain, fd, names, entries):
        walk.seen = self.seen
        if at_once(self.rule):
            files = [one for one in entries if not one.is_tree]
            delete_here(self, walk, fd, names, [one.name for one in files], [one.inode for one in files], [one.mtime_ns for one in files])
            entries = [one for one in entries if one.is_tree]
        directory = "/".join([walk.top.path] + names)
        entries = [one for one in entries if self.affordable(one, directory)]
        if not entries:
            return
        here = os.fstat(fd)
        if self.rule["do"] == "truncate":
            self.truncate(fd, entries, directory)
        elif self.rule["do"] == "compress":
            self.compress(walk, self.place(chain), fd, here, entries, directory)
        else:
            self.move(walk, chain, fd, here, entries, directory)
        no_younger(self, fd, here, directory)
        if len(self.aside) >= HANDFUL:
            self.settle()

    def affordable(self, entry, directory):
        """Whether the budget has room: more may be there than when it was counted, and none of that goes."""
        budget = self.rule["budget"]
        files, size = self.spent["files"] + entry.files, self.spent["bytes"] + (entry.bytes if entry.links == 1 else 0)
        if files > budget["files"] or size > budget["bytes"]:
            self.miss("above the budget meanwhile", directory, entry)
            return False
        self.spent = {"files": files, "bytes": size}
        return True

    def miss(self, why, directory, entry):
        self.found.hold(why, lambda: printable(directory + "/" + entry.name))

    def place(self, chain):
        here = chain[-1]
        key = (here.stat.st_dev, here.mount)
        if key not in self.places:
            self.places[key] = Quarantine(chain, self.request)
        return self.places[key]

    def move(self, walk, chain, fd, here, entries, directory):
        try:
            quarantine = self.place(chain)
            names = quarantine.announce(directory, here.st_ino, entries)
        except OSError as trouble:
            if not self.rule["regenerable"] or trouble.errno not in (errno.ENOSPC, errno.EDQUOT):
                raise
            for entry in entries:
                self.miss("no room to put it aside", directory, entry)
            return
        for name, entry in zip(names, entries):
            # What was moved is looked at when the handful is: all of it lies where nobody else gets at it.
            if self.take(quarantine, fd, name, entry, directory):
                self.aside.append((walk, quarantine, name, directory, here.st_ino, entry, None))
                self.took(entry, 1, walk.device)

    def take(self, quarantine, fd, name, entry, directory):
        """Moves one thing."""
        try:
            os.rename(entry.name, name, src_dir_fd=fd, dst_dir_fd=quarantine.fd)
        except FileNotFoundError:
            self.miss("gone meanwhile", directory, entry)
            return False
        except OSError as trouble:
            self.fail(trouble, directory + "/" + entry.name)
            return False
        return True

    def compress(self, walk, quarantine, fd, here, entries, directory):
        """Writes NAME.gz beside each file, reads it back, takes the file itself, looks at it again, and only then gives NAME.gz its name."""
        for entry in entries:
            # While this stands in quarantine beside the file itself, it has no name yet, and no purge removes the file.
            new, is_moved = "z%08d" % quarantine.next, False
            try:
                made = compressed(fd, entry, quarantine.fd, new)
                if made is None:
                    self.miss("changed meanwhile", directory, entry)
                    continue
                gz = [made.st_ino, made.st_mtime_ns, made.st_size]
                [name] = quarantine.announce(directory, here.st_ino, [entry], gz)
                is_moved = True
                if not self.take(quarantine, fd, name, entry, directory):
                    is_moved = False
                    continue
                why, named, trouble = name_given(quarantine.fd, name, new, fd, entry, made)
                if trouble is not None:
                    self.fail(trouble, directory + "/" + entry.name)
                if why is None:
                    self.aside.append((walk, quarantine, name, directory, here.st_ino, entry, made))
                    self.took(entry, 1, walk.device, made)
                else:
                    self.back(quarantine, name, fd, entry, directory, why, named)
                is_moved = False
            except FileNotFoundError:
                self.miss("gone meanwhile", directory, entry)
            except OSError as trouble:
                self.fail(trouble, directory + "/" + entry.name)
            finally:
                if not is_moved:
                    forget(new, quarantine.fd)

    def truncate(self, fd, entries, directory):
        for entry in entries:
            try:
                given = cut(fd, entry, self.rule["keepTail"])
                if given is None:
                    self.miss("changed meanwhile", directory, entry)
                elif given > 0:
                    self.files += 1
                    self.bytes += given
            except OSError as trouble:
                self.fail(trouble, directory + "/" + entry.name)

    def took(self, entry, step, device, made=None):
        """Counts what was taken (step 1), or what went back (-1)."""
        self.files += step * entry.files
        self.trees += step if entry.is_tree else 0
        if made is not None:
            self.bytes += step * max(0, entry.bytes - made.st_blocks * 512)
        elif entry.links == 1:
            self.bytes += step * entry.bytes
        else:
            # Room comes back with the last link.
            key = (device, entry.inode)
            before = self.links.get(key, entry.links)
            self.links[key] = before - step
            self.bytes += step * entry.bytes if min(before, before - step) == 0 else 0
            few_enough(self.links)

    def settle(self):
        """Looks at everything that was put aside once more, now that nobody else can reach it; what was opened in the instant
        before is used on, so it goes back, where a restart finds it too. Then what needs no quarantine is deleted."""
        if not self.aside:
            return
        aside, self.aside = self.aside, []
        unseen = None
        try:
            self.seen = in_use()
            self.fresh_until = 0  # who can not be seen now is asked for again before anything is deleted where it lies
        except TROUBLES as trouble:
            unseen = trouble
        for walk, quarantine, name, directory, inode, entry, made in aside:
            try:
                why = self.judged(unseen, walk, quarantine, name, directory, entry)
                if why is not None:
                    self.put_back_there(walk, quarantine, name, directory, inode, entry, why, made)
                elif self.rule["regenerable"]:
                    remove(name, quarantine.fd, entry.is_tree)
            except OSError as trouble:
                self.fail(trouble, directory + "/" + entry.name)
        for quarantine in self.places.values():
            try:
                quarantine.judged()
            except OSError:
                # On a full disk it is as if nobody had looked: what lies there goes back with the next clean-up.
                pass

    def judged(self, unseen, walk, quarantine, name, directory, entry):
        """Why a thing goes back, None when it may go. What can not be looked at again nobody has judged, so that goes back too."""
        trouble = unseen
        if trouble is None:
            try:
                return self.second_look(walk, quarantine, name, entry)
            except TROUBLES as error:
                trouble = error
        self.fail(trouble, directory + "/" + entry.name)
        return "can not be looked at again"

    def second_look(self, walk, quarantine, name, entry):
        now = os.stat(name, dir_fd=quarantine.fd, follow_symlinks=False)
        if not is_same(now, entry):
            return "changed meanwhile"
        if not entry.is_tree:
            why = "process that can not be seen" if self.seen.blind else self.seen.why(now)
            return None if why is None else why + " meanwhile" if why != "open" else "opened meanwhile"
        if self.seen.blind:
            return "process that can not be seen meanwhile"
        opened, why = opened_directory(quarantine.fd, name, now, walk.device, mount_id(quarantine.fd))
        if why is not None:
            return why + " (in the tree)"
        try:
            tree = Tree(walk, self.seen)
            why = tree.look(opened, now, entry.path, 0, moved=True)
            if why is None and tree.newest > max(entry.when_ns, walk.cutoff):
                why = "young"
            return None if why is None else "opened meanwhile" if why == "open (in the tree)" else why + " meanwhile"
        finally:
            os.close(opened)

    def put_back_there(self, walk, quarantine, name, directory, inode, entry, why, made):
        try:
            chain = open_chain(directory)
        except TROUBLES:
            chain = None
        try:
            to = chain[-1].fd if chain is not None and chain[-1].stat.st_ino == inode else None
            self.back(quarantine, name, to, entry, directory, why, made)
            self.took(entry, -1, walk.device, made)
            if to is not None:
                os.utime(to, ns=(chain[-1].stat.st_atime_ns, chain[-1].stat.st_mtime_ns))
        finally:
            if chain is not None:
                close_chain(chain)

    def back(self, quarantine, name, fd, entry, directory, why, made):
        """Puts a thing back under its name; where that is taken, or its directory gone, it is kept for ever, and named."""
        try:
            if fd is None:
                raise FileNotFoundError(errno.ENOENT, "its directory is gone")
            rename_new(name, quarantine.fd, entry.name, fd)
        except OSError as trouble:
            path = directory + "/" + entry.name
            try:
                place = quarantine.path.rsplit("/", 1)[0] + "/" + quarantine.keep(name, path)
            except (OSError, Refused):
                place = quarantine.path + "/" + quarantine.spare(name)
            self.kept += 1
            if len(self.kept_names) < SHOWN:
                self.kept_names.append({"path": brief(printable(path)), "place": brief(printable(place)),
                                        "why": "%s; %s" % (why, trouble.strerror or "it can not go back")})
            return
        self.put_back += 1
        self.miss(why, directory, entry)
        if made is not None:
            drop_compressed(fd, entry.name, [made.st_ino, made.st_mtime_ns, made.st_size])

    def fail(self, trouble, path):
        number = getattr(trouble, "errno", None)
        why = os.strerror(number) if number else str(trouble) or type(trouble).__name__
        count, example = self.failed.get(why, (0, brief(printable(path))))
        self.failed[why] = (count + 1, example)

    def report(self):
        return {"takenFiles": self.files, "takenTrees": self.trees, "takenBytes": self.bytes, "putBack": self.put_back,
                "aside": not self.rule["regenerable"], "held": held_rows(self.found.held), "failed": held_rows(self.failed),
                "kept": self.kept, "keptNames": self.kept_names}
