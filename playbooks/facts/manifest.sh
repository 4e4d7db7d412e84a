#!/bin/sh
# Everything about a host that must be as before after a way back; packages and auto_marks stand before it.
# shellcheck disable=SC2016,SC2317
units() { systemctl list-units --all --plain --no-legend --no-pager --full --type=service,socket,timer,mount,path,swap; }
unit_files() { systemctl list-unit-files --no-legend --no-pager --full; }

# Kernel tables: state 0A is a listening TCP socket, 07 an unconnected UDP one.
ports() {
  for table in tcp tcp6 udp udp6; do
    [ ! -r "/proc/net/$table" ] || awk -v table="$table" 'NR > 1 && ($4 == "0A" || $4 == "07") { print table, $2, $3, $4 }' "/proc/net/$table"
  done
}

# Type, mode, owner, name and link target of each entry (find never prints "//" in a name), and hashes of the files.
entries() { find /etc -xdev -printf '%y %m %U:%G %p//%l\0'; }
hashes() { find /etc -xdev -type f -print0 | xargs -0 -r sha256sum -z --; }

section packages packages
section auto auto_marks
section units units
section unit-files unit_files
section port-range cat /proc/sys/net/ipv4/ip_local_port_range
section ports ports
section etc entries
section hashes hashes
answer_ends
