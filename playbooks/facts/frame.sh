#!/bin/sh
# Goes before each script of a fact. An answer is lines "@name base64 exit-code"; "@end count" comes last, so that
# nothing that a host prints can pass for another section, and a missing part is seen.
# shellcheck disable=SC2317
set -u
export LC_ALL=C DEBIAN_FRONTEND=noninteractive
sections=0

# section NAME COMMAND...: what the command prints and its exit code; its complaints stay on standard error.
section() {
  sections=$((sections + 1))
  printf '@%s ' "$1"
  shift
  { frame_code=$({ { ("$@") 3>&- 4>&-; echo "$?" >&3; } | base64 -w0 >&4 3>&-; } 3>&1); } 4>&1
  printf ' %s\n' "$frame_code"
}

answer_ends() {
  printf '@end %d\n' "$sections"
  exit 0
}

# unit_of PID: the system unit (or login session) that a process belongs to; empty when it is in none. Reads both
# forms: cgroup v2 ("0::/...") and the systemd hierarchy of v1; a container's own prefix is cut.
unit_of() {
  sed -n -e 's/^0:://p' -e 's/^[0-9]*:name=systemd://p' "/proc/$1/cgroup" 2>/dev/null | awk '
    {
      n = split($0, part, "/"); from = 1
      for (i = 1; i <= n; i++) if (part[i] == "payload" || part[i] ~ /^(system|user)\.slice$/) from = i
      for (i = from; i <= n; i++) if (part[i] ~ /\.(service|scope)$/ && part[i] !~ /^machine-|^payload/) {
        if (unit == "") unit = part[i]
        break
      }
    }
    END { if (unit != "") print unit }'
}
