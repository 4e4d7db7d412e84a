# Clean-up on the host, part 1 of 16: directories are opened one name after the other and held; nothing is ever reached by
# a path again, so a name that is swapped meanwhile leads nowhere else. Python 3.6 and later, standard library only.
import array
import contextlib
import ctypes
import errno
import fcntl
import functools
import gc
import gzip
import hashlib
import heapq
import json
import os
import re
import resource
import stat
import subprocess
import sys
import time

# What no rule may name: itself and all below it ("under"), or itself only ("exact"). The estate is checked for the same;
# this host does not rely on that.
UNDER = """/bin /boot /dev /etc /lib /lib32 /lib64 /libx32 /proc /root /run /sbin /sys /usr/bin /usr/lib /usr/lib64 /usr/sbin
 /usr/share /usr/include /usr/libexec /var/run /var/lock /var/lib/dpkg /var/lib/rpm /var/lib/apt /var/lib/dnf /var/lib/systemd
 /var/lib/upkeep /var/lib/postgresql /var/lib/pgsql /var/lib/mysql /var/lib/mariadb /var/lib/mongodb /var/lib/mongo
 /var/lib/redis /var/lib/etcd /var/lib/docker /var/lib/containers /var/lib/containerd /var/lib/kubelet
 /var/lib/libvirt /var/lib/machines /var/lib/ldap""".split()
EXACT = "/home /media /mnt /opt /srv /usr /usr/local /var /var/lib /var/spool /var/mail /var/opt /var/backups".split()
# A directory with one of these is a database's, whatever it is called.
DATABASE_MARKS = ("PG_VERSION", "ibdata1", "mysql.ibd", "aria_log_control", "WiredTiger")
# File systems that hold nothing to clean, or whose other users this host can not see.
FOREIGN = re.compile(r"^(nfs|nfs4|cifs|smb3|smbfs|9p|ceph|glusterfs|afs|lustre|gpfs|ocfs2|gfs2|fuse(\..*)?|fuseblk|autofs|proc|sysfs"
                     r"|cgroup2?|devtmpfs|devpts|securityfs|debugfs|tracefs|bpf|pstore|efivarfs|squashfs|iso9660|erofs)$")
DIRECTORY = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
DEEPEST = 256
QUARANTINE = ".upkeep-quarantine"


class Refused(Exception):
    """A rule that must not be carried out here: code (without "cleanup/"), what is wrong, what was found."""

    def __init__(self, code, what, found):
        Exception.__init__(self, what)
        self.said = {"code": code, "what": what, "found": brief(found)}


TROUBLES = (OSError, Refused, RecursionError, MemoryError, OverflowError)


def printable(name):
    """A name of any bytes as text for people, one to one: controls, backslash and what is not UTF-8 become \\xNN."""
    raw = os.fsencode(name) if isinstance(name, str) else name
    try:
        text = raw.decode("utf-8")
        return "".join(c if ord(c) > 0x9F or (0x1F < ord(c) < 0x7F and c != "\\") else "\\x%02x" % ord(c) for c in text)
    except UnicodeDecodeError:
        return "".join(chr(b) if 0x1F < b < 0x7F and b != 0x5C else "\\x%02x" % b for b in raw)


def brief(text):
    """A printable path that an answer has room for, whatever somebody has named his files."""
    return text if len(text) <= 240 else text[:150] + "..." + text[-80:]


class Named:
    """A name in a directory and what stat says of it: what os.scandir gives, for Python 3.6, which can not scan an open one."""
    __slots__ = ("fd", "name")

    def __init__(self, fd, name):
        self.fd, self.name = fd, name

    def stat(self, follow_symlinks):
        return os.stat(self.name, dir_fd=self.fd, follow_symlinks=follow_symlinks)


@contextlib.contextmanager
def names_in(fd):
    """The names in an open directory, one after the other: a million of them are never held at once (but by Python 3.6)."""
    if sys.version_info >= (3, 7):
        with os.scandir(fd) as names:
            yield names
    else:
        yield (Named(fd, name) for name in os.listdir(fd))


