# Keeps /etc as it was before a change of packages, and what was at work; on the way back puts the one back and starts the
# other: packages alone do not undo what their scripts did there. Stands before the script of a package manager, which sets $mode (install or downgrade), $keep
# (where /etc from before is kept) and $scratch.
say() { printf '%s\n' "$*"; }

# What ldconfig makes, and the history that etckeeper or an admin keeps of /etc: half of it put back would break it.
not_ours='( -path etc/ld.so.cache -o -path etc/.git -o -path etc/.hg -o -path etc/.bzr -o -path etc/.svn -o -path etc/.etckeeper )'

# Every file, link and directory of /etc with content, mode and owner: PATH//WHAT. Names may hold anything but NUL, with which
# records end, and an empty part, so that the first `//` ends the path.
state() {
  (
    cd / || exit 1
    find etc -xdev $not_ours -prune -o -type f -print0 | xargs -0r sha256sum -z -- | LC_ALL=C sed -z 's,^\([0-9a-f]*\)  \(.*\)$,\2//\1,'
    find etc -xdev $not_ours -prune -o -type l -printf '%p//link:%l\0' -o \( -type f -o -type d \) -printf '%p//%y:%m:%U:%G\0'
  ) | LC_ALL=C sort -z
}

# Paths of records, each once.
paths() { LC_ALL=C sed -z 's,//.*$,,' | LC_ALL=C sort -zu; }

# Paths of the records in which two states differ.
differing() { LC_ALL=C comm -z -3 "$1" "$2" | LC_ALL=C sed -z 's/^\t//' | paths; }

# How many names end with NUL, and the first of them.
count() { tr -cd '\0' <"$1" | wc -c; }
first_of() { tr '\0' '\n' <"$1" | head -n 20; }

# Keeps aside what is about to be replaced or removed: what it is nobody has recorded, so it may be somebody's work.
keep_replaced() {
  (cd / && xargs -0r -a "$scratch/restore" sh -c 'for path; do if [ -e "$path" ] || [ -L "$path" ]; then printf "%s\0" "$path"; fi; done' sh) >"$scratch/replaced"
  [ -s "$scratch/replaced" ] || return 0
  say 'the change was cut off before it recorded what it had made of /etc, so all that differs from before is put back:'
  first_of "$scratch/replaced"
  if tar -C / --no-recursion --null --verbatim-files-from -cpf "$keep/replaced.tar" -T "$scratch/replaced"; then
    say "as it was it lies in $keep/replaced.tar until the rollout's leftovers expire"
  else
    rm -f "$keep/replaced.tar"
    say 'it could not be kept aside'
  fi
}

# Notes the services and sockets that are at work, not what comes and goes with a log-in, a call or a timer, and when each
# was last started or reloaded: another line, and it has read its settings since.
note_running() {
  : >"$keep/running" && : >"$keep/starts" || return 1
  systemctl list-units --plain --no-legend --no-pager --full --type=service,socket --state=running,listening |
    awk '$1 !~ /^(upkeep-|run-|session-|user@|sshd?@|systemd-hostnamed|systemd-localed|systemd-timedated|polkit|packagekit|unattended-upgrades|apt-daily)/ { print $1 }' >"$scratch/at-work"
  [ -s "$scratch/at-work" ] || return 0
  # systemd gathers all that it knows of a unit each time that it is asked, so it is asked once.
  # shellcheck disable=SC2046
  systemctl show -p Id -p TriggeredBy -p InvocationID -p StateChangeTimestampMonotonic -- $(cat "$scratch/at-work") |
    start_lines >"$scratch/starts" &&
    awk '{ print $1 }' "$scratch/starts" >"$keep/running" &&
    sort "$scratch/starts" >"$keep/starts"
}

# Of what systemd shows of units a line each: its name, and all but what triggers it; those that a timer triggers are left out.
start_lines() {
  awk 'BEGIN { RS = ""; FS = "\n" }
    { id = ""; by = ""; line = ""
      for (i = 1; i <= NF; i++) {
        if ($i ~ /^Id=/) id = substr($i, 4)
        if ($i ~ /^TriggeredBy=/) by = $i; else line = line " " $i
      }
      if (id != "" && by !~ /\.timer/) print id line }'
}

