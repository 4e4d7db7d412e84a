#!/bin/sh
# What a person holds on a host with dnf, and which versions rpm has.
# shellcheck disable=SC2317

# locked_names PROGRAM: names of packages that versionlock or the configuration of dnf holds; fails when they can not be read.
locked_names() {
  locks=$(mktemp -d /run/upkeep-holds.XXXXXX) || return 1
  "$(sed -n '1s/^#! *\(\/[A-Za-z0-9/._-]*\).*/\1/p' "$(command -v dnf)")" -I -c "$1" "$locks"
  locks_code=$?
  rm -rf "$locks"
  return "$locks_code"
}

# versions_of NAME ARCHITECTURE: each version that is installed, one a line. rpm takes "a-1" for the package a in version 1
# where no package has that name, so its answer counts only for the name that was asked for.
versions_of() {
  rpm -q "$1.$2" --qf '%{NAME} %{EPOCHNUM}:%{VERSION}-%{RELEASE}\n' 2>/dev/null |
    awk -v name="$1" '$1 == name && $2 ~ /^[0-9]+:/ { sub(/^0:/, "", $2); print $2 }'
}
