#!/bin/sh
# Part of an inspection: PostgreSQL, by its own client over its socket, one session an engine, read-only and each
# statement with a limit of its own; and what its log has had since the place where the last inspection left it.
# Engines are those that the estate names and those whose sockets are there.
# shellcheck disable=SC2016,SC2154,SC2317
# Only what is in pg_catalog is called by its name alone: this is the engine's superuser, and users make functions as well.
# What belongs to pg_stat_statements is asked for only where that is installed, and there.
pg_sql="select case count(*) when 1 then 'true' else 'false' end as has, coalesce(min(nspname), '') as schema from pg_extension e join pg_namespace n on n.oid = e.extnamespace
    where extname = 'pg_stat_statements' \\gset
  select json_build_object('part', 'engine', 'version', current_setting('server_version_num')::int,
    'recovery', pg_is_in_recovery(), 'max', current_setting('max_connections')::int,
    'reserved', current_setting('superuser_reserved_connections')::int + coalesce(current_setting('reserved_connections', true)::int, 0),
    'clients', (select count(*) from pg_stat_activity where backend_type = 'client backend' and pid != pg_backend_pid()),
    'statements', :has,
    'logged', (select setting::int from pg_settings where name = 'log_min_duration_statement'));
  select json_build_object('part', 'oldest', 'seconds', a.seconds, 'state', a.state, 'user', a.usename, 'database', a.datname,
    'prepared', (select extract(epoch from clock_timestamp() - min(prepared)) from pg_prepared_xacts))
    from (select 1) one left join (select extract(epoch from clock_timestamp() - xact_start) as seconds, state, usename, datname
    from pg_stat_activity where xact_start is not null and backend_type = 'client backend' and pid != pg_backend_pid()
    order by xact_start limit 1) a on true;
  select json_build_object('part', 'standbys', 'rows', coalesce((select json_agg(json_build_object('name', application_name,
    'address', client_addr, 'state', state, 'seconds', extract(epoch from replay_lag), 'bytes',
    case when pg_is_in_recovery() then null else pg_wal_lsn_diff(pg_current_wal_lsn(), replay_lsn) end))
    from (select * from pg_stat_replication limit 20) r), '[]'));
  select json_build_object('part', 'receiver', 'status', (select status from pg_stat_wal_receiver limit 1), 'seconds',
    case when pg_last_wal_receive_lsn() = pg_last_wal_replay_lsn() then 0
    else extract(epoch from clock_timestamp() - pg_last_xact_replay_timestamp()) end);
  select json_build_object('part', 'slots', 'rows', coalesce((select json_agg(json_build_object('name', slot_name, 'active', active,
    'status', jsonb_extract_path_text(to_jsonb(s), 'wal_status'), 'bytes', pg_wal_lsn_diff(case when pg_is_in_recovery()
    then pg_last_wal_replay_lsn() else pg_current_wal_lsn() end, restart_lsn)))
    from (select * from pg_replication_slots limit 50) s), '[]'));
  select json_build_object('part', 'tables', 'rows', coalesce((select json_agg(json_build_object('name', schemaname || '.' || relname,
    'dead', n_dead_tup, 'live', n_live_tup, 'vacuumed', extract(epoch from clock_timestamp() - greatest(last_autovacuum, last_vacuum))))
    from (select * from pg_stat_user_tables where 10000 <= n_dead_tup
    order by n_dead_tup::float / (n_live_tup + n_dead_tup) desc limit 5) t), '[]'));
  select json_build_object('part', 'wraparound', 'rows', (select json_agg(json_build_object('name', datname, 'xid', age(datfrozenxid),
    'multi', mxid_age(datminmxid))) from (select * from pg_database where datallowconn order by age(datfrozenxid) desc limit 5) d));
  select json_build_object('part', 'databases', 'rows', (select json_agg(json_build_object('name', datname, 'bytes', bytes)) from
    (select datname, pg_database_size(oid) as bytes from pg_database where datallowconn order by 2 desc limit 5) d));
  select json_build_object('part', 'sizes', 'rows', coalesce((select json_agg(json_build_object('name', name, 'bytes', bytes)) from
    (select name, pg_total_relation_size(relation) as bytes from (select n.nspname || '.' || c.relname as name, c.oid as relation
    from pg_class c join pg_namespace n on n.oid = c.relnamespace left join pg_class toast on toast.oid = c.reltoastrelid
    where c.relkind in ('r', 'm') and c.relpersistence = 'p' and n.nspname not in ('pg_catalog', 'information_schema')
    order by c.relpages + coalesce(toast.relpages, 0) desc, c.oid limit 5) largest) t), '[]'));
  \\if :has
  select json_build_object('part', 'reset', 'time', stats_reset::text) from :\"schema\".pg_stat_statements_info;
  select json_build_object('part', 'statements', 'rows', coalesce((select json_agg(json_build_array(queryid::text, calls, round(ms)))
    from (select queryid, sum(calls) as calls, sum(coalesce(jsonb_extract_path_text(to_jsonb(s), 'total_exec_time'),
    jsonb_extract_path_text(to_jsonb(s), 'total_time'))::numeric) as ms from :\"schema\".pg_stat_statements(false) s
    where queryid is not null group by queryid order by 3 desc limit 200) top), '[]'));
  \\endif
  select json_build_object('part', 'end');
