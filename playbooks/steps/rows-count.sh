#!/bin/sh
# How many transactions were committed in an engine, in any of its databases, since a point: what its host would lose.
# Arguments: port, database, the engine's next transaction id then, its place in the log then, ids open then (or -).
# Prints the number, and how it was had. "log": the transactions in the engine's log that changed anything but statistics;
# that needs no engine that runs. "ids": all that were handed out and committed, the engine's own work among them; where
# the log does not reach back so far. Whatever can not be counted is a failure, never none.
set -u
port=$1 database=$2 since=$3 place=$4 open=$5
# What is said is read here, and said in the language of the host otherwise.
export LC_ALL=C
# The disk may be full; what lies in memory is not.
work=$(mktemp -d /run/upkeep-count.XXXXXXXX 2>/dev/null || mktemp -d /tmp/upkeep-count.XXXXXXXX) || exit 1
trap 'rm -rf -- "$work"' EXIT

as_postgres() { runuser -u postgres -- "$@" 2>>"$work/said"; }
sql() { as_postgres psql -X -q -A -t -F ' ' -v ON_ERROR_STOP=1 -p "$port" -d "$database" "$@"; }

# A program of the engine whose files lie in $data, beside the one that runs if any does.
program() {
  version=$(cat "$data/PG_VERSION" 2>/dev/null)
  bin=''
  if pid=$(head -n 1 "$data/postmaster.pid" 2>/dev/null) && exe=$(readlink "/proc/$pid/exe"); then bin=${exe% (deleted)}; fi
  for dir in "${bin%/*}" "/usr/lib/postgresql/$version/bin" "/usr/pgsql-$version/bin" /usr/bin; do
    [ ! -x "$dir/$1" ] || { echo "$dir/$1"; return; }
  done
  echo "$dir/$1"
}

# Directories with the files of an engine that is down and had this port, each once: pg_lsclusters knows those of Debian;
# elsewhere the configuration lies among the files.
directories() {
  if command -v pg_lsclusters >/dev/null; then pg_lsclusters -h 2>>"$work/said" | awk -v port="$port" '$3 == port { print $6 }'; fi
  set -- /var/lib/pgsql/data /var/lib/pgsql/*/data /var/lib/postgresql/data /var/lib/postgresql/*/*
  for data in "$@" $(systemctl show -p Environment 'postgresql*.service' 2>/dev/null | sed -n 's/^.*PGDATA=\([^ ]*\).*/\1/p'); do
    [ -f "$data/PG_VERSION" ] && [ -f "$data/postgresql.conf" ] || continue
    [ "$(as_postgres "$(program postgres)" -C port -D "$data")" = "$port" ] && readlink -f -- "$data"
  done
}

