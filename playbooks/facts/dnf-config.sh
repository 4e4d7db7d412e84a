#!/bin/sh
# Configuration files of packages that change: as rpm recorded them, as the new packages bring them, as they are now.
# $1 plan id, $2 lines "name architecture old-architecture|-".
# shellcheck disable=SC2016,SC2317
plan=$1 packages=$2
work=/var/tmp/upkeep-plan-$plan
lines() { printf '%s\n' "$packages" | grep .; }
# Flags of rpm: 1 configuration, 16 noreplace, 64 ghost. What has no digest is no plain file.
table='[%{FILEFLAGS}\t%{FILEDIGESTS}\t%{FILENAMES}\n]'

recorded() {
  lines | while read -r name _ old; do
    [ "$old" = - ] || rpm -q "$name.$old" --qf "$table" | awk -F '\t' -v name="$name" '
      int($1) % 2 == 1 && int($1 / 64) % 2 == 0 && $2 != "" { print name "\t" (int($1 / 16) % 2 ? "noreplace" : "replace") "\t" $2 "\t" $3 }'
  done
}
recorded=$(recorded) || recorded=
# A variable of the environment holds 128 KiB (MAX_ARG_STRLEN of Linux), which are a thousand files of configuration.
printf '%s\n' "$recorded" >"$work/out/recorded"
# What was configuration before is looked at as well when it is a plain file now.
brought() {
  lines | while read -r name architecture _; do
    rpm -qp --nosignature --qf "$table" "$work/rpms/new/${name}_$architecture.rpm" 2>/dev/null | awk -F '\t' -v name="$name" -v recorded="$work/out/recorded" '
      BEGIN { while ((getline line <recorded) > 0) { split(line, part, "\t"); known[part[4]] = 1 } }
      int($1 / 64) % 2 == 0 && $2 != "" && (int($1) % 2 == 1 || $3 in known) { print name "\t" (int($1 / 16) % 2 ? "noreplace" : "replace") "\t" $2 "\t" $3 }'
  done
}
brought=$(brought) || brought=
current() {
  printf '%s\n%s\n' "$recorded" "$brought" | cut -f 4 | grep . | sort -u | while IFS= read -r path; do
    if [ -f "$path" ]; then
      printf '%s\t%s\t%s\n' "$(sha256sum <"$path" | cut -d' ' -f1)" "$(md5sum <"$path" | cut -d' ' -f1)" "$path"
    else
      printf -- '-\t-\t%s\n' "$path"
    fi
  done
}
section recorded printf '%s\n' "$recorded"
section brought printf '%s\n' "$brought"
section current current
answer_ends