def mount_id(fd):
    """The mount that an open directory lies on; two bind mounts of one file system differ in it."""
    with open("/proc/self/fdinfo/%d" % fd) as info:
        for line in info:
            if line.startswith("mnt_id:"):
                return int(line.split()[1])
    raise Refused("mount-unknown", "The kernel does not say on which mount a directory lies.", "no mnt_id in fdinfo")


def unescaped(field):
    """A field of mountinfo, in which a blank stands as \\040."""
    return re.sub(r"\\([0-7]{3})", lambda octal: chr(int(octal.group(1), 8)), field)


def mounts():
    """Every mount by its id: type of file system, mount point, options."""
    found = {}
    with open("/proc/self/mountinfo", errors="surrogateescape") as lines:
        for line in lines:
            before, after = line.rstrip("\n").split(" - ", 1)
            fields = before.split(" ")
            kind, source = after.split(" ")[:2]
            found[int(fields[0])] = {"type": kind, "source": unescaped(source), "point": unescaped(fields[4]),
                                     "options": fields[5].split(",")}
    return found


class Place:
    """An open directory: where it is, its device and inode, and its mount."""

    def __init__(self, fd, path):
        self.fd, self.path = fd, path
        self.stat = os.fstat(fd)
        self.mount = mount_id(fd)

    def same_file_system(self, other):
        return (self.stat.st_dev, self.mount) == (other.stat.st_dev, other.mount)

    def close(self):
        os.close(self.fd)


def open_chain(path):
    """Opens "/" and each directory down to a path, following no symbolic link. None when it does not exist."""
    chain = [Place(os.open("/", DIRECTORY), "/")]
    try:
        for name in [part for part in path.split("/") if part]:
            above = chain[-1]
            here = above.path.rstrip("/") + "/" + name
            try:
                chain.append(Place(os.open(name, DIRECTORY, dir_fd=above.fd), here))
            except OSError as trouble:
                if trouble.errno == errno.ENOENT:
                    close_chain(chain)
                    return None
                if trouble.errno in (errno.ELOOP, errno.ENOTDIR):
                    raise Refused("not-a-directory", "A name of the path is a symbolic link, or no directory.", printable(here))
                raise Refused("unreadable", "A directory of the path can not be opened.", "%s: %s" % (printable(here), trouble.strerror))
        return chain
    except Refused:
        close_chain(chain)
        raise


def close_chain(chain):
    for place in chain:
        place.close()


def guard_path(path):
    """Refuses what no rule may name, whoever asks."""
    parts = path.split("/")[1:]
    plain = path.startswith("/") and "" not in parts and "." not in parts and ".." not in parts
    if not plain or "\0" in path or (len(parts) < 2 and path != "/tmp"):
        raise Refused("path", "A rule needs an absolute path of two names or more.", printable(path) or "an empty path")
    is_home = parts[0] == "home" and len(parts) < 3
    if is_home or path in EXACT or any(path == one or path.startswith(one + "/") for one in UNDER):
        raise Refused("protected", "No rule may clean this directory.", printable(path))


def is_database(fd):
    for mark in DATABASE_MARKS:
        try:
            os.stat(mark, dir_fd=fd, follow_symlinks=False)
            return True
        except OSError:
            pass
    return False


def shown_by_fuse(path, known):
    """The mount point of a FUSE file system whose source names a directory, or one above or below it; None when none does."""
    for mount in known.values():
        # A source such as "host:/srv" is of another host.
        if not mount["type"].startswith("fuse") or not mount["source"].startswith("/"):
            continue
        for source in mount["source"].split(":"):
            if source.startswith("/") and not source.startswith("/dev/") and ((path + "/").startswith(source.rstrip("/") + "/")
                                                                            or source.startswith(path + "/")):
                return mount["point"]
    return None


