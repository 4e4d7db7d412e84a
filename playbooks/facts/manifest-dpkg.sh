#!/bin/sh
# Packages and marks of a manifest, where dpkg and apt have them.
# shellcheck disable=SC2016,SC2317
packages() { dpkg-query -W -f '${Package}\t${Architecture}\t${Version}\t${db:Status-Abbrev}\n'; }

# apt-mark would write apt's caches, so its file is read.
auto_marks() {
  [ ! -e /var/lib/apt/extended_states ] || awk -F': ' '
    $1 == "Package" { name = $2 }
    $1 == "Architecture" { architecture = $2 }
    $1 == "Auto-Installed" && $2 == 1 { print name "\t" architecture }' /var/lib/apt/extended_states
}
