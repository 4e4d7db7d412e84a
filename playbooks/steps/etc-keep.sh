# Keeps /etc as it was before a change of packages, and what was at work; on the way back puts the one back and starts the
# other: packages alone do not undo what their scripts did there. Stands before the script of a package manager, which sets $mode (install or downgrade), $keep
# (where /etc from before is kept) and $scratch.
say() { printf '%s\n' "$*"; }

# What ldconfig makes, and the history that etckeeper or an admin keeps of /etc: half of it put back would break it.
not_ours='( -path etc/ld.so.cache -o -path etc/.git -o -path etc/.hg -o -path etc/.bzr -o -path etc/.svn -o -path etc/.etckeeper )'

# Every file, link and directory of /etc with content, mode and owner; records end with NUL, as names may hold anything.
state() {
  (
    cd / || exit 1
    find etc -xdev $not_ours -prune -o -type f -print0 | xargs -0r sha256sum -z --
    find etc -xdev $not_ours -prune -o -type l -printf 'link:%l  %p\0'
    find etc -xdev $not_ours -prune -o \( -type f -o -type d \) -printf '%y:%m:%U:%G  %p\0'
  ) | sort -z
}

# Paths of the records in which two states differ.
differing() { LC_ALL=C comm -z -3 "$1" "$2" | sed -z -e 's/^\t//' -e 's/^.*  etc/etc/' | sort -zu; }

# Services and sockets that are at work; not what comes and goes with a log-in, a call or a timer.
running() {
  systemctl list-units --plain --no-legend --no-pager --full --type=service,socket --state=running,listening |
    awk '$1 !~ /^(upkeep-|run-|session-|user@|sshd?@|systemd-hostnamed|systemd-localed|systemd-timedated|polkit|packagekit|unattended-upgrades|apt-daily)/ { print $1 }' >"$scratch/at-work"
  [ -s "$scratch/at-work" ] || return 0
  # shellcheck disable=SC2046
  systemctl show -p Id -p TriggeredBy -- $(cat "$scratch/at-work") |
    awk 'BEGIN { RS = ""; FS = "\n" }
      { id = ""; by = ""
        for (i = 1; i <= NF; i++) { if ($i ~ /^Id=/) id = substr($i, 4); if ($i ~ /^TriggeredBy=/) by = $i }
        if (id != "" && by !~ /\.timer/) print id }'
}

# When each of those was last started or reloaded: another line, and it has read its settings since.
starts() {
  [ -s "$keep/running" ] || return 0
  # shellcheck disable=SC2046
  systemctl show -p Id -p InvocationID -p StateChangeTimestampMonotonic -- $(cat "$keep/running") |
    awk 'BEGIN { RS = ""; FS = "\n" } { for (i = 1; i <= NF; i++) if ($i ~ /^Id=/) id = substr($i, 4); gsub(/\n/, " "); print id, $0 }' | sort
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
    running >"$keep/running" && starts >"$keep/starts" || exit 70
    tar -C / --one-file-system --exclude=etc/ld.so.cache -cpf "$keep/before.tar" etc || exit 70
    state >"$keep/before.new" && mv "$keep/before.new" "$keep/before" || exit 70
  fi
  [ "$mode" = downgrade ] && state >"$scratch/found-etc"
  umask 022
}

# After the change: notes what it made of /etc; on the way back, puts back what the change had altered.
settle_etc() {
  if [ "$mode" = install ]; then
    state >"$keep/after"
  elif [ -e "$keep/before" ]; then
    state >"$scratch/now-etc"
    : >"$scratch/others"
    [ -e "$keep/after" ] && differing "$keep/after" "$scratch/found-etc" >"$scratch/others"
    differing "$keep/before" "$scratch/now-etc" | LC_ALL=C comm -z -23 - "$scratch/others" >"$scratch/restore"
    sed -z -e 's/^.*  etc/etc/' "$keep/before" | sort -zu >"$scratch/existed"
    LC_ALL=C comm -z -12 "$scratch/restore" "$scratch/existed" >"$scratch/put-back"
    # Deepest first, so that directories are empty when their turn comes.
    LC_ALL=C comm -z -23 "$scratch/restore" "$scratch/existed" | sort -zr >"$scratch/remove"
    (cd / && xargs -0r -a "$scratch/remove" sh -c 'for path; do if [ -d "$path" ] && [ ! -L "$path" ]; then rmdir "$path"; else rm -f "$path"; fi; done' sh)
    # With an empty list tar would take everything out, over what others have changed since.
    [ ! -s "$scratch/put-back" ] || tar -C / --no-recursion --null --verbatim-files-from --same-owner -xpf "$keep/before.tar" -T "$scratch/put-back" || exit 74
    # The archive has no labels of SELinux.
    ! command -v restorecon >/dev/null || (cd / && xargs -0r -a "$scratch/put-back" restorecon -F --) || say 'the labels of SELinux were not all put back'
    say "put back $(tr -cd '\0' <"$scratch/restore" | wc -c) paths of /etc that the patch had changed"
    note_restarts
    left=$(tr -cd '\0' <"$scratch/others" | wc -c)
    start_again
    [ "$left" -eq 0 ] || { say "left $left paths of /etc that somebody else changed since:"; tr '\0' '\n' <"$scratch/others" | head -n 20; }
  fi
}

