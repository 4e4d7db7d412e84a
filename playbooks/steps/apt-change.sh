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

say() { printf '%s\n' "$*"; }

# A dpkg that was ended at its work leaves a journal, and apt refuses to begin; dpkg itself takes it in with any change.
[ "$mode" != downgrade ] || [ -z "$(find /var/lib/dpkg/updates -type f)" ] || dpkg --get-selections | dpkg --set-selections

: >"$scratch/expected"
: >"$scratch/operands"
: >"$scratch/names"
while [ $# -ge 3 ]; do
  name=${1%%:*}
  architecture=${1##*:}
  file=$directory/${name}_$architecture.deb
  # What is as it should be already is left: a way back may begin where an earlier one ended.
  present=$(dpkg-query -W -f '${db:Status-Abbrev} ${Version}' "$1" 2>/dev/null) || present=
  if [ "$2" = - ]; then
    case $present in '' | un* | pn* | rc*) shift 3; continue ;; esac
    say "$name:$architecture-" >>"$scratch/operands"
    say "Remv $name" >>"$scratch/expected"
  elif [ "$present" = "ii  $2" ]; then
    shift 3
    continue
  else
    found=$(sha256sum <"$file") || { say "missing: $file"; exit 71; }
    if [ "${found%% *}" != "$3" ]; then
      say "refused: $file has SHA-256 ${found%% *}, planned was $3"
      exit 71
    fi
    say "$file" >>"$scratch/operands"
    say "Inst $name" >>"$scratch/expected"
    say "$name" >>"$scratch/names"
  fi
  shift 3
done
sort -o "$scratch/expected" "$scratch/expected"

change() {
  xargs -a "$scratch/operands" apt-get "$@" -y --allow-downgrades --no-install-recommends --purge \
    -o Dir::State::lists="$scratch/lists" -o Dir::Cache::pkgcache= -o Dir::Cache::srcpkgcache= \
    -o Dir::Etc::sourcelist=/dev/null -o Dir::Etc::sourceparts=/dev/null \
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

# Every file, link and directory of /etc with content, mode and owner; records end with NUL, as names may hold anything.
state() {
  (
    cd / || exit 1
    find etc -xdev -type f ! -path etc/ld.so.cache -print0 | xargs -0r sha256sum -z --
    find etc -xdev -type l -printf 'link:%l  %p\0'
    find etc -xdev \( -type f -o -type d \) ! -path etc/ld.so.cache -printf '%y:%m:%U:%G  %p\0'
  ) | sort -z
}

# Paths of the records in which two states differ.
differing() { LC_ALL=C comm -z -3 "$1" "$2" | sed -z -e 's/^\t//' -e 's/^.*  etc/etc/' | sort -zu; }

# Services and sockets that are at work; not what comes and goes with a log-in, a call or a timer.
running() {
  systemctl list-units --plain --no-legend --no-pager --full --type=service,socket --state=running,listening |
    awk '$1 !~ /^(upkeep-|run-|session-|user@|sshd?@|systemd-hostnamed|systemd-localed|systemd-timedated|polkit|packagekit|unattended-upgrades|apt-daily)/ { print $1 }' |
    while read -r unit; do
      case $(systemctl show -p TriggeredBy --value "$unit") in *.timer*) ;; *) say "$unit" ;; esac
    done
}

umask 077
mkdir -p "$keep" || exit 70
if [ "$mode" = install ] && [ ! -e "$keep/before" ]; then
  running >"$keep/running" || exit 70
  tar -C / --one-file-system --exclude=etc/ld.so.cache -cpf "$keep/before.tar" etc || exit 70
  state >"$keep/before.new" && mv "$keep/before.new" "$keep/before" || exit 70
fi
[ "$mode" = downgrade ] && state >"$scratch/found-etc"
umask 022

apt-mark showauto | sort >"$scratch/auto-before"
dpkg-query -W -f '${Package}\n' | sort -u >"$scratch/installed-before"
change </dev/null
status=$?
# apt marks what it is told by name as wanted by a person: give back the marks as they were.
sort -u "$scratch/names" | comm -23 - "$scratch/installed-before" >"$scratch/new"
sort -u "$scratch/auto-before" "$scratch/new" >"$scratch/auto"
apt-mark showmanual | sort | comm -12 - "$scratch/auto" | xargs -r apt-mark auto >/dev/null
[ "$status" -eq 0 ] || exit "$status"
if [ "$mode" = install ]; then
  state >"$keep/after"
elif [ -e "$keep/before" ]; then
  state >"$scratch/now-etc"
  : >"$scratch/others"
  [ -e "$keep/after" ] && differing "$keep/after" "$scratch/found-etc" >"$scratch/others"
  differing "$keep/before" "$scratch/now-etc" | LC_ALL=C comm -z -23 - "$scratch/others" >"$scratch/restore"
  sed -z -e 's/^.*  etc/etc/' "$keep/before" | sort -zu >"$scratch/existed"
  LC_ALL=C comm -z -12 "$scratch/restore" "$scratch/existed" >"$scratch/put-back"
  # Deepest first, so that directories are empty when their turn comes.
  LC_ALL=C comm -z -23 "$scratch/restore" "$scratch/existed" | sort -zr >"$scratch/remove"
  (cd / && xargs -0r -a "$scratch/remove" sh -c 'for path; do if [ -d "$path" ] && [ ! -L "$path" ]; then rmdir "$path"; else rm -f "$path"; fi; done' sh)
  tar -C / --no-recursion --null --verbatim-files-from --same-owner -xpf "$keep/before.tar" -T "$scratch/put-back" || exit 74
  say "put back $(tr -cd '\0' <"$scratch/restore" | wc -c) paths of /etc that the patch had changed"
  left=$(tr -cd '\0' <"$scratch/others" | wc -c)
  while read -r unit; do
    case $(systemctl show -p LoadState -p ActiveState --value "$unit" | tr '\n' ' ') in
      'loaded inactive '* | 'loaded failed '*) systemctl start "$unit" && say "started $unit, which ran before" ;;
    esac
  done <"$keep/running"
  [ "$left" -eq 0 ] || { say "left $left paths of /etc that somebody else changed since:"; tr '\0' '\n' <"$scratch/others" | head -n 20; }
fi
broken=$(dpkg --audit)
[ -z "$broken" ] || { say "$broken"; exit 73; }
sync
