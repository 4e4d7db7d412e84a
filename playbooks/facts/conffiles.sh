#!/bin/sh
# Conffiles as dpkg recorded them, and the MD5 of what is there now ("-": nothing is there), also of the paths in $1, one
# a line. Records end with NUL, since a name may hold anything but a line break.
# shellcheck disable=SC2016,SC2317
recorded() {
  found=$(dpkg-query -W -f 'P ${Package}\t${Architecture}\n${Conffiles}\n') || return 1
  printf '%s\n' "$found" | awk '
    sub(/^P /, "") { package = $0; next }
    match($0, / ([0-9a-f]+|newconffile)( obsolete| remove-on-upgrade)*$/) {
      rest = substr($0, RSTART + 1)
      printf "%s\t%s\t%s%c", package, rest, substr($0, 2, RSTART - 2), 0
    }'
}
current() {
  { recorded | tr '\0' '\n' | sed 's/^[^\t]*\t[^\t]*\t[^\t]*\t//'; [ -z "$also" ] || printf '%s\n' "$also"; } | sort -u | while IFS= read -r path; do
    if [ -f "$path" ]; then printf '%s\0' "$path"; else printf '%s\0' "$path" >&3; fi
  done 3>"$absent" | xargs -0 -r md5sum -z -- && sed -z 's/^/-  /' "$absent"
}
also=$1
absent=$(mktemp /run/upkeep-conffiles.XXXXXX) || exit 1
section recorded recorded
section current current
rm -f "$absent"
answer_ends
