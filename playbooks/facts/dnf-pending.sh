#!/bin/sh
# Second part of the reading of pending upgrades with dnf. $1 plan id, $2 security|all, $3 repositories that count as
# security, $4 names (globs) that the estate holds, $5 the program that reads, in Python.
# shellcheck disable=SC2154,SC2317
plan=$1 only=$2 origins=$3 holds=$4 program=$5
work=/var/tmp/upkeep-plan-$plan

# /var/tmp is everybody's: what is there under this name must be ours, or nothing.
if [ -e "$work" ] || [ -L "$work" ]; then
  { [ -d "$work" ] && [ ! -L "$work" ] && [ -O "$work" ] && rm -rf -- "$work"; } || stop taken
fi
umask 077
mkdir -m 0700 "$work" || stop taken
mkdir -p "$work/out" "$work/cache" "$work/persist" "$work/log" "$work/rpms/new" "$work/rpms/old" || stop no-space

rpm_state() { rpm -qa --qf '%{NAME} %{EPOCHNUM}:%{VERSION}-%{RELEASE} %{ARCH} %{INSTALLTIME}\n' | sort | sha256sum; }
state_before=$(rpm_state)
# Ends by itself, also when nobody waits for the answer any more.
read_pending() { timeout -k 10 240 "$python" -I -c "$program" "$work" "$only" "$origins" "$holds" >&2; }
section read read_pending
for part in insecure unread installed unfinished changes kept holds; do
  [ ! -f "$work/out/$part" ] || section "$part" cat "$work/out/$part"
done
section moved sh -c '[ "$1" = "$2" ] && echo no || echo yes' sh "$state_before" "$(rpm_state)"
stop "$(cat "$work/out/stop" 2>/dev/null || echo simulation)"
