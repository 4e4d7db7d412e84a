#!/bin/sh
# Dumps a database as compressed SQL; prints SHA-256, bytes and path. Arguments: port, database, directory.
# Its name holds its digest: several hosts may ask for the same database at once, and each finds the dump that it was told of.
set -eu
umask 077
mkdir -p "$3"
name=$(printf %s "$2" | tr -c "A-Za-z0-9_.-" _)
# What a try left half written that was killed itself.
find "$3" -maxdepth 1 -name "$name.part.*" -mmin +60 -delete
need=$(runuser -u postgres -- psql -X -q -A -t -v ON_ERROR_STOP=1 -p "$1" -d "$2" -c 'select pg_database_size(current_database())')
free=$(df -P -B 1 -- "$3" | awk 'NR == 2 { print $4 }')
if [ "$free" -lt "$need" ]; then
  echo "no room for a dump under $3: $free bytes free, the database has $need"
  exit 1
fi
part=$(mktemp "$3/$name.part.XXXXXXXX")
trap 'rm -f -- "$part"' EXIT
trap 'exit 1' HUP INT TERM
runuser -u postgres -- pg_dump -p "$1" -d "$2" -Z 6 >"$part"
sync -- "$part"
sum=$(sha256sum <"$part")
sum=${sum%% *}
file=$3/$name-$(printf %.12s "$sum").sql.gz
mv -f -- "$part" "$file"
printf '%s %s %s\n' "$sum" "$(stat -c %s -- "$file")" "$file"
