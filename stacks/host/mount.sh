# Mounts the volume of figures. A file system is made only on a volume that holds nothing at all.
# UPKEEP_DEVICE: the volume; from the unit.
set -u
device=$UPKEEP_DEVICE
directory=${UPKEEP_FIGURES:-/var/lib/prometheus}
label=upkeep-figures

refuse() {
  echo "upkeep: $device $1" >&2
  exit 1
}

# Nothing but zeros where file systems, partition tables and encryption keep their heads.
is_empty() {
  head=$(mktemp) || return 1
  dd if="$device" of="$head" bs=1M count=4 2>/dev/null || refuse 'can not be read'
  [ "$(wc -c <"$head")" -eq 4194304 ] || refuse 'can not be read'
  rest=$(tr -d '\0' <"$head" | wc -c)
  rm -f "$head"
  [ "$rest" -eq 0 ]
}

if ! mountpoint -q "$directory"; then
  # A new host runs before the volume has left the old one.
  tries=${UPKEEP_TRIES:-60}
  until [ -e "$device" ]; do
    tries=$((tries - 1))
    [ "$tries" -gt 0 ] || refuse 'is not there'
    sleep 2
  done
  blkid -p "$device" >/dev/null
  case $? in
  0) ;;
  2)
    is_empty || refuse 'holds something, and nothing that is known: left alone'
    mkfs.ext4 -q -L "$label" "$device" || refuse 'takes no file system'
    ;;
  *) refuse 'holds more than one thing: left alone' ;;
  esac
  found=$(blkid -p -s LABEL -o value "$device")
  [ "$found" = "$label" ] || refuse "has the label \"$found\", not \"$label\": left alone"
  mkdir -p "$directory" && mount -o noatime,nodev,nosuid "$device" "$directory" || refuse 'can not be mounted'
fi
# A volume that was made larger; nothing to do otherwise.
resize2fs "$device" 2>/dev/null || refuse 'can not be made to fill its volume'
install -d -o prometheus -g prometheus "$directory" "$directory/metrics2" "$directory/alertmanager" "$directory/node-exporter"
