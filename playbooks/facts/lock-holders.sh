#!/bin/sh
# Who holds the locks of a package manager. Lines: file, process, its unit, its command line.
# shellcheck disable=SC2317
unit_of() { sed -n 's,.*/\([^/]*\.\(service\|scope\)\).*,\1,p' "/proc/$1/cgroup" 2>/dev/null | head -n 1; }
told_holder() { printf '%s\t%s\t%s\t%s\n' "$1" "$2" "$(unit_of "$2")" "$(tr '\0\n\t' '   ' <"/proc/$2/cmdline" | head -c 200)"; }

# lock_holders FILE...: a lock counts when /proc/locks has it on the file's inode and the process has that very file
# open: device numbers in /proc/locks are not those of stat on btrfs.
lock_holders() {
  for file; do
    inode=$(stat -c %i "$file" 2>/dev/null) || continue
    awk -v inode="$inode" '{ for (i = 2; i <= NF; i++) if ($i ~ "^[0-9a-f]+:[0-9a-f]+:" inode "$") print $(i - 1) }' /proc/locks |
      sort -un | while read -r pid; do
      [ "$pid" -gt 0 ] || continue
      for fd in "/proc/$pid/fd"/*; do
        [ "$(readlink "$fd")" = "$file" ] || continue
        told_holder "$file" "$pid"
        break
      done
    done
  done
}

# pid_holders FILE...: a file with the number of a process is a lock for as long as that process lives.
pid_holders() {
  for file; do
    [ -r "$file" ] || continue
    pid=$(tr -cd 0-9 <"$file")
    [ -n "$pid" ] && [ -e "/proc/$pid/stat" ] && told_holder "$file" "$pid"
  done
  true
}
