#!/bin/sh
# Goes before each script of a fact. An answer is lines "@name base64 exit-code"; "@end count" comes last, so that
# nothing that a host prints can pass for another section, and a missing part is seen.
# shellcheck disable=SC2317
set -u
export LC_ALL=C DEBIAN_FRONTEND=noninteractive
sections=0

# section NAME COMMAND...: what the command prints and its exit code; its complaints stay on standard error.
section() {
  sections=$((sections + 1))
  printf '@%s ' "$1"
  shift
  { frame_code=$({ { ("$@") 3>&- 4>&-; echo "$?" >&3; } | base64 -w0 >&4 3>&-; } 3>&1); } 4>&1
  printf ' %s\n' "$frame_code"
}

answer_ends() {
  printf '@end %d\n' "$sections"
  exit 0
}
