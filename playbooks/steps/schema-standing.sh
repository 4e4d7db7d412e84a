#!/bin/sh
# Where a database stands, in one line: SHA-256 of its schema, the engine's next transaction id, its place in the log, and
# the ids before that one that had not ended, or -.
# Arguments: port, database, "take" where others will be counted from here. The schema is that of everything but the engine's own, Upkeep's, partitions, and what belongs
# to an extension, which stands there by its version; no rows, no sequences.
exec runuser -u postgres -- psql -X -q -A -t -F ' ' -v ON_ERROR_STOP=1 -p "$1" -d "$2" -v for="${3-}" <<'SQL'
set search_path = pg_catalog;
-- The place comes first: what is committed between the two is found in the log behind it.
select case when pg_is_in_recovery() then pg_last_wal_replay_lsn() else pg_current_wal_lsn() end as place,
  not pg_is_in_recovery() and :'for' = 'take' as begins \gset
-- The next id of a snapshot is one above the last that has ended. An id of our own that ends behind the place has every
-- earlier one that has not ended listed as open; what is not listed then began, and wrote, behind the place alone.
\if :begins
select txid_current() as own \gset
\endif
with space as (
  select oid, nspname from pg_namespace
  where nspname !~ '^pg_' and nspname not in ('information_schema', 'upkeep')
), member as (
  select classid, objid from pg_depend where deptype = 'e'
), relation as (
  select c.*, nspname from pg_class c join space s on s.oid = relnamespace
  where not relispartition and (1259, c.oid) not in (select classid, objid from member)
), routine as (
  select p.*, nspname from pg_proc p join space s on s.oid = pronamespace
  where (1255, p.oid) not in (select classid, objid from member)
), line (text) as (
  select format('space %I', nspname) from space
  where (2615, oid) not in (select classid, objid from member)
  union all
  select format('extension %I %s', extname, extversion) from pg_extension
  union all
  select format('relation %I.%I %s %s %s %s %s', nspname, relname, relkind, relpersistence, pg_get_partkeydef(oid),
    relrowsecurity, relforcerowsecurity)
  from relation where relkind in ('r', 'p', 'v', 'm', 'f', 'S')
  union all
  select format('column %I.%I.%I %s %s %s %s %s', nspname, relname, attname, format_type(atttypid, atttypmod),
    attnotnull, attidentity, attgenerated, pg_get_expr(adbin, adrelid))
  from pg_attribute a join relation c on c.oid = attrelid
  left join pg_attrdef d on adrelid = attrelid and adnum = attnum
  where attnum > 0 and not attisdropped and relkind in ('r', 'p', 'v', 'm', 'f', 'c')
  union all
  select format('view %I.%I %s', nspname, relname, pg_get_viewdef(oid)) from relation where relkind in ('v', 'm')
  union all
  select format('index %s', pg_get_indexdef(i.indexrelid)) from pg_index i join relation c on c.oid = indrelid
  union all
  -- A key that points to a partitioned table has one for each partition of that beneath it.
  select format('constraint %I.%I %s %s', nspname, conname, nullif(conrelid, 0)::regclass, pg_get_constraintdef(o.oid))
  from pg_constraint o join space s on s.oid = connamespace
  where conparentid = 0 and (conrelid = 0 or conrelid in (select oid from relation))
  union all
  select format('trigger %s', pg_get_triggerdef(t.oid))
  from pg_trigger t join relation c on c.oid = tgrelid where not tgisinternal
  union all
  select format('rule %s %s', ev_enabled, pg_get_ruledef(r.oid))
  from pg_rewrite r join relation c on c.oid = ev_class where rulename <> '_RETURN'
  union all
  select format('policy %I.%I.%I %s %s %s %s %s', nspname, relname, polname, polpermissive, polcmd,
    (select string_agg(coalesce(rolname, 'public'), ',' order by rolname) from unnest(polroles) as role
      left join pg_roles on pg_roles.oid = role),
    pg_get_expr(polqual, polrelid), pg_get_expr(polwithcheck, polrelid))
  from pg_policy p join relation c on c.oid = polrelid
  union all
  select format('function %I.%I(%s) %s %s', nspname, proname, pg_get_function_identity_arguments(oid),
    pg_get_function_result(oid), case when prokind = 'a' then '' else pg_get_functiondef(oid) end)
  from routine
  union all
  select format('enum %I.%I %s %L', nspname, typname, enumsortorder, enumlabel)
  from pg_enum e join pg_type t on t.oid = enumtypid join space s on s.oid = typnamespace
  where (1247, t.oid) not in (select classid, objid from member)
)
select encode(sha256(convert_to(coalesce(string_agg(text, e'\n' order by text collate "C"), ''), 'UTF8')), 'hex'),
  txid_snapshot_xmax(txid_current_snapshot()),
  :'place',
  coalesce((select string_agg(id::text, ',') from txid_snapshot_xip(txid_current_snapshot()) as id), '-')
from line;
SQL
