#!/bin/sh
# What an inspection looks at, in one round trip; it writes nothing on the host. $1: how many names of services follow;
# behind them stand mount points in memory (tmpfs) that the estate names. Counters are read first and again last, at
# least two seconds later: what is slow stands between them, so that this costs no time. Each part that can hang has a
# limit in time and bytes; past it the part fails, and the others are as good as ever.
# shellcheck disable=SC2016,SC2317
of_services=$1
shift

# limited SECONDS BYTES COMMAND...: fails when the command hangs (124, 137) or prints more (141).
limited() {
  limit_s=$1
  limit_bytes=$2
  shift 2
  { limit_code=$({ { timeout -k 1 "$limit_s" "$@" 5>&- 6>&-; echo "$?" >&5; } | head -c "$limit_bytes" >&6 5>&-; } 5>&1); } 6>&1
  return "${limit_code:-1}"
}

centiseconds() {
  read -r up _ </proc/uptime || return 1
  echo "${up%.*}${up#*.}"
}

# Not /proc/stat and /proc/meminfo: in a container these are the whole machine's.
container() {
  if [ -s /run/systemd/container ]; then
    head -c 60 /run/systemd/container
  elif [ -e /.dockerenv ] || [ -e /run/.containerenv ]; then
    echo container
  else
    echo none
  fi
}
# Directory of the container's own group: process 1 stands in it, or in init.scope below it.
group2() {
  group=$(sed -n 's/^0:://p' /proc/1/cgroup) || return 1
  echo "/sys/fs/cgroup${group%/init.scope}"
}
group1() {
  group=$(sed -n "s/^[0-9]*:\([^:]*,\)*$1\(,[^:]*\)*://p" /proc/1/cgroup | head -n 1)
  echo "/sys/fs/cgroup/$1${group%/init.scope}"
}
group_time() {
  if [ -r "$(group2)/cpu.stat" ] && grep -q '^usage_usec ' "$(group2)/cpu.stat"; then
    sed -n 's/^usage_usec //p' "$(group2)/cpu.stat"
  else
    sed 's/...$//' "$(group1 cpuacct)/cpuacct.usage"
  fi
}
group_room() {
  if [ -r "$(group2)/memory.current" ]; then
    echo "current $(cat "$(group2)/memory.current")"
    echo "max $(cat "$(group2)/memory.max")"
    sed -n 's/^inactive_file /inactive /p' "$(group2)/memory.stat"
    sed -n 's/^oom_kill /oom /p' "$(group2)/memory.events"
    [ ! -r "$(group2)/cpu.max" ] || echo "quota $(cat "$(group2)/cpu.max")"
  else
    current=$(cat "$(group1 memory)/memory.usage_in_bytes") || return 1
    echo "current $current"
    echo "max $(cat "$(group1 memory)/memory.limit_in_bytes")"
    sed -n 's/^total_inactive_file /inactive /p' "$(group1 memory)/memory.stat"
    sed -n 's/^oom_kill /oom /p' "$(group1 memory)/memory.oom_control"
  fi
}

