#!/bin/sh
# Part of an inspection: MariaDB (and MySQL, whose client and counters have the same names), as root over its socket, in
# one session with a limit for each statement, of which none counts as slow. A server may ask its client for any file: this one gives none.
# shellcheck disable=SC2016,SC2154,SC2317
mariadb_socket() {
  for socket in /run/mysqld/mysqld.sock /var/lib/mysql/mysql.sock; do
    [ ! -S "$socket" ] || { echo "$socket"; return 0; }
  done
}
mariadb_client() { command -v mariadb || command -v mysql; }
mariadb_engine() {
  limited 15 65536 "$(mariadb_client)" --socket="$1" --connect-timeout=5 --batch --force --no-auto-rehash --local-infile=0 -e "
    set session max_statement_time = 4;
    set session long_query_time = 3600;
    select 'version', version();
    select 'max', @@max_connections;
    select 'long', @@global.long_query_time;
    show global status where variable_name in ('Threads_connected', 'Slow_queries', 'Uptime');
    select 'oldest', coalesce(max(timestampdiff(second, trx_started, now())), 0) from information_schema.innodb_trx
      where trx_mysql_thread_id != connection_id();
    select 'database-size', sum((clustered_index_size + sum_of_other_index_sizes) * @@innodb_page_size) bytes, database_name
      from mysql.innodb_table_stats group by database_name order by bytes desc limit 5;
    select 'table-size', (clustered_index_size + sum_of_other_index_sizes) * @@innodb_page_size bytes,
      concat(database_name, '.', table_name) from mysql.innodb_table_stats order by bytes desc limit 5;
    select 'database-sizes table-sizes', count(*) from mysql.innodb_table_stats;
    select 'log', @@global.log_error;
    select 'slaves';
    show slave status\G" 2>/dev/null
}
mariadb_has=$(mariadb_socket)
if [ -n "$mariadb" ] || { [ -n "$mariadb_has" ] && mariadb_client >/dev/null; }; then
  section mariadb mariadb_engine "${mariadb_has:-/run/mysqld/mysqld.sock}"
fi
