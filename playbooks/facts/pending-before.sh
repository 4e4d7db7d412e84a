#!/bin/sh
# First part of the reading of pending upgrades: the host as it is, and what forbids to go on (no apt, a lock, work of
# dpkg that was interrupted, sources that take what nobody signed).
# shellcheck disable=SC2015,SC2016,SC2154,SC2317
stop() {
  section stop echo "$1"
  answer_ends
}

manager() {
  for tool in apt-get apt-cache dpkg dpkg-query dnf yum zypper apk pacman; do
    command -v "$tool" >/dev/null && echo "$tool"
  done
  true
}
section manager manager
for tool in apt-get apt-cache dpkg dpkg-query; do command -v "$tool" >/dev/null || stop no-manager; done

space() {
  for place in / /var /boot; do
    [ ! -d "$place" ] || df -B1 --output=avail,size "$place" | sed -n "2s|^|$place |p"
  done
}
installed() {
  dpkg-query -W -f '${Package}\t${Architecture}\t${Version}\t${db:Status-Abbrev}\t${Installed-Size}\t${source:Package}\t${source:Version}\n'
}
section time date +%s%3N
section release cat /etc/os-release
section architecture dpkg --print-architecture
section boot cat /proc/sys/kernel/random/boot_id
section kernel uname -r
section space space
section installed installed

[ -r /proc/locks ] || stop proc-locks
locks=$(lock_holders /var/lib/dpkg/lock-frontend /var/lib/dpkg/lock)
section locks printf '%s\n' "$locks"
[ -z "$locks" ] || stop locked

unfinished() {
  for file in /var/lib/dpkg/updates/[0-9]*; do [ ! -e "$file" ] || printf 'updates\t%s\n' "${file##*/}"; done
  dpkg-query -W -f '${db:Status-Abbrev}\t${binary:Package}\n' | grep -v '^.[nci] ' | sed 's/^\(...\)\t/\1\t/'
}
unfinished=$(unfinished)
section unfinished printf '%s\n' "$unfinished"
[ -z "$unfinished" ] || stop interrupted

# Options by which a source, or the host's configuration, lets apt take what nobody signed. $file:line, the source,
# the option.
insecure() {
  eval "$(apt-config shell list Dir::Etc::sourcelist/f parts Dir::Etc::sourceparts/d)"
  for file in "$list" "${parts%/}"/*.list "${parts%/}"/*.sources; do
    [ -f "$file" ] || continue
    awk -v file="$file" '
      function bad(key, value) {
        key = tolower(key); value = tolower(value)
        if (key ~ /^(trusted|allow-insecure|allow-weak|allow-downgrade-to-insecure)$/)
          return value !~ /^(no|false|0|off|without|disable)$/
        return key ~ /^(check-valid-until|check-date)$/ && value ~ /^(no|false|0|off|without|disable)$/
      }
      function flush() {
        if (found != "" && enabled) printf "%s:%d\t%s\t%s\n", file, at, uris, found
        found = ""; uris = ""; enabled = 1
      }
      BEGIN { deb822 = file ~ /\.sources$/; enabled = 1 }
      !deb822 && $1 ~ /^deb(-src)?$/ && match($0, /\[[^]]*\]/) {
        text = substr($0, RSTART + 1, RLENGTH - 2); rest = substr($0, RSTART + RLENGTH)
        n = split(text, option, " ")
        for (i = 1; i <= n; i++) {
          split(option[i], pair, /[+-]?=/)
          if (bad(pair[1], pair[2])) { found = option[i]; at = NR; uris = rest; gsub(/^[ \t]+/, "", uris); flush() }
        }
      }
      deb822 && /^[ \t]*$/ { flush(); next }
      deb822 && match($0, /^[A-Za-z-]+:/) {
        key = tolower(substr($0, 1, RLENGTH - 1)); value = substr($0, RLENGTH + 1); gsub(/^[ \t]+|[ \t\r]+$/, "", value)
        if (key == "uris") uris = value
        if (key == "enabled" && tolower(value) ~ /^(no|false|0|off|without|disable)$/) enabled = 0
        if (bad(key, value)) { found = key ": " value; at = NR }
      }
      END { if (deb822) flush() }' "$file"
  done
}
insecure=$(insecure)
section insecure printf '%s\n' "$insecure"
[ -z "$insecure" ] || stop insecure