def open_where(path, rule, known):
    """Opens a directory of a rule for work, after every look at it that needs no walk; None when it does not exist."""
    guard_path(path)
    chain = open_chain(path)
    if chain is None:
        return None
    try:
        here = chain[-1]
        mount = known.get(here.mount, {"type": "unknown", "options": []})
        if FOREIGN.match(mount["type"]):
            raise Refused("file-system", "The directory lies on a file system that is not cleaned.", "%s: %s" % (printable(path), mount["type"]))
        shown = shown_by_fuse(path, known)
        if shown is not None:
            raise Refused("fuse", "A FUSE file system shows this directory elsewhere; what is open through it can not be seen.", printable(shown))
        if "ro" in mount["options"]:
            raise Refused("read-only", "The directory lies on a file system that is mounted read-only.", printable(path))
        if here.mount != chain[-2].mount and not rule["mount"]:
            raise Refused("mount-point", "The directory is a mount point, and the rule does not say that this is meant.", printable(path))
        for place in chain[1:]:
            if is_database(place.fd):
                raise Refused("database", "The directory is a database's, or lies in one.", printable(place.path))
        for pin in rule.get("pinned") or []:
            if pin["path"] == path and (pin["dev"], pin["ino"]) != (here.stat.st_dev, here.stat.st_ino):
                raise Refused("moved", "Another directory stands here than when the plan was made.", printable(path))
        return chain
    except Refused:
        close_chain(chain)
        raise


_libc = ctypes.CDLL(None, use_errno=True)
_RENAMEAT2 = {"x86_64": 316, "aarch64": 276, "s390x": 347, "ppc64le": 357, "riscv64": 276}.get(os.uname().machine)


def rename_new(name, fd, to, to_fd):
    """Renames, and never replaces what has the new name already (FileExistsError then)."""
    if _RENAMEAT2 is None:
        raise OSError(errno.ENOSYS, "no renameat2 on this machine")
    done = _libc.syscall(_RENAMEAT2, fd, os.fsencode(name), to_fd, os.fsencode(to), 1)
    if done != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number), name)


def no_way_back(found):
    what = "The host has no rename there that never replaces another file, so what is put aside could not come back; nothing was taken."
    return Refused("no-way-back", what, found)


def guard_kernel():
    """Refuses where the kernel has no such rename. It is asked with names that are nowhere, so a plan writes nothing."""
    try:
        rename_new("", -1, "", -1)
    except OSError as trouble:
        if trouble.errno in (errno.ENOSYS, errno.EPERM, errno.EACCES):
            raise no_way_back(os.strerror(trouble.errno))


def guard_file_system(fd, path):
    """Refuses a file system that has no such rename (OpenZFS before 2.2), tried with a file of our own before anything else moves."""
    forget("z-from", fd)
    forget("z-to", fd)
    os.close(os.open("z-from", os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600, dir_fd=fd))
    try:
        rename_new("z-from", fd, "z-to", fd)
        # The number of a system call is another one's elsewhere: this shows that it was done.
        os.unlink("z-to", dir_fd=fd)
    except OSError as trouble:
        forget("z-from", fd)
        if trouble.errno in (errno.ENOSPC, errno.EDQUOT):
            raise
        raise no_way_back("%s: %s" % (printable(path), trouble.strerror))


def free_bytes(fd):
    answer = os.fstatvfs(fd)
    return answer.f_bavail * answer.f_frsize


def used_percent(fd):
    """How full a file system is for those who are not root, rounded up as df does."""
    answer = os.fstatvfs(fd)
    used = answer.f_blocks - answer.f_bfree
    whole = used + answer.f_bavail
    return 100 if whole == 0 else -(-100 * used // whole)


def no_younger(taking, fd, here, directory):
    """Gives a directory its times back: it is no younger for what was taken out of it."""
    try:
        os.utime(fd, ns=(here.st_atime_ns, here.st_mtime_ns))
    except OSError as trouble:
        taking.fail(trouble, directory)


def write_synced(fd, data):
    view = memoryview(data)
    while len(view):
        view = view[os.write(fd, view):]
    os.fsync(fd)
