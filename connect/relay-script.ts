/**
 * Writes what comes into a hidden file: $1 the directory, $2 the name, $3 the connecting user, $4 the limit (s), $5 what stays free.
 * Root has no standard input to spare, so the bytes come by a pipe that the connecting user may write to and nobody else.
 * Whoever else could rename in the directory could have another file in the place of the archive. Exit code 65: so it is; 67: the
 * reserve.
 */
export const receiveScript = `
dir=$1 name=$2 uid=$3 limit=$4 reserve=$5 place=$1
while :; do
  [ -d "$place" ] && [ ! -L "$place" ] || { echo "$place is no directory" >&2; exit 65; }
  mode=$(stat -c %a -- "$place") && owner=$(stat -c %u -- "$place") || exit 1
  shared=$((0$mode & 022)) sticky=$((0$mode & 01000))
  [ "$owner" = 0 ] || { echo "$place belongs to user $owner" >&2; exit 65; }
  [ "$shared" = 0 ] || { [ "$sticky" != 0 ] && [ "$place" != "$dir" ]; } || { echo "$place has mode $mode" >&2; exit 65; }
  [ "$place" != / ] || break
  place=\${place%/*}
  place=\${place:-/}
done
umask 077
# Other programs write there too: what is free is asked before each piece, and the last pieces are small.
receive=$(cat <<'RECEIVE'
exec <"$1" || exit 1
pieces() {
  set -- $(stat -f -c '%a %b %S' -- "$dir") || return 1
  share=\${reserve%\\%}
  if [ "$share" = "$reserve" ]; then keep=$reserve; else keep=$(($2 * $3 / 100 * share)); fi
  spare=$((($1 * $3 - keep) / 1048576))
  [ "$spare" -gt 0 ] || { echo "$(($1 * $3)) bytes are free, and $keep are to stay so" >&2; return 67; }
  [ "$spare" -lt 64 ] || spare=64
}
size=0
while :; do
  pieces || exit
  dd bs=1048576 count="$spare" iflag=fullblock status=none >>"$2" || exit 1
  now=$(stat -c %s -- "$2") || exit 1
  [ "$now" -eq $((size + spare * 1048576)) ] || exit 0
  size=$now
done
RECEIVE
)
export dir reserve
pipe=$(mktemp -d /run/upkeep-archive.XXXXXXXXXX) || exit 1
trap 'rm -rf -- "$pipe"' EXIT
mkfifo -m 600 "$pipe/in" && chown "$uid" "$pipe/in" && chmod 711 "$pipe" || exit 1
new=$dir/.upkeep-new.$name
rm -f -- "$new"
echo "ready $pipe/in"
: >"$new" && timeout "$limit" sh -c "$receive" sh "$pipe/in" "$new" && sync -- "$new" || {
  code=$?
  rm -f -- "$new"
  [ "$code" = 67 ] || code=1
  exit "$code"
}
`

/**
 * Reads the file back and gives it its name: $1 the directory, $2 the name, $3 its bytes, $4 their SHA-256. Exit code 65: they are others;
 * 66: the name is taken. What is read back comes from the disk, as far as the kernel lets its own copy go. Shares of Windows and FAT
 * have no hard links: there the name is given by a rename that replaces nothing. Some of them sync no directory alone.
 */
export const commitScript = `
dir=$1 bytes=$3 sha256=$4 new=$1/.upkeep-new.$2 dest=$1/$2
sum_of() { found=$(wc -c <"$1") && sum=$(sha256sum <"$1") || exit 1; sum=\${sum%% *}; }
dd if="$new" of=/dev/null iflag=nocache count=0 2>/dev/null || :
sum_of "$new"
[ "$found" -eq "$bytes" ] && [ "$sum" = "$sha256" ] || { echo "$found bytes, sha256 $sum" >&2; rm -f -- "$new"; exit 65; }
if ! ln -T -- "$new" "$dest" 2>/dev/null; then
  [ -e "$dest" ] || [ -L "$dest" ] || mv -nT -- "$new" "$dest" || { rm -f -- "$new"; exit 1; }
  rm -f -- "$new"
  [ -f "$dest" ] && [ ! -L "$dest" ] || { echo "it is no file" >&2; exit 66; }
  sum_of "$dest"
  [ "$sum" = "$sha256" ] || { echo "$found bytes, sha256 $sum" >&2; exit 66; }
fi
rm -f -- "$new"
sync -- "$dest" && { sync -- "$dir/" 2>/dev/null || sync -f -- "$dir/"; }
`
