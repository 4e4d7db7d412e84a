# Part 7 of 16: when the time of a quarantine is over. A clock may be set to any year, so it is said in two ways: by the clock, and
# by how long this machine runs without a restart, which nobody sets.

# CLOCK_BOOTTIME, which has no name in Python 3.6.
BOOTTIME = 7


def boot_id():
    with open("/proc/sys/kernel/random/boot_id") as text:
        return text.read().strip()


def until_text(seconds):
    """What a quarantine says of its time: until when (s since 1970), and in which boot after how many seconds."""
    return ("%d %s %d\n" % (time.time() + seconds, boot_id(), time.clock_gettime(BOOTTIME) + seconds)).encode("ascii")


def until_of(fd, name):
    """Until when (s since 1970); None for what has no time."""
    try:
        return int(until_words(fd, name)[0])
    except (OSError, ValueError, IndexError):
        return None


def until_words(fd, name):
    opened = os.open(name + "/until", os.O_RDONLY | os.O_NOFOLLOW, dir_fd=fd)
    with os.fdopen(opened) as text:
        return text.read(200).split()


def is_over(fd, name, until, now, vouched):
    """Whether a time is over. A clock that a controller has not just compared with its own (`vouched`) proves nothing: then this
    machine must have run that long. After a restart that is not known, and the next clean-up empties it."""
    if until > now or vouched:
        return until <= now
    try:
        words = until_words(fd, name)
        return words[1] == boot_id() and int(words[2]) <= time.clock_gettime(BOOTTIME)
    except (OSError, ValueError, IndexError):
        return False
