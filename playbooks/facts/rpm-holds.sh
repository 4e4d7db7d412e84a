#!/bin/sh
# Names of packages that the plug-in versionlock of dnf holds; its entries are patterns of name-epoch:version-release.
# shellcheck disable=SC2317
locked_names() {
  list=$(sed -n 's/^ *locklist *= *//p' /etc/dnf/plugins/versionlock.conf 2>/dev/null | head -n 1)
  [ -r "${list:=/etc/dnf/plugins/versionlock.list}" ] || return 0
  sed -E -e 's/#.*//' -e 's/[ \t]+$//' -e '/^!/d' -e '/^$/d' -e 's/-([0-9]+:|[0-9*])[^-]*-[^-]+$//' "$list" | sort -u
}
