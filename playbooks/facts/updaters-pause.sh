#!/bin/sh
# Stops automatic updaters and records in file $1 which were active; waits up to $2 seconds (600) for one that is at work,
# and names it; it is never ended. When it does not end, what was stopped is put back and the exit code is 75.
set -u
export LC_ALL=C PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
record=$1 limit=${2:-600}
triggers='apt-daily.timer apt-daily-upgrade.timer dnf-automatic.timer dnf-automatic-install.timer dnf-automatic-download.timer dnf-automatic-notifyonly.timer dnf-makecache.timer dnf5-automatic.timer yum-cron.service'
workers='apt-daily.service apt-daily-upgrade.service dnf-automatic.service dnf-automatic-install.service dnf-makecache.service dnf5-automatic.service packagekit-offline-update.service'
helpers='unattended-upgrades.service packagekit.service'

state() { systemctl show -p ActiveState --value "$1"; }
present() { case $(systemctl show -p LoadState --value "$1") in loaded | masked) ;; *) return 1 ;; esac; }

# A second pause (a controller that was killed) must not record its own work as what was found.
if [ ! -e "$record" ]; then
  umask 077
  mkdir -p "${record%/*}" || exit 70
  for unit in $triggers $helpers; do
    if present "$unit"; then printf '%s %s\n' "$unit" "$(state "$unit")"; fi
  done >"$record.new" && sync "$record.new" && mv "$record.new" "$record" && sync "${record%/*}" || exit 70
fi

put_back() {
  while read -r unit was; do [ "$was" != active ] || systemctl start "$unit"; done <"$record"
  rm -f "$record"
}

for unit in $triggers; do
  if present "$unit" && [ "$(state "$unit")" = active ]; then systemctl stop "$unit" && echo "stopped $unit"; fi
done

# Who is at work: a unit, or whoever holds the lock of dpkg or rpm.
busy() {
  for unit in $workers; do
    case $(state "$unit") in active | activating | deactivating) echo "$unit"; return 0 ;; esac
  done
  for file in /var/lib/dpkg/lock-frontend /var/lib/dpkg/lock /var/lib/rpm/.rpm.lock /usr/lib/sysimage/rpm/.rpm.lock; do
    inode=$(stat -c %i "$file" 2>/dev/null) || continue
    # shellcheck disable=SC2013
    for pid in $(awk -v inode="$inode" '{ for (i = 2; i <= NF; i++) if ($i ~ "^[0-9a-f]+:[0-9a-f]+:" inode "$") print $(i - 1) }' /proc/locks); do
      for fd in "/proc/$pid/fd"/*; do
        [ "$(readlink "$fd")" = "$file" ] || continue
        echo "process $pid ($(tr '\0\n' '  ' <"/proc/$pid/cmdline" | head -c 120))"
        return 0
      done
    done
  done
  return 1
}
waited=0 who=
while at_work=$(busy); do
  who=$at_work
  if [ "$waited" -ge "$limit" ]; then
    echo "still at work after $limit s: $at_work"
    put_back
    exit 75
  fi
  [ $((waited % 30)) -ne 0 ] || echo "waiting for $at_work"
  sleep 1
  waited=$((waited + 1))
done

[ -z "$who" ] || echo "waited for $who, $waited s"

# Nothing of theirs is at work now, so these helpers only wait for calls or for the shutdown.
for unit in $helpers; do
  if present "$unit" && [ "$(state "$unit")" = active ]; then systemctl stop "$unit" && echo "stopped $unit"; fi
done
echo paused
