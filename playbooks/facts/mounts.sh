#!/bin/sh
# What is mounted, and which of it lies in the file system of the root: a line "root|other type place", the place as the
# kernel escapes it. Another subvolume shows the superblock of the root, so only its device number tells it from the root.
# shellcheck disable=SC2317
mounts() {
  root=$(stat -c %d /) || return 1
  lines=$(awk '{ for (i = 7; i <= NF && $i != "-"; i++); print $3, $(i + 1), $5 }' /proc/self/mountinfo) || return 1
  super=$(printf '%s\n' "$lines" | awk '$3 == "/" { super = $1 } END { print super }')
  [ -n "$super" ] || return 1
  printf '%s\n' "$lines" | while read -r device type place; do
    kind=other
    # Only these are asked: a share whose server is gone would not answer.
    if [ "$device" = "$super" ]; then
      found=$(stat -c %d -- "$(printf '%b' "$(printf '%s' "$place" | sed 's/\\\([0-7]\{3\}\)/\\0\1/g')")") || return 1
      [ "$found" != "$root" ] || kind=root
    fi
    printf '%s %s %s\n' "$kind" "$type" "$place"
  done
}
section mounts mounts
answer_ends
