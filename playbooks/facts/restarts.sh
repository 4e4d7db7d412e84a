#!/bin/sh
# What service-restart.sh (its text is $1) says before (packages from $2 on) and, without packages, after.
# shellcheck disable=SC2317
script=$1
shift
if [ $# -gt 0 ]; then
  section units sh -c "$script" service-restart predict "$@"
else
  section units sh -c "$script" service-restart tell
fi
section reboot sh -c "$script" service-restart tell-reboot
answer_ends
