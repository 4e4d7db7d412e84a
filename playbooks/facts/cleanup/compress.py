# Part 9 of 16: a file compressed beside itself, and a file cut down to its end.


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


def name_given(aside, name, new, fd, entry, made):
    """Gives what was made of a file the name NAME.gz. Else: why the file itself must go back, in words; what stands under NAME.gz
    of it all the same; and the trouble."""
    named = None
    try:
        if not is_same(os.stat(name, dir_fd=aside, follow_symlinks=False), entry):
            return "changed meanwhile", None, None
        rename_new(new, aside, entry.name + ".gz", fd)
        named = made
        os.fsync(fd)
        return None, named, None
    except FileExistsError:
        return "its compressed file stands there already", None, None
    except OSError as trouble:
        return "its compressed file can not be put there", named, trouble


def forget(name, fd):
    try:
        os.unlink(name, dir_fd=fd)
    except FileNotFoundError:
        pass


def cut(fd, entry, keep):
    """Gives back what a file holds before its last `keep` bytes, and nothing else: whoever writes to it goes on where he is, no
    line is lost between two steps, and its end stays. What was there reads as zeros. Bytes given back; None when it is another file."""
    opened = os.open(entry.name, os.O_RDWR | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, dir_fd=fd)
    try:
        before = os.fstat(opened)
        if not stat.S_ISREG(before.st_mode) or before.st_ino != entry.inode or before.st_nlink != 1:
            return None
        length = (before.st_size - keep) // 4096 * 4096
        if length <= 0:
            return 0
        # Keep the size, punch a hole.
        if _fallocate(opened, 1 | 2, 0, length) != 0:
            number = ctypes.get_errno()
            raise OSError(number, os.strerror(number), entry.name)
        return max(0, (before.st_blocks - os.fstat(opened).st_blocks) * 512)
    finally:
        os.close(opened)


_fallocate = _libc.fallocate
_fallocate.argtypes = [ctypes.c_int, ctypes.c_int, ctypes.c_int64, ctypes.c_int64]
