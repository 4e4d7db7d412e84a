#!/bin/sh
# Last part of an inspection: the counters again.
# shellcheck disable=SC2154,SC2317
# A jump of the clock does not touch /proc/uptime.
while [ "$(($(centiseconds) - started))" -lt 200 ]; do sleep 0.2 2>/dev/null || sleep 1; done
section group-last group_time
section net-last limited 2 262144 cat /proc/net/dev
section blocked-last blocked
section blocks-last limited 2 262144 cat /proc/diskstats
section processor-last grep '^cpu' /proc/stat
section uptime-last cat /proc/uptime
section boot-last cat /proc/sys/kernel/random/boot_id
answer_ends
