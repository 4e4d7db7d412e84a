#!/bin/sh
# Part of an inspection: who logged in by SSH since the last one, and who tried. The journal says which process wrote a
# line, so that nobody else can pass for sshd; without one it is auth.log, where others can. Lines: "until SECOND SOURCE",
# "from SECOND" (the oldest entry), "in COUNT METHOD USER ADDRESS FAILURES" by who and whence, "not COUNT USER" for accounts
# that may not, "unknown COUNT EXAMPLE"; names with blanks in them have "?" instead.
# shellcheck disable=SC2016,SC2154,SC2317
logins_until=$(date +%s)
case $logins_since in
  *[!0-9]* | '') logins_from=$((logins_until - 86400)) ;;
  *) logins_from=$logins_since ;;
esac
# A clock that was set back: better twice than never.
[ "$logins_from" -le "$logins_until" ] || logins_from=$((logins_until - 604800))

has_journal() {
  command -v journalctl >/dev/null || return 1
  for file in /var/log/journal/*/system.journal /run/log/journal/*/system.journal; do [ ! -f "$file" ] || return 0; done
  return 1
}
# SECOND MESSAGE of sshd. Failures of the hour before count for a log-in that comes after them.
journal_lines() {
  { limited 20 67108864 journalctl -q --no-pager -o short-unix --since "@$((logins_from - 3600))" --until "@$logins_until" \
    _UID=0 _COMM=sshd + _UID=0 _COMM=sshd-session || echo failed; } |
    sed -n -e 's/^\([0-9]*\)\.[0-9]* [^ ]* [^ ]*: /\1 /p' -e '/^failed$/p'
}
log_lines() {
  for log in /var/log/auth.log.1 /var/log/auth.log /var/log/secure; do [ ! -f "$log" ] || cat "$log"; done |
    awk -v now="$logins_until" -v zone="$(date +%z)" -v year="$(date +%Y)" -v month="$(date +%m)" '
      function seconds(y, m, d, time,   part, days) {
        split(time, part, ":")
        if (m <= 2) { y--; m += 12 }
        days = 365 * y + int(y / 4) - int(y / 100) + int(y / 400) + int((153 * (m - 3) + 2) / 5) + d - 719469
        return days * 86400 + part[1] * 3600 + part[2] * 60 + int(part[3])
      }
      function shift(text) {
        if (text !~ /^[+-]/) return 0
        gsub(/:/, "", text)
        return (substr(text, 1, 1) == "-" ? -1 : 1) * (substr(text, 2, 2) * 3600 + substr(text, 4, 2) * 60)
      }
      BEGIN { split("Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec", names, " "); for (i in names) number[names[i]] = i + 0 }
      /^[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]T/ {
        at = seconds(substr($1, 1, 4) + 0, substr($1, 6, 2) + 0, substr($1, 9, 2) + 0, substr($1, 12, 8))
        rest = substr($1, 20); sub(/^\.[0-9]*/, "", rest)
        at -= shift(rest); first = 3
      }
      /^[A-Z][a-z][a-z] +[0-9]/ {
        m = number[$1]; y = year + 0
        if (month + 0 < m) y--
        at = seconds(y, m, $2 + 0, $3) - shift(zone); first = 5
      }
      first && $first ~ /^sshd(-session)?\[[0-9]+\]:$/ {
        message = $0
        for (i = 1; i <= first; i++) sub(/^[^ ]+ +/, "", message)
        if (message ~ /^message repeated [0-9]+ times: \[ /) {
          times = message; sub(/^message repeated /, "", times); times += 0
          sub(/^message repeated [0-9]+ times: \[ /, "", message); sub(/\]$/, "", message)
          for (i = 1; i < times && i < 1000; i++) print at, message
        }
        print at, message
      }
      { first = 0 }'
}
# The address stands last, and sshd writes it: whatever a name holds, "from" and "port" within it are not the last ones.
count_logins() {
  awk -v since="$logins_from" -v until="$logins_until" '
    function tail(pattern) {
      if (!match(message, pattern)) return 0
      address = substr(message, RSTART + 6); sub(/ .*/, "", address)
      head = substr(message, 1, RSTART - 1)
      return 1
    }
    function plain(text) { gsub(/[^A-Za-z0-9@._:%+$-]/, "?", text); return text == "" ? "?" : substr(text, 1, 100) }
    $0 == "failed" { print; next }
    {
      at = $1 + 0; message = $0; sub(/^[0-9]+ /, "", message)
      if (until <= at) next
      is_new = since <= at
    }
    /^[0-9]+ Accepted [a-z\/-]+ for / {
      if (!is_new || !tail(" from [^ ]+ port [0-9]+ ssh2(: .*)?$")) next
      method = $3; user = head; sub(/^Accepted [^ ]+ for /, "", user)
      key = plain(method) " " plain(user) " " plain(address)
      gsub(/\//, "-", key)
      if (!(key in accepted)) order[++kinds] = key
      accepted[key]++
      if (before[key] < failed[address]) before[key] = failed[address]
      failed[address] = 0
      next
    }
    /^[0-9]+ Failed (password|keyboard-interactive)[a-z\/]* for / {
      if (tail(" from [^ ]+ port [0-9]+ ssh2$")) failed[address]++
      next
    }
    /^[0-9]+ Invalid user / {
      if (is_new && tail(" from [^ ]+( port [0-9]+)?$")) { strange++; sub(/^Invalid user /, "", head); example = plain(head) " from " address }
      next
    }
    /^[0-9]+ User .* not allowed because / {
      if (!is_new) next
      user = message; sub(/^User /, "", user); match(user, / (from [^ ]+ )?not allowed because /); user = substr(user, 1, RSTART - 1)
      refused[plain(user)]++
      next
    }
    /^[0-9]+ pam_[a-z]+\(sshd:account\): account [^ ]+ has expired/ { if (is_new) { refused[plain($4)]++ } }
    END {
      for (i = 1; i <= kinds && i <= 400; i++) {
        part = order[i]; print "in", accepted[part], part, before[part] + 0
      }
      if (400 < kinds) print "more", kinds - 400
      n = 0
      for (user in refused) if (n++ < 50) print "not", refused[user], user
      if (strange) print "unknown", strange, example
    }'
}
logins() {
  if has_journal; then
    echo "until $logins_until journal"
    oldest=$(timeout -k 1 5 journalctl -q --no-pager -o short-unix 2>/dev/null | head -n 1 | sed -n 's/^\([0-9]*\)\..*/\1/p')
    [ -z "$oldest" ] || echo "from $oldest"
    journal_lines | count_logins
  else
    for log in /var/log/auth.log /var/log/secure; do [ ! -f "$log" ] || found=$log; done
    [ -n "${found:-}" ] || return 0
    echo "until $logins_until log"
    log_lines | count_logins
  fi
}
section logins logins
