#!/bin/sh
# Where a database stands, in one line: SHA-256 of its schema, the engine's next transaction id, its place in the log, and
# the ids before that one that had not ended, or -.
# Arguments: port, database. The schema is that of everything but the engine's own and Upkeep's; no rows, no sequences.
exec runuser -u postgres -- psql -X -q -A -t -F ' ' -v ON_ERROR_STOP=1 -p "$1" -d "$2" <<'SQL'
set search_path = pg_catalog;
-- The place comes first: what is committed between the two is found in the log behind it.
select case when pg_is_in_recovery() then pg_last_wal_replay_lsn() else pg_current_wal_lsn() end as place \gset
with space as (
  select oid, nspname from pg_namespace
  where nspname !~ '^pg_' and nspname not in ('information_schema', 'upkeep')
), line (text) as (
  select format('space %I', nspname) from space
  union all
  select format('extension %I %s', extname, extversion) from pg_extension
  union all
  select format('relation %I.%I %s %s %s', nspname, relname, relkind, relpersistence, pg_get_partkeydef(c.oid))
  from pg_class c join space s on s.oid = relnamespace where relkind in ('r', 'p', 'v', 'm', 'f', 'S')
  union all
  select format('column %I.%I.%I %s %s %s %s %s', nspname, relname, attname, format_type(atttypid, atttypmod),
    attnotnull, attidentity, attgenerated, pg_get_expr(adbin, adrelid))
  from pg_attribute a join pg_class c on c.oid = attrelid join space s on s.oid = relnamespace
  left join pg_attrdef d on adrelid = attrelid and adnum = attnum
  where attnum > 0 and not attisdropped and relkind in ('r', 'p', 'v', 'm', 'f', 'c')
  union all
  select format('view %I.%I %s', nspname, relname, pg_get_viewdef(c.oid))
  from pg_class c join space s on s.oid = relnamespace where relkind in ('v', 'm')
  union all
  select format('index %s', pg_get_indexdef(i.indexrelid))
  from pg_index i join pg_class c on c.oid = indexrelid join space s on s.oid = relnamespace
  union all
  select format('constraint %I.%I %s %s', nspname, conname, nullif(conrelid, 0)::regclass, pg_get_constraintdef(o.oid))
  from pg_constraint o join space s on s.oid = connamespace
  union all
  select format('trigger %s', pg_get_triggerdef(t.oid))
  from pg_trigger t join pg_class c on c.oid = tgrelid join space s on s.oid = relnamespace where not tgisinternal
  union all
  select format('function %I.%I(%s) %s %s %s', nspname, proname, pg_get_function_identity_arguments(p.oid),
    pg_get_function_result(p.oid), prolang, prosrc)
  from pg_proc p join space s on s.oid = pronamespace
  union all
  select format('enum %I.%I %s %L', nspname, typname, enumsortorder, enumlabel)
  from pg_enum e join pg_type t on t.oid = enumtypid join space s on s.oid = typnamespace
)
select encode(sha256(convert_to(coalesce(string_agg(text, e'\n' order by text collate "C"), ''), 'UTF8')), 'hex'),
  txid_snapshot_xmax(txid_current_snapshot()),
  :'place',
  coalesce((select string_agg(id::text, ',') from txid_snapshot_xip(txid_current_snapshot()) as id), '-')
from line;
SQL
