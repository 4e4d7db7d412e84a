#!/bin/sh
# How many transactions were committed in the engine, in any of its databases, since one of its ids: what its host would lose.
# Arguments: port, database, id.
exec runuser -u postgres -- psql -X -q -A -t -v ON_ERROR_STOP=1 -p "$1" -d "$2" -v since="$3" <<'SQL'
select count(*) from generate_series(:'since'::bigint, txid_snapshot_xmax(txid_current_snapshot()) - 1) as id
where txid_status(id) = 'committed';
SQL
