#!/bin/sh
# Part of an inspection: security updates that the indexes on the host know of, and of when those indexes are. Nothing is
# fetched, and apt keeps its cache in memory.
# shellcheck disable=SC2016,SC2317
# Each index of a security suite with the day it was signed.
indexes() {
  for file in /var/lib/apt/lists/*_InRelease /var/lib/apt/lists/*_Release; do
    [ -f "$file" ] || continue
    head -n 60 "$file" | awk '
      /^(Suite|Label|Codename):.*[Ss]ecurity/ { secure = 1 }
      /^Date:/ { date = $0; sub(/^Date: */, "", date) }
      END { if (secure && date != "") print date }' | head -c 60 | while IFS= read -r date; do date -u -d "$date" +%s; done
  done
}
manager() {
  if command -v apt-get >/dev/null; then echo apt; elif command -v dnf >/dev/null; then echo dnf; else echo none; fi
}
section manager manager
if [ "$(manager)" = apt ]; then
  section indexes indexes
  section updates limited 30 131072 sh -c '
    set -e
    said=$(apt-get -s -q2 -o Debug::NoLocking=true -o Dir::Cache::pkgcache= -o Dir::Cache::srcpkgcache= \
      -o APT::Get::Show-User-Simulation-Note=false --ignore-hold dist-upgrade)
    printf "%s\n" "$said" | sed -n "s/^Inst \([^ ]*\) \(\[[^]]*\] \)\{0,1\}(\([^ ]*\) [^)]*[Ss]ecurity[^)]*).*\$/\1 \3/p"'
fi
