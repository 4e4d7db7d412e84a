#!/bin/sh
# Puts automatic updaters back as the file $1 records them: what was active is started, what was not is stopped (a
# reboot may have started it). The record goes away last, so this may be run again.
set -u
export LC_ALL=C PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
record=$1
[ -e "$record" ] || { echo 'nothing was paused'; exit 0; }
failed=0
while read -r unit was; do
  now=$(systemctl show -p ActiveState --value "$unit")
  case $was.$now in
    active.active | activating.active | reloading.active) continue ;;
    active.* | activating.* | reloading.*) systemctl start "$unit" && echo "started $unit" || failed=1 ;;
    *.active | *.activating) systemctl stop "$unit" && echo "stopped $unit" || failed=1 ;;
  esac
done <"$record"
[ "$failed" -eq 0 ] || exit 1
rm -f "$record"
echo resumed
