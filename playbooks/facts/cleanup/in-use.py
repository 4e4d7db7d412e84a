# Part 2 of 16: what is in use. Files and directories that a process or a thread of it has open, works in, or has mapped;
# locks; sockets; and files that were deleted while somebody still has them open, whose bytes no clean-up gives back.

# File systems that may never answer: nothing on them is a candidate, so nothing on them is asked.
MAY_HANG = re.compile(r"^(nfs|nfs4|cifs|smb3|smbfs|9p|ceph|glusterfs|afs|lustre|gpfs|fuse(\..*)?|fuseblk|autofs)$")
GONE = (errno.ENOENT, errno.ESRCH)
# kcmp(2): whether two tasks share their memory, their open files, their root and working directory.
KCMP = {"x86_64": 312, "aarch64": 272, "s390x": 343, "ppc64le": 354, "riscv64": 272}.get(os.uname().machine)
VM, FILES, FS = 1, 2, 3


class InUse:
    """Inodes in use: `open` as (device, inode); `mapped` and `locked` by inode alone, since those tables of the kernel
    name another device than stat does on btrfs and overlay. So one may be spared too many, and none too few."""

    def __init__(self):
        self.open, self.mapped, self.locked, self.mounted = set(), set(), set(), set()
        self.blind = []
        self.deleted = {}
        self.seen_deleted = set()
        # Mount namespaces that were read, and the mounts in them that may hang, by id and by point.
        self.spaces, self.hanging, self.hanging_points = set(), set(), set()
        self.all = None

    def numbers(self):
        """The inodes of all that is in use, on whatever device: one that is not among them is not in use, of one that is `why` knows."""
        if self.all is None:
            self.all = {number for _, number in self.open | self.mounted} | self.mapped | self.locked
        return self.all

    def why(self, found):
        number = found.st_ino
        key = (found.st_dev, number)
        if key in self.open:
            return "open"
        if key in self.mounted:
            return "mounted elsewhere"
        if number in self.mapped:
            return "mapped"
        if number in self.locked:
            return "locked"
        return None

    def may_hang(self, target):
        return any(target == point or target.startswith(point + "/") for point in self.hanging_points)


def in_use():
    """Asks /proc once. A process that ends meanwhile is no trouble; one that may not be looked into makes this blind."""
    seen = InUse()
    for pid in os.listdir("/proc"):
        if not pid.isdigit():
            continue
        try:
            tasks = os.listdir("/proc/%s/task" % pid)
        except OSError:
            continue
        for task in [pid] + [one for one in tasks if one != pid]:
            try:
                note_task(seen, pid, task)
            except OSError as trouble:
                if trouble.errno not in GONE:
                    seen.blind.append(int(pid))
                    break
    note_loops(seen)
    with open("/proc/locks") as lines:
        for line in lines:
            found = re.search(r" [0-9a-f]+:[0-9a-f]+:(\d+) ", line)
            if found:
                seen.locked.add(int(found.group(1)))
    return seen


def shares(pid, task, what):
    """Whether a thread has the same as the first one of its process. That one may have ended, and has nothing then."""
    return KCMP is not None and _libc.syscall(KCMP, int(pid), int(task), what, 0, 0) == 0


def note_task(seen, pid, task):
    base = "/proc/%s/task/%s" % (pid, task)
    is_first = pid == task
    if is_first or not shares(pid, task, FS):
        try:
            space = os.stat(base + "/ns/mnt").st_ino
            if space not in seen.spaces:
                note_mounted(seen, base)
                seen.spaces.add(space)
        except OSError as trouble:
            if trouble.errno not in GONE:
                raise
        for link in ("cwd", "root"):
            note_open(seen, pid, base, link)
    if is_first or not shares(pid, task, FILES):
        for number in os.listdir(base + "/fd"):
            note_open(seen, pid, base, "fd/" + number)
    if is_first or not shares(pid, task, VM):
        note_mapped(seen, base)


