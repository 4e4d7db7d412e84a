# Brings exactly the named packages to exactly the named versions, from files that were sent before, in one transaction
# of dnf; the repository is no input. What a script of a package fails at is a failure here, though dnf would go on.
# On the way back /etc is put back too, where the patch or its removal changed it.
# $1 install|downgrade, $2 directory of the files, $3 directory where /etc from before is kept, $4 the program that calls
# dnf, in Python; then per package: name:arch, version ("-" = remove), sha256 ("-" when removed)
set -u
export LC_ALL=C.UTF-8
mode=$1 directory=$2 keep=$3 program=$4
shift 4
scratch=$(mktemp -d /run/upkeep-dnf.XXXXXX) || exit 70
trap 'rm -rf "$scratch"' EXIT
python=$(sed -n '1s/^#! *\(\/[A-Za-z0-9/._-]*\).*/\1/p' "$(command -v dnf)")

# installed NAME ARCHITECTURE: version of what is there, nothing when it is not.
installed() { versions_of "$1" "$2" | tail -n 1; }

: >"$scratch/planned"
for argument; do printf '%s\n' "$argument"; done | paste -d ' ' - - - >"$scratch/wanted"
while read -r package version sha256; do
  name=${package%:*} architecture=${package##*:}
  file=$directory/${name}_$architecture.rpm
  # What is as it should be already is left: a way back may begin where an earlier one ended.
  present=$(installed "$name" "$architecture")
  if [ "$version" = - ]; then
    [ -z "$present" ] || say "remove - $name $architecture -" >>"$scratch/planned"
  elif [ "$present" != "$version" ]; then
    found=$(sha256sum <"$file") || { say "missing: $file"; exit 71; }
    if [ "${found%% *}" != "$sha256" ]; then
      say "refused: $file has SHA-256 ${found%% *}, planned was $sha256"
      exit 71
    fi
    say "install $file $name $architecture $version" >>"$scratch/planned"
  fi
done <"$scratch/wanted"

# Somebody else at work is waited for and named, never ended.
waited=0
while holders=$(lock_holders "$(rpm --eval '%{_dbpath}')/.rpm.lock"; pid_holders /var/lib/dnf/rpmdb_lock.pid) && [ -n "$holders" ]; do
  [ "$waited" -lt 600 ] || { say "refused: still in use after $waited s: $holders"; exit 75; }
  [ $((waited % 30)) -ne 0 ] || say "waiting for $holders"
  sleep 1
  waited=$((waited + 1))
done

keep_etc
status=0
if [ -s "$scratch/planned" ]; then
  # Ended at its time limit it still has what it did to /etc on record.
  trap : TERM
  "$python" -I -c "$program" "$scratch" "$scratch/planned" </dev/null 2>&1 || status=$?
else
  say 'every package is at its version already'
fi
# What an installation did to /etc before it failed is the patch's work too, and goes with the way back.
[ "$status" -eq 0 ] || { [ "$mode" = downgrade ] || settle_etc; exit "$status"; }
settle_etc

# A script may end well without its work being done: what is there counts.
while read -r package version _; do
  present=$(installed "${package%:*}" "${package##*:}")
  [ "${present:--}" = "$version" ] || { say "error: $package is ${present:-not installed}, planned was $version"; exit 73; }
done <"$scratch/wanted"
sync
