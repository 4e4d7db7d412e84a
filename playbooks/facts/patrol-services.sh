#!/bin/sh
# Part of an inspection: units, clock, what was patched and is not yet in use.
# shellcheck disable=SC2016,SC2154,SC2317
# Each line of kernels is one that is installed, but the first, which runs: their order is for who reads this.
kernels() {
  uname -r
  [ "$(container)" = none ] || return 0
  for kernel in /boot/vmlinuz-*; do
    [ ! -e "$kernel" ] || echo "${kernel#/boot/vmlinuz-}"
  done
}
reboot() { [ ! -e /run/reboot-required ] || echo 'a package asked for it'; }

section failed limited 10 65536 systemctl list-units --failed --plain --no-legend --no-pager --full
section clock limited 10 1024 timedatectl show -p NTPSynchronized --value
section reboot reboot
section kernels kernels
section restarts limited 10 65536 sh -c '
  [ -n "$(head -c 1 /proc/1/maps)" ] || exit 1
  grep -a -l -s -E "^[0-9a-f]+-[0-9a-f]+ ..x. [^/]*/(usr|lib|lib64|bin|sbin|opt)/.* \(deleted\)$" /proc/[0-9]*/maps |
    while IFS=/ read -r _ _ pid _; do
      # Of a service in a container of this machine, the container.
      tr / "\n" <"/proc/$pid/cgroup" 2>/dev/null | grep -m 1 "\.service$"
    done | sort -u'
[ -z "$mounts" ] || section in-memory with "$mounts" limited 5 65536 df -PTB1 --
[ -z "$units" ] || section services with "$units" limited 10 262144 systemctl show -p Id -p LoadState -p ActiveState --
