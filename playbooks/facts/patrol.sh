#!/bin/sh
# What an inspection looks at, in one round trip; it writes nothing on the host. Counters are read first and again last,
# at least two seconds later: what is slow stands between them, so that this costs no time. Each part that can hang has
# a limit in time and bytes; past it the part fails, and the others are as good as ever. Lists are lines: $1 services and
# units that failed last time, $2 mounts in memory (tmpfs) and $3 certificates that the estate names, $4 engines of
# PostgreSQL ("port database inode offset", - for what is not known), $5 ports of MariaDB, $6 second of the host up to
# which log-ins were read (-: none), $7 the package manager that the estate names.
# shellcheck disable=SC2016,SC2034,SC2317
units=$1 mounts=$2 certificates=$3 postgresql=$4 mariadb=$5 logins_since=$6 packages=$7

# limited SECONDS BYTES COMMAND...: fails when the command hangs (124, 137) or prints more (141).
limited() {
  limit_s=$1
  limit_bytes=$2
  shift 2
  { limit_code=$({ { timeout -k 1 "$limit_s" "$@" 5>&- 6>&-; echo "$?" >&5; } | head -c "$limit_bytes" >&6 5>&-; } 5>&1); } 6>&1
  return "${limit_code:-1}"
}

# with LINES COMMAND...: the command with each line as one more word; for the last command of a part.
with() {
  set -f
  with_lines=$1
  shift
  IFS='
'
  # shellcheck disable=SC2086
  "$@" $with_lines
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
    quota=$(cat "$(group1 cpu)/cpu.cfs_quota_us" 2>/dev/null) || return 0
    [ "$quota" != -1 ] || quota=max
    echo "quota $quota $(cat "$(group1 cpu)/cpu.cfs_period_us")"
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
# Threads that wait for a disk or a device and can not be interrupted, with how often each has given up the processor: one
# that waits at both readings and has the same count has done nothing in between.
blocked() {
  limited 5 65536 sh -c '
    printf "%s\0" /proc/[0-9]*/task/[0-9]*/status | xargs -0 grep -l -s "^State:.D" | while IFS= read -r file; do
      awk "\$1 == \"Name:\" { name = \$2 } \$1 == \"Pid:\" { pid = \$2 }
        \$1 == \"voluntary_ctxt_switches:\" { print pid, \$2, name }" "$file" 2>/dev/null
    done
    exit 0'
}

section boot-first cat /proc/sys/kernel/random/boot_id
section uptime-first cat /proc/uptime
section time date +%s%3N
section processor-first grep '^cpu' /proc/stat
section blocks-first limited 2 262144 cat /proc/diskstats
section net-first limited 2 262144 cat /proc/net/dev
section group-first group_time
section blocked-first blocked
started=$(centiseconds)

section container container
section group-room group_room
section load cat /proc/loadavg
section memory cat /proc/meminfo
section pressure pressure
section oom sed -n 's/^oom_kill //p' /proc/vmstat
section connections connections
section disks limited 5 262144 df -lPTB1 -x tmpfs -x devtmpfs -x squashfs
section inodes limited 5 262144 df -lPTi -x tmpfs -x devtmpfs -x squashfs
# A file system that gave up says so in its options, and may still call itself writable.
section mounts limited 2 262144 awk '{ print ($4 ~ /(^|,)(ro|emergency_ro|shutdown)(,|$)/ ? "ro" : "rw"), $3, $2 }' /proc/self/mounts
section fstab limited 2 65536 sh -c '[ ! -e /etc/fstab ] || awk "\$1 !~ /^#/ && 4 <= NF { print \$3, \$4, \$2 }" /etc/fstab'
