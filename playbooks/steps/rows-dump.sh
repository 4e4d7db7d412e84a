#!/bin/sh
# Dumps all databases of an engine as compressed SQL, without the passwords of its roles; prints SHA-256, bytes and path.
# Arguments: port, database to ask, directory.
set -eu
umask 077
mkdir -p "$3"
file=$3/engine-$1.sql.gz
need=$(runuser -u postgres -- psql -X -q -A -t -v ON_ERROR_STOP=1 -p "$1" -d "$2" -c 'select sum(pg_database_size(oid)) from pg_database')
free=$(df -P -B 1 -- "$3" | awk 'NR == 2 { print $4 }')
if [ "$free" -lt "$need" ]; then
  echo "no room for a dump under $3: $free bytes free, the databases have $need"
  exit 1
fi
rm -f -- "$file" "$file.part" "$file.whole"
{ runuser -u postgres -- pg_dumpall -p "$1" --no-role-passwords && : >"$file.whole"; } | gzip -6 >"$file.part"
# Whether all of it came a pipe does not say.
[ -e "$file.whole" ]
sync -- "$file.part"
mv -- "$file.part" "$file"
rm -f -- "$file.whole"
sum=$(sha256sum <"$file")
printf '%s %s %s\n' "${sum%% *}" "$(stat -c %s -- "$file")" "$file"
