# Confirms a guarded step over the login that runs this: the guard is gone then without a trace. Prints confirmed;
# going-back or went-back and what it did, when it was too late; before, while the host has not booted yet.
# $1 directory of the guard, $2 its unit, $3 boot id that the host must have left ("-": any)
set -u
dir=$1 name=$2
units=/usr/local/lib/systemd/system
[ "$3" != "$(cat /proc/sys/kernel/random/boot_id)" ] || { echo before; exit 0; }
cd "$dir" 2>/dev/null || { echo confirmed; exit 0; }
exec 9>>lock && flock 9 || exit 1
if [ -e fired ]; then
  [ -e went-back ] || { echo going-back; exit 0; }
  echo went-back
  cat fired went-back
  exit 0
fi
rm -f armed && sync . || exit 1
systemctl stop "$name.service"
rm -f "$units/$name.service" "$units/multi-user.target.wants/$name.service"
[ ! -e made ] || sort -r made | while read -r one; do rmdir "$one" 2>/dev/null; done
# What was loaded anew meanwhile still names it.
[ -z "$(systemctl list-units --all --plain --no-legend "$name.service")" ] || systemctl daemon-reload
cd / && rm -rf -- "$dir" || exit 1
rmdir "${dir%/*}" 2>/dev/null && rmdir "${dir%/*/*}" 2>/dev/null
echo confirmed
