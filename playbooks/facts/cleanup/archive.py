# Part 15 of 16: archiving. What a rule has put aside for another host goes there as one stream, a tar that is compressed by gzip;
# nothing of it is removed here before that host has read the same bytes back. Until then no time empties its quarantine.

ARCHIVE = ".archive."


def own_request(rule, request):
    """The request with the quarantine of a rule: what is to be archived lies apart, and for as long as it takes."""
    if rule["do"] != "archive":
        return request
    return dict(request, id=request["id"] + ARCHIVE + rule["name"], quarantineS=None)


class Counted:
    """Standard output, with the digest and the number of its bytes."""

    def __init__(self):
        self.sum, self.size = hashlib.sha256(), 0

    def write(self, data):
        view = memoryview(data)
        while len(view):
            view = view[os.write(1, view):]
        self.sum.update(data)
        self.size += len(data)
        return len(data)

    def flush(self):
        pass


def remember_place(home, run, path):
    """Says on the disk, before a run puts anything aside in a quarantine, that what it archives lies there too."""
    if [run, path] not in remembered(home):
        opened = os.open(home_directory(home) + "/archives", os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW, 0o600)
        try:
            append_whole(opened, (json.dumps([run, path]) + "\n").encode("ascii"))
        finally:
            os.close(opened)


def forget_place(home, run, path):
    """What was archived is gone from there. Where that can not be written, it is found to be so."""
    left = [one for one in remembered(home) if one != [run, path]]
    name = home_directory(home) + "/archives"
    try:
        opened = os.open(name + ".new", os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o600)
        try:
            write_synced(opened, "".join(json.dumps(one) + "\n" for one in left).encode("ascii"))
        finally:
            os.close(opened)
        os.rename(name + ".new", name)
    except OSError:
        pass


def remembered(home):
    """[run, path of the quarantine] of all that was put aside to be archived."""
    try:
        with open(home + "/cleanup/archives", encoding="ascii") as lines:
            return [one for one in map(read_line, lines) if isinstance(one, list)]
    except FileNotFoundError:
        return []


def out_of_reach(request):
    """In words, where a run has put aside what can not be looked at now; None when all of it can."""
    reached = [path for _, path in quarantine_roots(request["home"])]
    lost = [path for run, path in remembered(request["home"]) if run == request["id"] and path not in reached]
    if not lost:
        return None
    return "Some of it lies where nothing can be read now; is that file system mounted? %s" % brief(printable(lost[0]))


def set_aside_for(request):
    """Each open quarantine of a rule that archives: its root, itself, and the path of the root."""
    if ARCHIVE not in request["id"]:
        raise ValueError("no quarantine of an archive")
    for root, path, name, _ in quarantines(request["home"]):
        if name == request["id"]:
            fd = own_directory(root, name, False)
            try:
                yield root, fd, path
            finally:
                os.close(fd)


def list_sum(fd):
    """The digest of the list of what was put aside there: what is removed later is what was archived. None where no list is left."""
    found = hashlib.sha256()
    try:
        opened = os.open("manifest", os.O_RDONLY | os.O_NOFOLLOW, dir_fd=fd)
    except FileNotFoundError:
        # The removal was broken off at its very end.
        return None
    with os.fdopen(opened, "rb") as lines:
        for piece in iter(lambda: lines.read(1 << 20), b""):
            found.update(piece)
    return found.hexdigest()


def pack(request):
    """Prints the archive; its digest, size, number of entries and the digests of the lists, one for each place, are the last line of
    the errors. Ends badly where anything that was
    put aside can not be read as it was."""
    import tarfile
    os.nice(10)
    # Who was killed between the taking and the second look has judged nothing of it; what is open may yet be written to.
    seen = in_use()
    if seen.blind:
        raise Refused("blind", "Open files of some processes can not be seen, so nothing is archived.", "process %d" % seen.blind[0])
    lost = out_of_reach(request)
    if lost is not None:
        raise Refused("reach", lost, "")
    out, entries, sums = Counted(), 0, []
    with gzip.GzipFile("", "wb", 6, out, 0) as packed:
        with tarfile.open(fileobj=packed, mode="w|", format=tarfile.PAX_FORMAT, encoding="utf-8", errors="surrogateescape") as tar:
            for _, fd, _ in set_aside_for(request):
                sums.append(list_sum(fd))
                for batch in batches(fd):
                    for row in rows_of(batch):
                        try:
                            if not is_still(fd, row):
                                raise OSError(errno.ESTALE, "another file lies in the quarantine", row[0])
                        except FileNotFoundError:
                            # Never moved, or back already.
                            continue
                        entries += pack_one(tar, tarfile, seen, fd, row[0], batch["d"].rstrip("/") + "/" + row[1])
    said = {"sha256": out.sum.hexdigest(), "bytes": out.size, "entries": entries, "manifest": ",".join(filter(None, sums))}
    print(json.dumps(said), file=sys.stderr)


def pack_one(tar, tarfile, seen, fd, name, path):
    """Adds one thing, of a directory all that is in it; gives how many."""
    # It would remember all of them.
    tar.members = []
    found = os.stat(name, dir_fd=fd, follow_symlinks=False)
    if (found.st_dev, found.st_ino) in seen.open:
        raise OSError(errno.EBUSY, "somebody still has it open", path)
    info = tarfile.TarInfo(path.lstrip("/"))
    info.mode, info.uid, info.gid = stat.S_IMODE(found.st_mode), found.st_uid, found.st_gid
    info.pax_headers = {"mtime": "%d.%09d" % divmod(found.st_mtime_ns, 10 ** 9)}
    if stat.S_ISLNK(found.st_mode):
        info.type, info.linkname = tarfile.SYMTYPE, os.readlink(name, dir_fd=fd)
        tar.addfile(info)
        return 1
    if stat.S_ISDIR(found.st_mode):
        info.type = tarfile.DIRTYPE
        tar.addfile(info)
        opened = os.open(name, DIRECTORY, dir_fd=fd)
        try:
            if mount_id(opened) != mount_id(fd):
                raise OSError(errno.EXDEV, "a mount is in the way", path)
            return 1 + sum(pack_one(tar, tarfile, seen, opened, one, path + "/" + one) for one in sorted(os.listdir(opened)))
        finally:
            os.close(opened)
    if not stat.S_ISREG(found.st_mode):
        raise OSError(errno.EINVAL, "it is no file and no directory", path)
    opened = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK, dir_fd=fd)
    with os.fdopen(opened, "rb") as content:
        info.size = found.st_size
        tar.addfile(info, content)
        now = os.fstat(content.fileno())
        if (now.st_ino, now.st_mtime_ns, now.st_size) != (found.st_ino, found.st_mtime_ns, found.st_size):
            raise OSError(errno.ESTALE, "it was written to while it was read", path)
    return 1


def drop(request):
    """Removes what was archived: what a list names that was archived, and what is still that; the rest is kept for ever."""
    gone, strays, trouble = 0, 0, out_of_reach(request)
    archived = request["manifest"].split(",")
    for root, fd, path in set_aside_for(request):
        try:
            # What one place can not do now does not keep the others from it.
            if list_sum(fd) not in [None] + archived:
                trouble = "The list of what was put aside is another one than that of the archive."
                continue
            strays += empty(root, request["id"], False)
            gone += 1
            forget_place(request["home"], request["id"], path)
        except (OSError, Refused) as error:
            trouble = brief(printable(str(error)))
    return {"gone": gone, "strays": strays, "trouble": trouble}
