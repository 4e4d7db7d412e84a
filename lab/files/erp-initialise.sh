# Makes the ERP's database once, in the layers: PostgreSQL of the layer $1, Tryton of the layer $2, talking over the
# loopback of a network namespace of their own. The passwords come as TRYTON, REPLICATION, PROBE and ADMIN.
set -eu
db=$1 app=$2
ip link set lo up
for root in "$db" "$app"; do
  mount -t proc proc "$root/proc"
  mount -t tmpfs -o mode=1777 tmpfs "$root/tmp"
  mount -t tmpfs -o mode=1777 tmpfs "$root/dev/shm"
  mount -t tmpfs -o mode=0755 tmpfs "$root/run"
done
mkdir -p "$db/run/postgresql"
chroot "$db" chown postgres:postgres /run/postgresql

data=/var/lib/postgresql/15/main
server=/usr/lib/postgresql/15/bin
as_postgres() { chroot "$db" setpriv --reuid=postgres --regid=postgres --init-groups "$@"; }
# Nothing of this is needed again if the machine stops now. Tryton asks the catalogue for the definition of each table after
# each change of one: with its dead rows vacuumed at once that takes a third less of the whole.
fast='-c fsync=off -c full_page_writes=off -c synchronous_commit=off -c listen_addresses=127.0.0.1 -c jit=off'
fast="$fast -c autovacuum_naptime=1s -c autovacuum_vacuum_cost_delay=0"
fast="$fast -c autovacuum_vacuum_scale_factor=0.02 -c autovacuum_analyze_scale_factor=0.05"
as_postgres "$server/pg_ctl" -w -s -D "$data" -l /tmp/log \
  -o "-c config_file=/etc/postgresql/15/main/postgresql.conf $fast" start
as_postgres psql -q -v ON_ERROR_STOP=1 <<SQL
create role tryton login password '$TRYTON';
create role replicator login replication password '$REPLICATION';
create role upkeep_probe login password '$PROBE';
grant pg_read_all_data, pg_monitor to upkeep_probe;
create database erp owner tryton;
SQL

cat > "$app/etc/tryton/trytond.conf" <<CONF
[database]
uri = postgresql://tryton:$TRYTON@127.0.0.1:5432/
CONF
printf %s "$ADMIN" > "$app/tmp/password"
in_app() { chroot "$app" env HOME=/tmp PYTHONDONTWRITEBYTECODE=1 PYTHONWARNINGS=ignore TRYTONPASSFILE=/tmp/password "$@"; }
in_app trytond-admin -c /etc/tryton/trytond.conf -d erp --email admin@lab.example --activate-dependencies \
  -u party company account sale purchase stock erp_orders
in_app python3 - < "$3"
as_postgres psql -q -d erp -c 'vacuum analyze'
as_postgres "$server/pg_ctl" -w -s -m fast -D "$data" stop
sync -f "$db"
