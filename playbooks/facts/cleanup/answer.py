# Part 16 of 16: what was asked, and one line of JSON as the answer. Verbs: scan (changes nothing), clean, undo,
# purge; pack (prints an archive and no answer) and drop.

# The longest answers (bytes): that of a unit is read from its end, of which 64 KiB come; a plan has more room.
LONGEST = {"scan": 900000, "clean": 60000, "undo": 60000, "purge": 60000, "drop": 60000}


def scan(request, take):
    known, seen, now = mounts(), in_use(), time.time()
    rules = []
    for rule in request["rules"]:
        row = {"name": rule["name"], "refused": None}
        rules.append(row)
        try:
            if rule["kernels"]:
                old_kernels(rule, row, take)
                continue
            if take and rule["rotatesJournal"]:
                rotate_journal(rule)
            found, cap, listed = find(rule, seen, known, now, take)
            row.update(report(found))
            if found.over and take:
                raise over_budget(rule, found.files, found.bytes)
            if take:
                taken(row, rule, request, (known, now, cap, listed))
        except Refused as refused:
            row["refused"] = refused.said
        except (OSError, RecursionError, MemoryError, OverflowError) as trouble:
            # What was taken before stands in the row already.
            row["refused"] = {"code": "trouble", "what": "The host can not do what the rule needs.",
                              "found": brief(printable("%s %s" % (getattr(trouble, "strerror", None) or repr(trouble), getattr(trouble, "filename", None) or "")))}
    return {"rules": rules, "deletedButOpen": deleted_but_open(seen), "stuckLogrotate": stuck_logrotate(seen),
            "aside": put_aside(request["home"]), "keptForEver": kept_places(request["home"])}


def over_budget(rule, files, size):
    budget = rule["budget"]
    return Refused("budget", "The rule would take more than its deletion budget; nothing of it was taken.",
                   "%d files and %d bytes, the budget is %d files and %d bytes" % (files, size, budget["files"], budget["bytes"]))


def rotate_journal(rule):
    """Has journald close its files: else the oldest entries stay in those that it writes to."""
    if not any(os.path.isdir(path) for path in rule["where"]):
        return
    try:
        ran = subprocess.run(["journalctl", "--rotate"], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=60)
    except (OSError, subprocess.SubprocessError) as trouble:
        raise Refused("journald", "The journal can not be rotated, so nothing of it was taken.", printable(str(trouble))[:300])
    if ran.returncode != 0:
        raise Refused("journald", "The journal can not be rotated, so nothing of it was taken.", printable(ran.stdout)[:300])


def taken(row, rule, request, look):
    """Takes, and says in the row what was taken, also when a trouble ends it half way."""
    taking = Taking(Found(rule), request)
    try:
        taking.all(*look)
    finally:
        row.update(taking.report())
        for one in row["directories"]:
            try:
                opened = os.open(one["path"], DIRECTORY)
            except OSError:
                continue
            # What was freed is seen when it is on the disk.
            _libc.syncfs(opened)
            one["freeBytesAfter"] = free_bytes(opened)
            os.close(opened)


def clean(request):
    # Whoever works on this host goes first.
    os.nice(10)
    home = request["home"]
    try:
        keep_program(home_directory(home))
    except OSError:
        # On a full disk the rules that only delete do their work all the same.
        pass
    unjudged = put_back_unjudged(home)
    # The controller has compared this clock with its own a moment ago.
    purged = purge(home, time.time(), True)
    # What is deleted at once makes room for the manifests of what is put aside.
    request["rules"].sort(key=lambda rule: not rule["regenerable"])
    answer = scan(request, True)
    drop_empty(home, request["id"], answer)
    for rule in request["rules"]:
        drop_empty(home, own_request(rule, request)["id"], answer)
    answer["purged"], answer["unjudged"] = purged, unjudged
    answer["timer"] = timer(request) if any(row["id"] == request["id"] for row in answer["aside"]) else "not needed"
    return answer


def drop_empty(home, run, answer):
    """The quarantine of a run that has put nothing aside for longer than a moment is not one."""
    nothing = [row for row in answer["aside"] if row["id"] == run and row["entries"] == 0]
    for root, path, name, _ in quarantines(home):
        if name == run and any(row["place"] == printable(path) for row in nothing):
            try:
                empty(root, name)
            except (OSError, Refused):
                return
    answer["aside"] = [row for row in answer["aside"] if row not in nothing]


def keep_program(home):
    """Keeps the program for the timer that empties the quarantine, and for whoever wants to read what was run."""
    opened = os.open(home + "/program.py.new", os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o600)
    write_synced(opened, PROGRAM.encode("utf-8"))
    os.close(opened)
    os.rename(home + "/program.py.new", home + "/program.py")