def note_open(seen, pid, base, link):
    try:
        target = os.readlink(base + "/" + link)
        # Sockets, pipes and the like have no place in a directory.
        if not target.startswith("/"):
            return
        if seen.hanging and (mount_of(base, link) in seen.hanging if link.startswith("fd/") else seen.may_hang(target)):
            return
        found = os.stat(base + "/" + link)
    except OSError as trouble:
        if trouble.errno in GONE:
            return
        raise
    key = (found.st_dev, found.st_ino)
    seen.open.add(key)
    if stat.S_ISREG(found.st_mode) and found.st_nlink == 0 and target.endswith(" (deleted)") and key not in seen.seen_deleted:
        # Memory under the name of a file holds no room on a disk.
        if target.startswith(("/memfd:", "/dev/shm/", "/dev/zero", "/SYSV")):
            return
        seen.seen_deleted.add(key)
        held = seen.deleted.setdefault(pid, [])
        held.append((found.st_blocks * 512, target[: -len(" (deleted)")]))


def mount_of(base, link):
    """The id of the mount that an open file lies on, asked of the kernel and not of the file system."""
    with open("%s/fdinfo/%s" % (base, link[3:])) as info:
        for line in info:
            if line.startswith("mnt_id:"):
                return int(line.split()[1])
    return None


def note_mapped(seen, base):
    with open(base + "/maps", errors="surrogateescape") as lines:
        for line in lines:
            fields = line.split(None, 5)
            if len(fields) > 4 and fields[4] != "0":
                seen.mapped.add(int(fields[4]))


def note_mounted(seen, base):
    """What is mounted somewhere, as a process sees it: a directory that a container or a bind mount shows elsewhere."""
    with open(base + "/mountinfo", errors="surrogateescape") as lines:
        for line in lines:
            before, after = line.rstrip("\n").split(" - ", 1)
            fields = before.split(" ")
            point = unescaped(fields[4])
            kind = after.split(" ")[0]
            if MAY_HANG.match(kind):
                seen.hanging.add(int(fields[0]))
                seen.hanging_points.add(point)
            # A whole file system is met as a mount; and one that hangs must not be asked.
            if fields[3] == "/" or FOREIGN.match(kind) or seen.may_hang(point):
                continue
            try:
                found = os.stat(base + "/root" + point)
            except OSError:
                continue
            seen.mounted.add((found.st_dev, found.st_ino))


def note_loops(seen):
    """Files that the kernel itself has open, as disks: no process has them."""
    for name in os.listdir("/sys/block") if os.path.isdir("/sys/block") else []:
        try:
            with open("/sys/block/%s/loop/backing_file" % name, errors="surrogateescape") as path:
                found = os.stat(path.read().rstrip("\n"))
        except OSError:
            continue
        seen.open.add((found.st_dev, found.st_ino))


def deleted_but_open(seen, most=10):
    """Files that are gone and still take room, by process, the largest first: only a restart of it gives the bytes back."""
    rows = []
    for pid, files in seen.deleted.items():
        try:
            with open("/proc/%s/comm" % pid, errors="surrogateescape") as comm:
                command = printable(comm.read().rstrip("\n"))
        except OSError:
            continue
        size, path = max(files)
        rows.append({"pid": int(pid), "command": command, "files": len(files), "bytes": sum(one for one, _ in files),
                     "largest": brief(printable(path)), "unit": unit_of(pid)})
    rows.sort(key=lambda row: -row["bytes"])
    return {"files": sum(row["files"] for row in rows), "bytes": sum(row["bytes"] for row in rows), "processes": rows[:most]}


def unit_of(pid):
    """The systemd unit that a process belongs to, as its cgroup says it; None when it belongs to none."""
    try:
        with open("/proc/%s/cgroup" % pid) as lines:
            for line in lines:
                units = [part for part in line.strip().split("/") if part.endswith((".service", ".scope"))]
                if units:
                    return printable(units[-1])
    except OSError:
        pass
    return None


def stuck_logrotate(seen):
    """Temporary files that a logrotate left when the disk was full: with them it never rotates again."""
    found = []
    for path in ("/var/lib/logrotate/status.tmp", "/var/lib/logrotate/logrotate.status.tmp", "/var/lib/logrotate.status.tmp"):
        try:
            seen_file = os.lstat(path)
        except OSError:
            continue
        if stat.S_ISREG(seen_file.st_mode) and seen.why(seen_file) is None and time.time() - seen_file.st_mtime > 3600:
            found.append({"path": path, "bytes": seen_file.st_size, "mtime": int(seen_file.st_mtime)})
    return found
