# Part 7 of 7: what was asked, and one line of JSON as the answer. Verbs: scan (changes nothing), clean, undo, purge.


def scan(request, take):
    known, seen, now = mounts(), in_use(), time.time()
    rules = []
    for rule in request["rules"]:
        row = {"name": rule["name"], "refused": None}
        rules.append(row)
        try:
            if take and rule["rotatesJournal"]:
                rotate_journal(rule)
            found = find(rule, seen, known, now)
            row.update(report(found))
            if found.over and take:
                budget = rule["budget"]
                raise Refused("budget", "The rule would take more than its deletion budget; nothing of it was taken.",
                              "%d files and %d bytes, the budget is %d files and %d bytes" % (found.files, found.bytes, budget["files"], budget["bytes"]))
            if take:
                row.update(taken(found, request))
                row["held"] = report(found)["held"]
        except Refused as refused:
            row["refused"] = refused.said
        except OSError as trouble:
            row["refused"] = {"code": "trouble", "what": "The host can not do what the rule needs.",
                              "found": printable("%s %s" % (trouble.strerror, trouble.filename or ""))}
    return {"rules": rules, "deletedButOpen": deleted_but_open(seen), "stuckLogrotate": stuck_logrotate(seen),
            "aside": put_aside(request["home"])}


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


def taken(found, request):
    taking = Taking(found, request, in_use())
    taking.all()
    for one in found.directories:
        try:
            opened = os.open(one["path"], DIRECTORY)
        except OSError:
            continue
        # What was freed is seen when it is on the disk.
        _libc.syncfs(opened)
        one["freeBytesAfter"] = free_bytes(opened)
        os.close(opened)
    return taking.report()


def clean(request):
    # Whoever works on this host goes first.
    os.nice(10)
    try:
        keep_program(home_directory(request["home"]))
    except OSError:
        # On a full disk the rules that only delete do their work all the same.
        pass
    purged = purge(request["home"], time.time())
    # What is deleted at once makes room for the manifests of what is put aside.
    request["rules"].sort(key=lambda rule: not rule["regenerable"])
    answer = scan(request, True)
    answer["purged"] = purged
    answer["timer"] = timer(request) if any(row["id"] == request["id"] for row in answer["aside"]) else "not needed"
    return answer


def keep_program(home):
    """Keeps the program for the timer that empties the quarantine, and for whoever wants to read what was run."""
    opened = os.open(home + "/program.py.new", os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o600)
    write_synced(opened, PROGRAM.encode("utf-8"))
    os.close(opened)
    os.rename(home + "/program.py.new", home + "/program.py")


def timer(request):
    """Has systemd empty the quarantine when its time is over. Where that fails, the next clean-up does it."""
    command = ["systemd-run", "--quiet", "--collect", "--unit=upkeep-purge-%s-%d" % (request["id"], time.time()),
               "--on-active=%ds" % (request["quarantineS"] + 60), "--timer-property=AccuracySec=1min", sys.executable, "-I",
               request["home"] + "/cleanup/program.py", json.dumps({"verb": "purge", "home": request["home"]})]
    try:
        ran = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=30)
    except (OSError, subprocess.SubprocessError) as trouble:
        return "failed: " + printable(str(trouble))[:200]
    return "set" if ran.returncode == 0 else "failed: " + printable(ran.stdout)[:200]


def main():
    request = json.loads(sys.argv[-1])
    os.umask(0o077)
    sys.setrecursionlimit(4000)
    verb = request["verb"]
    if verb == "scan":
        answer = scan(request, False)
    elif verb == "clean":
        answer = clean(request)
    elif verb == "undo":
        answer = undo(request)
    else:
        answer = purge(request["home"], time.time())
    print(json.dumps(answer))


main()
