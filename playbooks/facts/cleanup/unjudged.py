# Part 11 of 16: what a run has moved aside and not looked at again, since it was killed in between. Nobody has judged it: it goes
# back. Whoever holds the lock of clean-up knows that no such run is at work any more.


def judged_parts(fd):
    """The numbers of a manifest that were looked at once more, as [from, to) in the order in which that was said."""
    parts = []
    try:
        opened = os.open("manifest", os.O_RDONLY | os.O_NOFOLLOW, dir_fd=fd)
    except FileNotFoundError:
        return parts
    with os.fdopen(opened, "rb") as lines:
        for line in lines:
            # The others are long.
            row = read_line(line.decode("ascii", "replace")) if line.startswith(b'{"judged"') else None
            if row is None:
                continue
            first, end = row["judged"]
            if parts and parts[-1][1] == first:
                parts[-1][1] = end
            else:
                parts.append([first, end])
    return parts


def is_judged(parts, name):
    """Whether what has this name in quarantine was looked at once more."""
    number = int(name)
    return any(first <= number < end for first, end in parts)


def put_back_unjudged(home):
    """Puts back what nobody has judged. What can not go back stays aside, and no purge removes it. What is to be archived is looked
    at when it is packed."""
    back = left = 0
    for root, _, name, _ in quarantines(home):
        if ARCHIVE in name:
            continue
        try:
            fd = own_directory(root, name, False)
        except (OSError, Refused):
            left += 1
            continue
        try:
            parts, returning = judged_parts(fd), Returning(fd)
            for batch in batches(fd, newest_first=True):
                for row in reversed(list(rows_of(batch))):
                    if not is_judged(parts, row[0]):
                        why = returning.bring(batch, row)
                        back += 1 if why is None else 0
                        left += 0 if why in (None, "gone") else 1
            returning.leave()
        except OSError:
            left += 1
        finally:
            os.close(fd)
    return {"back": back, "left": left}