"
# DIRECTORY PORT DATABASE
pg_engine() {
  limited 25 262144 env PGCONNECT_TIMEOUT=5 \
    PGOPTIONS='-c search_path=pg_catalog -c statement_timeout=4000 -c lock_timeout=1000 -c default_transaction_read_only=on' \
    sh -c 'printf "%s" "$1" | runuser -u postgres -- psql -X -q -A -t -h "$2" -p "$3" -d "$4"' sh "$pg_sql" "$@"
}
# FILE INODE OFFSET PROGRAM: what that awk program makes of what is new in a log, and where it ends now:
# "log inode size counted-bytes" and the path. At most 64 MB are read. The file of that number may be put aside by now.
log_news() {
  inode=$(timeout -k 1 2 stat -c %i -- "$1") && size=$(timeout -k 1 2 stat -c %s -- "$1") || return 1
  from=$size old=
  if [ "$2" = "$inode" ] && [ "$3" -le "$size" ]; then
    from=$3
  elif [ "$2" != - ]; then
    from=0
    for aside in "$1.1" "$1.0"; do
      [ ! -f "$aside" ] || [ "$(stat -c %i -- "$aside")" != "$2" ] || old=$aside
    done
  fi
  news=$((size - from))
  most=67108864
  [ "$news" -le "$most" ] || from=$((size - most))
  echo "log $inode $size $news $1"
  { [ -z "$old" ] || timeout -k 1 10 tail -c "+$(($3 + 1))" -- "$old" | head -c "$most"; timeout -k 1 10 tail -c "+$((from + 1))" -- "$1" | head -c "$((size - from))"; } | awk "$4"
}
# Lines of one statement go on behind a tab; within a line the first such word is that of PostgreSQL.
pg_log_words='
  /^\t/ { next }
  match($0, /(DEBUG[1-5]?|INFO|NOTICE|WARNING|ERROR|LOG|FATAL|PANIC|DETAIL|HINT|STATEMENT|CONTEXT|QUERY|LOCATION):  /) {
    kind = substr($0, RSTART, RLENGTH - 3); text = substr($0, RSTART + RLENGTH)
    if (kind == "LOG" && text ~ /^duration: [0-9.]+ ms/) { split(text, word, " "); if (1000 <= word[2] + 0) slow++ }
    if (kind == "ERROR" || kind == "FATAL") errors++
    if (kind == "PANIC") panics++
    else if (kind ~ /^(WARNING|ERROR|FATAL|LOG)$/ && text ~ /^(invalid page in block|page verification failed|could not (read|write|fsync) (block|file))/) panics++
  }
  END { print "counts", slow + 0, errors + 0, panics + 0 }'
# The log is where the first process writes to, or what its collector calls the current one.
pg_log() {
  pid=$(sed -n 1p "$1/.s.PGSQL.$2.lock") && data=$(sed -n 2p "$1/.s.PGSQL.$2.lock") || return 1
  file=$(readlink "/proc/$pid/fd/2")
  if [ -f "$data/current_logfiles" ]; then
    file=$(sed -n 's/^stderr //p' "$data/current_logfiles")
    case $file in '' | /*) ;; *) file=$data/$file ;; esac
  fi
  case $file in /dev/* | '' | *:*) return 0 ;; esac
  timeout -k 1 2 test -f "$file" || return 0
  log_news "$file" "$3" "$4" "$pg_log_words"
}
pg_sockets() {
  for socket in /run/postgresql/.s.PGSQL.* /tmp/.s.PGSQL.*; do
    # In /tmp anybody can put one there, and a client says much to who passes for the server.
    [ -S "$socket" ] && [ "$(stat -c %U -- "$socket")" = postgres ] && echo "${socket%/*} ${socket##*.}"
  done
  return 0
}
pg_wanted() {
  command -v psql >/dev/null && command -v runuser >/dev/null && sockets=$(pg_sockets) || sockets=
  {
    [ -z "$postgresql" ] || echo "$postgresql"
    # What the estate does not name is asked for itself, not for what is in it.
    [ -z "$sockets" ] || echo "$sockets" | sed 's/^\(.*\) \([0-9]*\)$/\2 postgres - -/'
  } | awk '!seen[$1]++' | head -n 4 | while read -r port database inode offset; do
    directory=$(echo "$sockets" | awk -v port="$port" '$2 == port { print $1; exit }')
    echo "$port $database ${inode:--} ${offset:--} ${directory:-/run/postgresql}"
  done
}
pg_engines=$(pg_wanted)
section postgresql-engines printf '%s\n' "$pg_engines"
pg_line() { echo "$pg_engines" | sed -n "$1p"; }
pg_field() { pg_line "$1" | cut -d ' ' -f "$2"; }
pg_at=1
while [ -n "$(pg_line "$pg_at")" ]; do
  pg_port=$(pg_field "$pg_at" 1)
  section "postgresql-$pg_port" pg_engine "$(pg_field "$pg_at" 5)" "$pg_port" "$(pg_field "$pg_at" 2)"
  section "postgresql-log-$pg_port" pg_log "$(pg_field "$pg_at" 5)" "$pg_port" "$(pg_field "$pg_at" 3)" "$(pg_field "$pg_at" 4)"
  pg_at=$((pg_at + 1))
done
