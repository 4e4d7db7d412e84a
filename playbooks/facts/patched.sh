#!/bin/sh
# Whether packages are at a version, whole, and whether what should run does. $1 units of the roles and $2 units that ran
# before, one a line; then packages as name:arch.
# shellcheck disable=SC2016,SC2086,SC2317
services=$1 before=$2
shift 2
# What the database of packages knows: dpkg's, unless the script before this one (patched-rpm.sh) knows another.
if [ "${database:-dpkg}" = dpkg ]; then
  versions() {
    for package; do
      dpkg-query -W -f '${db:Status-Abbrev}\t${Version}\n' "$package" 2>/dev/null | grep . || printf -- '-\t-\n'
    done
  }
  audit() { dpkg --audit; }
  # Exit code 1 only says that something differs.
  verify() {
    dpkg --verify "$@" 2>/dev/null
    [ "$?" -le 1 ]
  }
fi
# systemd says one word for each, in their order.
states() {
  [ $# -gt 0 ] || return 0
  systemctl is-active -- "$@" | { for unit; do read -r state || exit 1; printf '%s\t%s\n' "$unit" "$state"; done; }
}
# What a timer started ran by chance, and a unit that is gone was taken away by its package: asked of those alone that are
# not at work, as systemd gathers all that it knows of a unit for it.
before_now() {
  now=$(states "$@") || return 1
  printf '%s\n' "$now" | awk -F '\t' '$2 == "active"'
  idle=$(printf '%s\n' "$now" | awk -F '\t' '$2 != "active" { print $1 }')
  [ -z "$idle" ] || still_loaded $idle
}
still_loaded() {
  systemctl show -p Id -p LoadState -p ActiveState -p TriggeredBy -- "$@" | awk '
    function flush() { if (id != "" && load == "loaded" && by !~ /\.timer/) print id "\t" active; id = "" }
    /^$/ { flush(); next }
    { at = index($0, "="); key = substr($0, 1, at - 1); value = substr($0, at + 1) }
    key == "Id" { id = value }
    key == "LoadState" { load = value }
    key == "ActiveState" { active = value }
    key == "TriggeredBy" { by = value }
    END { flush() }'
}
section versions versions "$@"
section audit audit "$@"
section verify verify "$@"
section services states $services
if [ -n "$before" ]; then section before before_now $before; else section before true; fi
answer_ends
