#!/bin/sh
# What must be right about a host before anybody works on it. $1 its package manager: apt or dnf.
# shellcheck disable=SC2016,SC2317
manager=${1:-apt}
rights() { printf '%s %s\n' "$(id -u)" "${SUDO_USER:--}"; }
space() {
  for place in / /var /boot; do
    [ ! -d "$place" ] || df -B1 --output=avail,size,iavail,itotal "$place" | sed -n "2s|^|$place |p"
  done
}
tools() {
  case $manager in
    dnf) of_manager='dnf rpm rpmkeys paste' ;;
    *) of_manager='perl dpkg dpkg-query dpkg-deb apt-get apt-cache apt-config' ;;
  esac
  for tool in base64 sha256sum md5sum awk sed grep find xargs sort comm df stat head tail tr cut mktemp readlink tar gzip \
    systemctl systemd-run $of_manager; do
    if command -v "$tool" >/dev/null; then echo "$tool yes"; else echo "$tool no"; fi
  done
  # Where PostgreSQL is: what counts rows that a snapshot would lose, and dumps them.
  for engine in /usr/lib/postgresql/*/bin/postgres /usr/pgsql-*/bin/postgres /usr/bin/postgres; do
    [ -x "$engine" ] || continue
    for tool in psql pg_dump pg_dumpall pg_waldump pg_controldata; do
      if [ -x "${engine%/*}/$tool" ] || [ -x "/usr/bin/$tool" ]; then echo "$tool yes"; else echo "$tool no"; fi
    done
  done
}
init() { printf '%s %s\n' "$(cat /proc/1/comm)" "$(systemctl is-system-running 2>/dev/null)"; }
failed() { systemctl list-units --failed --plain --no-legend --no-pager --full | awk '{ print $1 }'; }
unfinished() {
  if [ "$manager" = dnf ]; then
    rpm -qa --qf '%{NAME}.%{ARCH}\n' | grep -v -e '^gpg-pubkey' -e '^kernel' | sort | uniq -d | sed 's/$/\ttwice/'
    return
  fi
  for file in /var/lib/dpkg/updates/[0-9]*; do [ ! -e "$file" ] || printf '%s\tupdates\n' "${file##*/}"; done
  found=$(dpkg-query -W -f '${binary:Package}\t${db:Status-Abbrev}\n') || return 1
  printf '%s\n' "$found" | awk -F '\t' '$2 !~ /^.[nci] $/'
}
zone() { if [ -L /etc/localtime ]; then readlink /etc/localtime | sed 's|.*/zoneinfo/||'; else cat /etc/timezone 2>/dev/null || echo unknown; fi; }
section time date +%s%3N
section rights rights
section space space
section tools tools
section init init
section failed failed
section unfinished unfinished
section zone zone
