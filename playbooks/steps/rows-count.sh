#!/bin/sh
# How many transactions were committed in an engine, in any of its databases, since a point: what its host would lose.
# Arguments: port, database, the engine's next transaction id then, its place in the log then, ids open then (or -).
# Prints the number, and how it was had. "log": the transactions in the engine's log that changed anything but statistics;
# that needs no engine that runs. "ids": all that were handed out and committed, the engine's own work among them; where
# the log does not reach back so far. Whatever can not be counted is a failure, never none.
set -u
port=$1 database=$2 since=$3 place=$4 open=$5
work=$(mktemp -d /tmp/upkeep-count.XXXXXXXX) || exit 1
trap 'rm -rf -- "$work"' EXIT

sql() { runuser -u postgres -- psql -X -q -A -t -F ' ' -v ON_ERROR_STOP=1 -p "$port" -d "$database" "$@" 2>>"$work/said"; }

end='' data='' bin=''
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
  data=$(pg_lsclusters -h 2>>"$work/said" | awk -v port="$port" '$3 == port { print $6 }')
fi
if [ -n "$data" ] && pid=$(head -n 1 "$data/postmaster.pid" 2>/dev/null) && exe=$(readlink "/proc/$pid/exe"); then
  bin=${exe% (deleted)}
fi
version=$(cat "$data/PG_VERSION" 2>/dev/null)
for dir in "${bin%/*}" "/usr/lib/postgresql/$version/bin" "/usr/pgsql-$version/bin" /usr/bin; do
  bin=$dir
  [ ! -x "$dir/pg_waldump" ] || [ ! -x "$dir/pg_controldata" ] || break
done

# The log from some pages before the place on, for a record may have begun there; ids say what was before.
from() {
  high=$((0x${place%/*})) low=$((0x${place#*/}))
  at=$(((high * 4294967296 + low) / 8192 * 8192 - $1 * 8192))
  [ "$at" -ge 0 ] || at=0
  printf '%X/%X' "$((at / 4294967296))" "$((at % 4294967296))"
}

# Records from a place on, the last line with the exit status of who read them.
records() {
  line=$(runuser -u postgres -- "$bin/pg_controldata" -D "$data" 2>>"$work/said" | sed -n "s/^Latest checkpoint's TimeLineID: *//p")
  if [ -n "$end" ]; then
    runuser -u postgres -- "$bin/pg_waldump" -p "$data/pg_wal" -t "$line" -s "$1" -e "$end"
  else
    runuser -u postgres -- "$bin/pg_waldump" -p "$data/pg_wal" -t "$line" -s "$1"
  fi 2>"$work/log"
  echo "status $?"
}

# Relations 2619 and 3429 hold statistics, 2840 and 3430 what is too long for them: the engine gathers those by itself.
counted() {
  records "$1" | awk -v since="$since" -v open="$open" '
    function isAfter(id, d) {
      d = (id - since % 4294967296 + 4294967296) % 4294967296
      return d < 2147483648
    }
    function commits(id) {
      if (!isAfter(id) && !(id in wasOpen)) return 0
      return id in wrote || id in wasOpen
    }
    BEGIN { n = split(open, ids, ","); for (i = 1; i <= n; i++) if (ids[i] != "-") wasOpen[ids[i] % 4294967296] = 1 }
    /^status / { status = $2; next }
    /^rmgr: (Heap|Heap2|Generic) / {
      if ($2 != "Generic" && !/desc: (INSERT|UPDATE|HOT_UPDATE|DELETE|MULTI_INSERT|TRUNCATE)/) next
      if (/blkref #0: rel [0-9]+\/[0-9]+\/(2619|2840|3429|3430) /) next
      match($0, /tx: +[0-9]+/); id = substr($0, RSTART + 3, RLENGTH - 3) + 0
      wrote[id] = 1
      next
    }
    /^rmgr: Transaction / && /desc: COMMIT/ {
      match($0, /tx: +[0-9]+/); id = substr($0, RSTART + 3, RLENGTH - 3) + 0
      if (match($0, /COMMIT_PREPARED [0-9]+:/)) id = substr($0, RSTART + 16, RLENGTH - 17) + 0
      found = commits(id)
      if (match($0, /subxacts: [0-9 ]+/)) {
        n = split(substr($0, RSTART + 10, RLENGTH - 10), ids, " ")
        for (i = 1; i <= n; i++) if (commits(ids[i] + 0)) found = 1
      }
      total += found
    }
    END { print status, total + 0 }'
}

if [ -x "$bin/pg_waldump" ] && [ -n "$data" ]; then
  for pages in 0 8 128; do
    found=$(counted "$(from "$pages")")
    # Of an engine that is down the log is read until nothing more of it is there.
    if [ "${found%% *}" = 0 ] || { [ -z "$end" ] && grep -q 'error in WAL record at' "$work/log"; }; then
      echo "${found#* } log"
      exit 0
    fi
    cat "$work/log" >>"$work/said"
  done
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
