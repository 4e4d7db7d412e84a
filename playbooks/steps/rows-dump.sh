#!/bin/sh
# Dumps all databases of an engine as compressed SQL, without the passwords of its roles; prints SHA-256, bytes and path.
# Arguments: port, database to ask, directory, seconds that it may take. Each dump has a name of its own, for who asked for
# it removes it once it has it.
set -eu
umask 077
mkdir -p "$3"
# What a try left that was killed itself, or whose controller was.
find "$3" -maxdepth 1 -name "engine-$1.part.*" -mmin +60 -delete
find "$3" -maxdepth 1 -name "engine-$1.*.sql.gz" -mmin +1440 -delete
need=$(runuser -u postgres -- psql -X -q -A -t -v ON_ERROR_STOP=1 -p "$1" -d "$2" -c 'select sum(pg_database_size(oid)) from pg_database')
free=$(df -P -B 1 -- "$3" | awk 'NR == 2 { print $4 }')
if [ "$free" -lt "$need" ]; then
  echo "no room for a dump under $3: $free bytes free, the databases have $need"
  exit 1
fi
part=$(mktemp "$3/engine-$1.part.XXXXXXXX")
trap 'rm -f -- "$part" "$part.whole"' EXIT
trap 'exit 1' HUP INT TERM
# Not longer than that on the host either, where nobody may be there any more to stop it.
{ timeout -k 10 "$4" runuser -u postgres -- pg_dumpall -p "$1" --no-role-passwords && : >"$part.whole"; } | gzip -6 >"$part"
# Whether all of it came a pipe does not say.
if [ ! -e "$part.whole" ]; then
  echo "the dump failed, or was not done within $4 s"
  exit 1
fi
sync -- "$part"
file=$3/engine-$1.${part##*.}.sql.gz
mv -- "$part" "$file"
sum=$(sha256sum <"$file")
printf '%s %s %s\n' "${sum%% *}" "$(stat -c %s -- "$file")" "$file"