def timer(request):
    """Has systemd empty the quarantine when its time is over. Where that fails, the next clean-up does it, and its plan says so. Whoever
    is at work then is waited for, an archive of 12 hours too; what fails stays a failed unit, which inspections find."""
    command = ["systemd-run", "--quiet", "--unit=upkeep-purge-%s-%d" % (request["id"], time.time()),
               "--on-active=%ds" % (request["quarantineS"] + 60), "--timer-property=AccuracySec=1min", sys.executable, "-I",
               request["home"] + "/cleanup/program.py", json.dumps({"verb": "purge", "home": request["home"], "lockS": 86400})]
    try:
        ran = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=30)
    except (OSError, subprocess.SubprocessError) as trouble:
        return "failed: " + printable(str(trouble))[:200]
    return "set" if ran.returncode == 0 else "failed: " + printable(ran.stdout)[:200]


def bounded(answer, most):
    """The answer as text of at most so many bytes: where it is longer, names go first, then examples, then reasons, and the
    figures of each rule last. An estate has at most a hundred rules a system, and none of their figures is lost."""
    for level in range(4):
        shown = answer if level == 0 else shortened(answer, level)
        text = json.dumps(shown)
        if len(text) <= most:
            return text
    raise ValueError("an answer of %d bytes" % len(text))


def shortened(answer, level):
    cut = {key: value for key, value in answer.items() if not isinstance(value, list)}
    for key, value in answer.items():
        if isinstance(value, list) and key != "rules":
            cut[key] = value[:(10, 5, 2)[level - 1]]
    if "deletedButOpen" in answer:
        cut["deletedButOpen"] = dict(answer["deletedButOpen"], processes=answer["deletedButOpen"]["processes"][:(3, 2, 0)[level - 1]])
    if "rules" in answer:
        cut["rules"] = [shortened_rule(row, level) for row in answer["rules"]]
    cut["shortened"] = True
    return cut


def shortened_rule(row, level):
    cut = {}
    most = {"largest": (1, 0, 0), "oldest": (1, 0, 0), "held": (30, 30, 0), "failed": (5, 3, 1), "keptNames": (2, 1, 0),
            "directories": (5, 1, 0), "absent": (3, 1, 0), "below": (3, 1, 0)}
    for key, value in row.items():
        if key in most:
            value = value[:most[key][level - 1]]
            if key in ("held", "failed"):
                value = [dict(one, example=one["example"][:60] if level == 1 else "") for one in value]
        if key == "refused" and value is not None and level == 3:
            value = dict(value, what=value["what"][:80], found="")
        if level < 3 or value != [] or key == "failed":
            cut[key] = value
    return cut


def answered(request):
    verb = request["verb"]
    if verb == "scan":
        return scan(request, False)
    # The id becomes the name of a directory.
    if verb != "purge" and (not re.match(r"[a-z0-9][a-z0-9._-]*\Z", request["id"]) or request["id"] == KEPT):
        raise ValueError("an id that is no name")
    with alone(request):
        if verb == "clean":
            return clean(request)
        if verb in ("pack", "drop"):
            return pack(request) if verb == "pack" else drop(request)
        if verb == "undo":
            return undo(request)
        put_back_unjudged(request["home"])
        return purge(request["home"], time.time(), False)


def main():
    request = json.loads(sys.argv[-1])
    os.umask(0o077)
    # Nothing here refers to itself; looking for what does takes a tenth of the time.
    gc.disable()
    sys.setrecursionlimit(4000)
    limit = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    if limit > 0:
        # A deep tree has two open directories a level.
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(limit, 65536), limit))
    try:
        answer = answered(request)
    except Refused as refused:
        answer = refusal(request, refused)
    if answer is not None:
        print(bounded(answer, LONGEST[request["verb"]]))
        if request["verb"] == "purge" and ("refused" in answer or answer["stuck"] > 0):
            sys.exit(1)


def refusal(request, refused):
    """The answer where nothing at all was done."""
    if request["verb"] == "pack":
        # Its output is the archive, and an end that is not good says that there is none.
        sys.exit(refused.said["what"])
    if request["verb"] == "drop":
        return {"gone": 0, "strays": 0, "trouble": refused.said["what"]}
    if request["verb"] == "clean":
        return {"rules": [{"name": rule["name"], "refused": refused.said} for rule in request["rules"]],
                "deletedButOpen": {"files": 0, "bytes": 0, "processes": []}, "stuckLogrotate": [], "aside": [], "keptForEver": []}
    if request["verb"] == "undo":
        return {"found": True, "back": 0, "gone": 0, "left": [], "names": [], "refused": refused.said["what"]}
    return {"refused": refused.said["what"]}


main()