# The same lines of those that were at work before, as they are now.
starts() {
  [ -s "$keep/running" ] || return 0
  # shellcheck disable=SC2046
  systemctl show -p Id -p InvocationID -p StateChangeTimestampMonotonic -- $(cat "$keep/running") | start_lines | sort
}

# Names, for the step that restarts services, those which have read the patch's settings: they keep them until told.
note_restarts() {
  [ -e "$keep/starts" ] && [ -s "$scratch/restore" ] || return 0
  starts >"$scratch/starts"
  comm -13 "$keep/starts" "$scratch/starts" | awk '{ print $1 }' >"$keep/restart"
}

# Starts what ran before the patch and does not any more.
start_again() {
  [ -e "$keep/running" ] || return 0
  while read -r unit; do
    case $(systemctl show -p LoadState -p ActiveState --value "$unit" | tr '\n' ' ') in
      'loaded inactive '* | 'loaded failed '*) systemctl start "$unit" && say "started $unit, which ran before" ;;
    esac
  done <"$keep/running"
}

# Keeps /etc aside before the first change, or notes how it is before the way back.
keep_etc() {
  umask 077
  mkdir -p "$keep" || exit 70
  if [ "$mode" = install ] && [ ! -e "$keep/before" ]; then
    note_running || exit 70
    tar -C / --one-file-system --exclude=etc/ld.so.cache -cpf "$keep/before.tar" etc || exit 70
    state >"$keep/before.new" && mv "$keep/before.new" "$keep/before" || exit 70
  fi
  [ "$mode" = downgrade ] && state >"$scratch/found-etc"
  umask 022
}

# After the change: notes what it made of /etc; on the way back, puts back what the change had altered.
settle_etc() {
  if [ "$mode" = install ]; then
    # Whole or not at all: what it lacks would be taken for somebody else's work.
    state >"$keep/after.new" && mv "$keep/after.new" "$keep/after" || {
      rm -f "$keep/after.new"
      say 'what the change made of /etc could not be recorded'
    }
  elif [ -e "$keep/before" ]; then
    state >"$scratch/now-etc"
    : >"$scratch/others"
    [ ! -e "$keep/after" ] || differing "$keep/after" "$scratch/found-etc" >"$scratch/others"
    differing "$keep/before" "$scratch/now-etc" | LC_ALL=C comm -z -23 - "$scratch/others" >"$scratch/restore"
    [ -e "$keep/after" ] || keep_replaced
    paths <"$keep/before" >"$scratch/existed"
    LC_ALL=C comm -z -12 "$scratch/restore" "$scratch/existed" >"$scratch/put-back"
    # Deepest first, so that directories are empty when their turn comes.
    LC_ALL=C comm -z -23 "$scratch/restore" "$scratch/existed" | LC_ALL=C sort -zr >"$scratch/remove"
    (cd / && xargs -0r -a "$scratch/remove" sh -c 'for path; do if [ -d "$path" ] && [ ! -L "$path" ]; then rmdir "$path"; else rm -f "$path"; fi; done' sh)
    # With an empty list tar would take everything out, over what others have changed since.
    [ ! -s "$scratch/put-back" ] || tar -C / --no-recursion --null --verbatim-files-from --same-owner -xpf "$keep/before.tar" -T "$scratch/put-back" || exit 74
    # The archive has no labels of SELinux.
    ! command -v restorecon >/dev/null || (cd / && xargs -0r -a "$scratch/put-back" restorecon -F --) || say 'the labels of SELinux were not all put back'
    say "put back $(count "$scratch/restore") paths of /etc that the patch had changed"
    note_restarts
    start_again
    [ ! -s "$scratch/others" ] || { say "left $(count "$scratch/others") paths of /etc that somebody else changed since:"; first_of "$scratch/others"; }
  fi
}

