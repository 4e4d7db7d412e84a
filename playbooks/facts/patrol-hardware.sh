#!/bin/sh
# Part of an inspection: what the hardware shows of itself, and pools of storage that df does not see into.
# shellcheck disable=SC2016,SC2317
# A sensor with a fault is one to which nothing is connected.
section sensors limited 5 65536 sh -c '
  for input in /sys/class/hwmon/hwmon*/temp*_input; do
    [ -e "$input" ] || continue
    fault=$(cat "${input%_input}_fault" 2>/dev/null) || fault=0
    [ "$fault" != 1 ] || continue
    value=$(cat "$input" 2>/dev/null) || value=-
    critical=$(cat "${input%_input}_crit" 2>/dev/null) || critical=-
    input=${input#/sys/class/hwmon/}
    echo "${input%_input} ${value:--} ${critical:--}"
  done'
section power limited 5 65536 sh -c '
  for supply in /sys/class/power_supply/*; do
    [ -e "$supply/type" ] || continue
    online=$(cat "$supply/online" 2>/dev/null) || online=-
    status=$(cat "$supply/status" 2>/dev/null) || status=-
    echo "${supply##*/} $(cat "$supply/type") ${online:--} ${status:--}"
  done'
# A disk that sleeps is left asleep. What the kernel hides is one of several ways to a disk, and has no device of its own.
section block-health limited 15 65536 sh -c '
  command -v smartctl >/dev/null || exit 0
  for disk in /sys/block/sd* /sys/block/nvme*; do
    [ -e "$disk" ] || continue
    hidden=$(cat "$disk/hidden" 2>/dev/null) || hidden=0
    size=$(cat "$disk/size" 2>/dev/null) || size=0
    [ "$hidden" != 1 ] && [ "$size" != 0 ] || continue
    said=$(timeout -k 1 5 smartctl -n standby -i -H "/dev/${disk##*/}" 2>&1)
    code=$?
    case $said in
      # A virtual disk has nothing that could wear, and some bridges do not let through what the disk says.
      *"SMART support is:"*Unavailable* | *"Unknown USB bridge"*) code=- ;;
      *"is in STANDBY"* | *"is in SLEEP"* | *"Device is in "*" mode, exit"*) code=asleep ;;
    esac
    echo "${disk##*/} $code"
  done'
# Not lvs: it takes a lock in /run, and reads every disk. Nothing is flushed for the sake of a figure.
section thin-pools limited 5 65536 sh -c '
  command -v dmsetup >/dev/null || exit 0
  said=$(dmsetup status --noflush --target thin-pool 2>&1) || case $said in
    # A kernel without the device mapper has none.
    *"control: open failed"*) exit 0 ;;
    *) exit 1 ;;
  esac
  case $said in "No devices found"* | "") ;; *) echo "$said" ;; esac'
section zfs-pools limited 5 65536 sh -c '
  command -v zpool >/dev/null && [ -e /dev/zfs ] || exit 0
  said=$(zpool list -H -p -o name,capacity,health 2>/dev/null) || exit 1
  case $said in "no pools available"* | "") ;; *) echo "$said" ;; esac'
section btrfs-pools limited 5 65536 sh -c '
  for pool in /sys/fs/btrfs/*-*-*-*-*; do
    [ -e "$pool/allocation" ] || continue
    label=$(cat "$pool/label" 2>/dev/null)
    devices=0 given=0
    for device in "$pool"/devices/*/size; do devices=$((devices + $(cat "$device") * 512)); done
    for kind in data metadata system; do given=$((given + $(cat "$pool/allocation/$kind/disk_total"))); done
    cd "$pool/allocation/metadata" || continue
    echo "${pool##*/} $devices $given $(cat disk_total) $(cat total_bytes) $(cat bytes_used) ${label:--}"
  done'
