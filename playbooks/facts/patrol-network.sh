#!/bin/sh
# Part of an inspection: what the host's own TCP says of the connection that this is asked over.
# shellcheck disable=SC2016,SC2317
# The sshd above this shell holds its socket; ss tells sockets by the same number. Segments sent again, and all.
section connection limited 5 65536 sh -c '
  command -v ss >/dev/null || exit 0
  pid=$$ inodes=
  for _ in 1 2 3 4 5 6 7 8 9 10 11 12; do
    pid=$(sed -n "s/^PPid:[[:space:]]*//p" "/proc/$pid/status" 2>/dev/null)
    [ "${pid:-0}" -ne 0 ] || break
    case $(cat "/proc/$pid/comm" 2>/dev/null) in sshd*) ;; *) continue ;; esac
    inodes=$(for fd in "/proc/$pid/fd"/*; do readlink "$fd"; done 2>/dev/null | sed -n "s/^socket:\[\([0-9]*\)\]$/ino:\1/p" | tr "\n" " ")
    break
  done
  [ -n "$inodes" ] || exit 0
  ss -H -t -i -e -n state established 2>/dev/null | awk -v inodes=" $inodes" "
    /^[^ \\t]/ { own = 0; for (i = 1; i <= NF; i++) if (\$i ~ /^ino:/ && index(inodes, \" \" \$i \" \")) own = 1; next }
    own {
      again = 0; sent = 0
      for (i = 1; i <= NF; i++) {
        if (\$i ~ /^retrans:/) { split(\$i, part, \"/\"); again = part[2] }
        if (\$i ~ /^data_segs_out:/) sent = substr(\$i, 15)
      }
      if (!told) print again, sent
      told = 1
    }"'