# A kernel may leave pressure out, or have it switched off: then it can be opened and not be read.
pressure() {
  for of in cpu io memory; do
    read -r _ </proc/pressure/"$of" || continue
    sed "s/^/$of /" /proc/pressure/"$of"
  done 2>/dev/null
  return 0
}
connections() {
  [ -r /proc/sys/net/netfilter/nf_conntrack_count ] || return 0
  echo "$(cat /proc/sys/net/netfilter/nf_conntrack_count) $(cat /proc/sys/net/netfilter/nf_conntrack_max)"
}
flavour() { echo "$1" | sed -e 's/^[0-9.+~-]*//' -e 's/^el[0-9_]*//'; }
reboot() {
  [ ! -e /run/reboot-required ] || echo 'a package asked for it'
  if [ "$(container)" = none ]; then
    running=$(uname -r)
    # Another flavour (rt, cloud) is not a newer one.
    newest=$(for kernel in /boot/vmlinuz-*; do
      kernel=${kernel#/boot/vmlinuz-}
      [ "$(flavour "$kernel")" != "$(flavour "$running")" ] || echo "$kernel"
    done | sort -V | tail -n 1)
    [ -z "$newest" ] || [ "$newest" = "$running" ] || echo "kernel $newest is installed, $running runs"
  fi
}
sensors() {
  for input in /sys/class/hwmon/hwmon*/temp*_input; do
    [ -e "$input" ] || continue
    value=$(cat "$input" 2>/dev/null) || value=-
    critical=$(cat "${input%_input}_crit" 2>/dev/null) || critical=-
    input=${input#/sys/class/hwmon/}
    echo "${input%_input} ${value:--} ${critical:--}"
  done
}
power() {
  for supply in /sys/class/power_supply/*; do
    [ -e "$supply/type" ] || continue
    online=$(cat "$supply/online" 2>/dev/null) || online=-
    status=$(cat "$supply/status" 2>/dev/null) || status=-
    echo "${supply##*/} $(cat "$supply/type") ${online:--} ${status:--}"
  done
}

section boot-first cat /proc/sys/kernel/random/boot_id
section uptime-first cat /proc/uptime
section processor-first grep '^cpu' /proc/stat
section blocks-first limited 2 262144 cat /proc/diskstats
section net-first limited 2 262144 cat /proc/net/dev
section group-first group_time
started=$(centiseconds)

section container container
section group-room group_room
section load cat /proc/loadavg
section memory cat /proc/meminfo
section pressure pressure
section oom sed -n 's/^oom_kill //p' /proc/vmstat
section connections connections
section time date +%s%3N
section disks limited 5 262144 df -lPTB1 -x tmpfs -x devtmpfs -x squashfs
section inodes limited 5 262144 df -lPTi -x tmpfs -x devtmpfs -x squashfs
section read-only limited 2 262144 awk '$4 ~ /(^|,)ro(,|$)/ { print $2 }' /proc/self/mounts
section failed limited 10 65536 systemctl list-units --failed --plain --no-legend --no-pager --full
section clock limited 10 1024 timedatectl show -p NTPSynchronized --value
section reboot reboot
section restarts limited 10 65536 sh -c '
  [ -n "$(head -c 1 /proc/1/maps)" ] || exit 1
  grep -a -l -s -E "^[0-9a-f]+-[0-9a-f]+ ..x. [^/]*/(usr|lib|lib64|bin|sbin|opt)/.* \(deleted\)$" /proc/[0-9]*/maps |
    while IFS=/ read -r _ _ pid _; do
      # Of a service in a container of this machine, the container.
      tr / "\n" <"/proc/$pid/cgroup" 2>/dev/null | grep -m 1 "\.service$"
    done | sort -u'
section sensors sensors
section power power
section block-health limited 15 65536 sh -c '
  command -v smartctl >/dev/null || exit 0
  for disk in /sys/block/sd* /sys/block/nvme*; do
    [ -e "$disk" ] || continue
    said=$(timeout -k 1 5 smartctl -n standby -i -H "/dev/${disk##*/}" 2>&1)
    code=$?
    # A virtual disk has nothing that could wear.
    case $said in *"SMART support is:"*Unavailable*) code=- ;; esac
    echo "${disk##*/} $code"
  done'
of_mounts=$(($# - of_services))
in_memory() {
  shift "$of_services"
  limited 5 65536 df -PTB1 -- "$@"
}
[ "$of_mounts" -eq 0 ] || section in-memory in_memory "$@"
count=0
while [ "$count" -lt "$of_services" ]; do
  # The names go to the end of the list, so that what stood behind them can be cut off.
  name=$1
  shift
  set -- "$@" "$name"
  count=$((count + 1))
done
services() {
  shift "$of_mounts"
  limited 10 262144 systemctl show -p Id -p LoadState -p ActiveState -- "$@"
}
[ "$of_services" -eq 0 ] || section services services "$@"

# A jump of the clock does not touch /proc/uptime.
while [ "$(($(centiseconds) - started))" -lt 200 ]; do sleep 0.2 2>/dev/null || sleep 1; done
section group-last group_time
section net-last limited 2 262144 cat /proc/net/dev
section blocks-last limited 2 262144 cat /proc/diskstats
section processor-last grep '^cpu' /proc/stat
section uptime-last cat /proc/uptime
section boot-last cat /proc/sys/kernel/random/boot_id
answer_ends
