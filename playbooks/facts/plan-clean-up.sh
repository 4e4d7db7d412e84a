#!/bin/sh
# Removes throw-away directories of plans: the one of plan $1, and those that nobody touched for a day. Only root's own
# directories: /var/tmp is everybody's.
# shellcheck disable=SC2317
remove() {
  find /var/tmp -xdev -mindepth 1 -maxdepth 1 -type d -user root \
    \( -name "upkeep-plan-$1" -o -name 'upkeep-plan-*' -mmin +1440 \) -exec rm -rf -- {} +
}
section removed remove "$1"
answer_ends
