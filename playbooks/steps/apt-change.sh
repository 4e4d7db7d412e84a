# Brings exactly the named packages to exactly the named versions, from files that were sent before.
# The repository is no input: the package indexes that apt sees here are empty.
# On the way back /etc is put back too, where the patch or its removal changed it, and what ran before the patch is started:
# packages alone do not undo what their scripts did there. What somebody else changed since is left, and named.
# $1 install|downgrade, $2 directory of the files, $3 directory where /etc from before is kept, $4 seconds to wait for
# whoever holds dpkg's lock; then per package: name:arch, version ("-" = remove), sha256 ("-" when removed)
set -u
export DEBIAN_FRONTEND=noninteractive NEEDRESTART_MODE=l NEEDRESTART_SUSPEND=1 APT_LISTCHANGES_FRONTEND=none
export LC_ALL=C.UTF-8 UCF_FORCE_CONFFOLD=1
mode=$1 directory=$2 keep=$3 patience=$4
shift 4
scratch=$(mktemp -d /run/upkeep-apt.XXXXXX) || exit 70
trap 'rm -rf "$scratch"' EXIT
mkdir -p "$scratch/lists/partial" || exit 70

# A dpkg that was ended at its work leaves a journal, and apt refuses to begin; dpkg itself takes it in with any change.
[ "$mode" != downgrade ] || [ -z "$(find /var/lib/dpkg/updates -type f)" ] || dpkg --get-selections | dpkg --set-selections

native=$(dpkg --print-architecture) || exit 70

# configured PACKAGE VERSION: a way back that was cut off may have left the version unpacked only, which apt would not unpack again.
configured() {
  case $present in "iU  $2" | "iF  $2" | "iW  $2" | "it  $2") ;; *) return 1 ;; esac
  dpkg --force-confdef --force-confold --configure "$1" </dev/null
}

: >"$scratch/expected"
: >"$scratch/operands"
: >"$scratch/names"
brings_new=
while [ $# -ge 3 ]; do
  name=${1%%:*}
  architecture=${1##*:}
  file=$directory/${name}_$architecture.deb
  # apt names the architecture where it is not the host's own.
  case $architecture in "$native" | all) shown=$name ;; *) shown=$1 ;; esac
  # What is as it should be already is left: a way back may begin where an earlier one ended.
  present=$(dpkg-query -W -f '${db:Status-Abbrev} ${Version}' "$1" 2>/dev/null) || present=
  if [ "$2" = - ]; then
    case $present in '' | un* | pn* | rc*) shift 3; continue ;; esac
    say "$name:$architecture-" >>"$scratch/operands"
    say "Remv $shown" >>"$scratch/expected"
  elif [ "$present" = "ii  $2" ] || { [ "$mode" = downgrade ] && configured "$1" "$2"; }; then
    shift 3
    continue
  else
    found=$(sha256sum <"$file") || { say "missing: $file"; exit 71; }
    if [ "${found%% *}" != "$3" ]; then
      say "refused: $file has SHA-256 ${found%% *}, planned was $3"
      exit 71
    fi
    say "$file" >>"$scratch/operands"
    say "Inst $shown" >>"$scratch/expected"
    say "$name" >>"$scratch/names"
    case $present in '' | ?n* | rc*) brings_new=1 ;; esac
  fi
  shift 3
done
sort -o "$scratch/expected" "$scratch/expected"

# Without indexes: they are no input, and apt reads all of them anew after each change, half a second for Debian's.
alone="-o Dir::State::lists=$scratch/lists -o Dir::Cache::pkgcache= -o Dir::Cache::srcpkgcache= \
  -o Dir::Etc::sourcelist=/dev/null -o Dir::Etc::sourceparts=/dev/null"

# shellcheck disable=SC2086
marks() { apt-mark $alone "$@"; }

# One transaction, or none: xargs would else make two of very many packages; -x minds that only beside -n.
# shellcheck disable=SC2086
change() {
  xargs -x -n 1000000 -s 1500000 -a "$scratch/operands" apt-get "$@" -y --allow-downgrades --no-install-recommends --purge $alone \
    -o APT::Get::AutomaticRemove=false -o APT::Sandbox::User=root \
    -o DPkg::Lock::Timeout="$patience" -o Dpkg::Use-Pty=0 \
    -o Dpkg::Options::=--force-confdef -o Dpkg::Options::=--force-confold install
}

if [ ! -s "$scratch/expected" ]; then
  say 'every package is at its version already'
  change() { :; }
fi

# What apt would do must be what was planned, no package more and none less.
if ! change --simulate >"$scratch/simulation" 2>&1; then
  cat "$scratch/simulation"
  exit 72
fi
sed -n -E 's/^(Inst|Remv|Purg) ([^ ]+).*/\1 \2/p' "$scratch/simulation" | sed 's/^Purg/Remv/' | sort -u >"$scratch/found"
if ! cmp -s "$scratch/expected" "$scratch/found"; then
  say 'refused: apt would do other things than planned (< planned, > apt):'
  diff "$scratch/expected" "$scratch/found"
  exit 72
fi

keep_etc
sort -u "$scratch/names" >"$scratch/installed-before"
[ -z "$brings_new" ] || dpkg-query -W -f '${Package}\n' | sort -u >"$scratch/installed-before"
# To ask apt where it keeps its marks costs as much as to read them, and hardly any settings speak of it.
marks_file=/var/lib/apt/extended_states
! grep -RqisE 'state|rootdir|dir[[:space:]]+"' /etc/apt/apt.conf /etc/apt/apt.conf.d || eval "$(apt-config shell marks_file Dir::State::extended_states/f)"
: >"$scratch/marks" || exit 70
[ ! -e "$marks_file" ] || cp "$marks_file" "$scratch/marks" || exit 70
# Ended at its time limit it still has what it did to /etc on record.
trap : TERM
change </dev/null
status=$?
# apt marks what it is told by name as wanted by a person: give back the marks as they were.
sort -u "$scratch/names" | comm -23 - "$scratch/installed-before" >"$scratch/new"
if [ -s "$scratch/new" ] || ! cmp -s "$scratch/marks" "$marks_file"; then
  marks -o Dir::State::extended_states="$scratch/marks" showauto | sort -u - "$scratch/new" >"$scratch/auto"
  marks showmanual | sort | comm -12 - "$scratch/auto" >"$scratch/marked"
  # shellcheck disable=SC2046
  [ ! -s "$scratch/marked" ] || marks auto $(cat "$scratch/marked") >/dev/null
fi
# What an installation did to /etc before it failed is the patch's work too, and goes with the way back.
[ "$status" -eq 0 ] || { [ "$mode" = downgrade ] || settle_etc; exit "$status"; }
settle_etc
broken=$(dpkg --audit)
[ -z "$broken" ] || { say "$broken"; exit 73; }
sync