end='' data=''
# Commits that nobody waits for are in the log after three rounds of its writer, of 200 ms each.
if now=$(sql -c 'do $$ begin perform pg_sleep(1); end $$' -c "select txid_snapshot_xmax(txid_current_snapshot()),
  case when pg_is_in_recovery() then pg_last_wal_replay_lsn() else pg_current_wal_flush_lsn() end, current_setting('data_directory')"); then
  next=${now%% *} now=${now#* }
  end=${now%% *} data=${now#* }
  if [ "$next" -lt "$since" ]; then
    echo "the engine hands out id $next, and stood at $since before: it was put back to an earlier state already"
    exit 1
  fi
else
  data=$(directories | sort -u)
  if [ "$(printf '%s' "$data" | grep -c '')" != 1 ]; then
    echo "not one engine is known that had port $port: ${data:-none}" >>"$work/said"
    data=''
  fi
fi
waldump=$(program pg_waldump) controldata=$(program pg_controldata)

# What pg_controldata says of one thing.
control() { sed -n "s/^$1: *//p" "$work/control"; }

# A place in the log as a number, and back.
number() { echo "$((0x${1%/*} * 4294967296 + 0x${1#*/}))"; }
from() {
  # From some pages before it on, for a record may have begun there; ids say what was before.
  at=$(($(number "$place") / 8192 * 8192 - $1 * 8192))
  [ "$at" -ge 0 ] || at=0
  printf '%X/%X' "$((at / 4294967296))" "$((at % 4294967296))"
}

# Records from a place on, the last line with the exit status of who read them.
records() {
  set -- -p "$data/pg_wal" -t "$line" -s "$1"
  [ -z "$end" ] || set -- "$@" -e "$end"
  runuser -u postgres -- "$waldump" "$@" 2>"$work/log"
  echo "status $?"
}

# Where the engine runs, files of its statistics that lie under another number than at first, as DATABASE/NUMBER.
moved_statistics() {
  [ -n "$end" ] || return 0
  for name in $(sql -c "select datname from pg_database where datallowconn and datname ~ '^[A-Za-z0-9_.-]+\$'"); do
    as_postgres psql -X -q -A -t -v ON_ERROR_STOP=1 -p "$port" -d "$name" -c "select d.oid || '/' || pg_relation_filenode(c.oid)
      from pg_class c, pg_database d where datname = current_database() and c.oid in (2619, 2840, 3429, 3430)"
  done
}

# Relations 2619 and 3429 hold statistics, 2840 and 3430 what is too long for them: the engine gathers those by itself.
# Ids are words here: some awk writes numbers above 2^31 with six digits. Prints exit status, number, place and length of
# the last record.
counted() {
  records "$1" | awk -v since="$since" -v open="$open" -v statistics="$statistics" '
    function isAfter(id, d) {
      d = (id - since % 4294967296 + 4294967296) % 4294967296
      return d < 2147483648
    }
    function commits(id) {
      if (id in wasOpen) return 1
      return isAfter(id) && id in wrote
    }
    function own() {
      match($0, /tx: +[0-9]+/)
      id = substr($0, RSTART + 3, RLENGTH - 3)
      sub(/^ +/, "", id)
      return id ""
    }
    BEGIN {
      n = split(open, ids, ",")
      for (i = 1; i <= n; i++) if (ids[i] != "-") wasOpen[sprintf("%.0f", ids[i] % 4294967296)] = 1
      n = split(statistics, ids, " ")
      for (i = 1; i <= n; i++) gathered[ids[i]] = 1
    }
    /^status / { status = $2; next }
    /^rmgr: / { last = $0 }
    /^rmgr: (Heap|Heap2|Generic|custom[0-9]*) / {
      if ($2 ~ /^Heap/) {
        if (!/desc: (INSERT|UPDATE|HOT_UPDATE|DELETE|MULTI_INSERT|TRUNCATE)/) next
        if (match($0, /blkref #0: rel [0-9]+\/[0-9]+\/[0-9]+ /)) {
          split(substr($0, RSTART, RLENGTH - 1), part, "/")
          if (part[3] ~ /^(2619|2840|3429|3430)$/ || (part[2] "/" part[3]) in gathered) next
        }
      }
      wrote[own()] = 1
      next
    }
    /^rmgr: Transaction / && /desc: COMMIT/ {
      id = own()
      if (match($0, /COMMIT_PREPARED [0-9]+:/)) id = substr($0, RSTART + 16, RLENGTH - 17) ""
      found = commits(id)
      if (match($0, /subxacts: [0-9 ]+/)) {
        n = split(substr($0, RSTART + 10, RLENGTH - 10), ids, " ")
        for (i = 1; i <= n; i++) if (commits(ids[i] "")) found = 1
      }
      total += found
    }
    END {
      match(last, /lsn: [0-9A-F]+\/[0-9A-F]+/); lsn = substr(last, RSTART + 5, RLENGTH - 5)
      match(last, /\/ *[0-9]+, tx:/); bytes = substr(last, RSTART + 1, RLENGTH - 5)
      printf "%s %.0f %s %d\n", status, total, lsn == "" ? "0/0" : lsn, bytes
    }'
}

# Whether the log of an engine that is down ends with the record at $1, of $2 bytes. One that was shut down ends with its
# checkpoint. Else nothing may lie behind: a record that is damaged looks like the end, and others may follow it.
ends() {
  at=$(number "$1") left=$2 checkpoint=$(control 'Latest checkpoint location')
  [ -n "$checkpoint" ] || return 1
  checkpoint=$(number "$checkpoint")
  if [ "$(control 'Database cluster state')" = 'shut down' ]; then
    [ "$at" = "$checkpoint" ] || echo "the log of an engine that was shut down can be read up to $1 only, and goes on" >>"$work/said"
    [ "$at" = "$checkpoint" ]
    return
  fi
  page=$(control 'WAL block size') segment=$(control 'Bytes per WAL segment')
  if [ "$at" -lt "$checkpoint" ] || [ "$at" -lt "$(number "$(control 'Minimum recovery ending location')")" ]; then
    echo "the log can be read up to $1 only, and its engine has been further" >>"$work/said"
    return 1
  fi
  while room=$((page - at % page)) && [ "$left" -gt "$room" ]; do
    # It goes on behind the head of the next page; the first one of a file has a longer one.
    left=$((left - room)) at=$((at + room))
    at=$((at + ($((at % segment)) ? 24 : 40)))
  done
  at=$(((at + left + 7) / 8 * 8))
  each=$((4294967296 / segment))
  file=$data/pg_wal/$(printf '%08X%08X%08X' "$line" "$((at / segment / each))" "$((at / segment % each))")
  rest=$(((page - at % page) % page))
  if [ -f "$file" ]; then
    # What is left of its last page is empty, and no page behind carries its own place.
    behind=$(tail -c "+$((at % segment + 1))" "$file" | head -c "$rest" | tr -d '\000' | wc -c)
    if [ "$behind" = 0 ] && [ "$((at % segment + rest))" -lt "$segment" ]; then
      behind=$(od -v -A d -t u8 -w16 -j "$((at % segment + rest))" "$file" |
        awk -v page="$page" -v base="$((at / segment * segment))" '$1 % page == 0 && NF == 3 && $3 == base + $1 { n++ } END { print n + 0 }')
    fi
    if [ "$behind" != 0 ]; then
      echo "behind the last record that can be read, at $1, more was written to the log" >>"$work/said"
      return 1
    fi
  fi
  for file in "$data"/pg_wal/????????????????????????; do
    number=${file##*/}
    number=${number#????????}
    own=$(((0x${number%????????} * each + 0x${number#????????}) * segment))
    [ "$own" -gt "$at" ] || continue
    if [ "$(od -A n -t u8 -N 16 "$file" | awk '{ print $2 }')" = "$own" ]; then
      echo "behind the last record that can be read, at $1, the log goes on in ${file##*/}" >>"$work/said"
      return 1
    fi
  done
}

if [ -x "$waldump" ] && [ -x "$controldata" ] && [ -n "$data" ] && as_postgres "$controldata" -D "$data" >"$work/control"; then
  line=$(control "Latest checkpoint's TimeLineID")
  statistics=$(moved_statistics | tr '\n' ' ')
  for pages in 0 8 128; do
    # shellcheck disable=SC2046
    set -- $(counted "$(from "$pages")")
    if [ "$(number "$3")" -ge "$(number "$place")" ] || { [ -n "$end" ] && [ "$1" = 0 ] && [ "$(number "$end")" -ge "$(number "$place")" ]; }; then
      if [ "$1" = 0 ] || { [ -z "$end" ] && grep -q 'error in WAL record at' "$work/log" && ends "$3" "$4"; }; then
        echo "$2 log"
        exit 0
      fi
    fi
    cat "$work/log" >>"$work/said"
  done
else
  echo "no pg_waldump or pg_controldata for the engine on port $port" >>"$work/said"
fi

if [ -n "$end" ]; then
  found=$(sql -v since="$since" -v next="$next" -v open="$open" <<'SQL'
select count(*) filter (where status = 'committed'), count(*) filter (where status is null) from (
  select txid_status(id) as status from (
    select generate_series(:'since'::bigint, :'next'::bigint - 1) as id
    union select unnest(string_to_array(nullif(:'open', '-'), ','))::bigint
  ) as ids
) as answers;
SQL
  ) && [ "${found#* }" = 0 ] && { echo "${found% *} ids"; exit 0; }
  echo "of ${found#* } transactions the engine does not know any more whether they were committed" >>"$work/said"
fi
sed 's/^/  /' "$work/said" | tail -n 12
exit 1
