#!/bin/sh
# First part of the reading of a host with dnf: the host as it is, and what forbids to go on (no dnf 4, a lock).
# shellcheck disable=SC2154,SC2317
stop() {
  section stop echo "$1"
  answer_ends
}

manager() {
  for tool in dnf dnf5 yum rpm rpmkeys apt-get zypper; do
    command -v "$tool" >/dev/null && echo "$tool"
  done
  true
}
section manager manager
for tool in dnf rpm rpmkeys; do command -v "$tool" >/dev/null || stop no-manager; done
# dnf 4 is a program of python3, which has its library; dnf 5 has another one. `dnf` itself is not called: it writes logs.
python=$(sed -n '1s/^#! *\(\/[A-Za-z0-9/._-]*\).*/\1/p' "$(command -v dnf)" 2>/dev/null)
[ -n "$python" ] && "$python" -I -c 'import dnf, hawkey' 2>/dev/null || stop no-manager

space() {
  for place in / /var /boot; do
    [ ! -d "$place" ] || df -B1 --output=avail,size "$place" | sed -n "2s|^|$place |p"
  done
}
section time date +%s%3N
section release cat /etc/os-release
section architecture uname -m
section boot cat /proc/sys/kernel/random/boot_id
section kernel uname -r
section space space

[ -r /proc/locks ] || stop proc-locks
locks=$(lock_holders "$(rpm --eval '%{_dbpath}')/.rpm.lock"; pid_holders /var/lib/dnf/rpmdb_lock.pid)
section locks printf '%s\n' "$locks"
[ -z "$locks" ] || stop locked
