#!/bin/sh
# Dumps a database as compressed SQL; prints SHA-256, bytes and path. Arguments: port, database, directory.
set -eu
umask 077
mkdir -p "$3"
file=$3/$(printf %s "$2" | tr -c "A-Za-z0-9_.-" _).sql.gz
need=$(runuser -u postgres -- psql -X -q -A -t -v ON_ERROR_STOP=1 -p "$1" -d "$2" -c 'select pg_database_size(current_database())')
free=$(df -P -B 1 -- "$3" | awk 'NR == 2 { print $4 }')
if [ "$free" -lt "$need" ]; then
  echo "no room for a dump under $3: $free bytes free, the database has $need"
  exit 1
fi
# What an earlier try left half written has another name.
runuser -u postgres -- pg_dump -p "$1" -d "$2" -Z 6 >"$file.part"
sync -- "$file.part"
mv -- "$file.part" "$file"
sum=$(sha256sum <"$file")
printf '%s %s %s\n' "${sum%% *}" "$(stat -c %s -- "$file")" "$file"
