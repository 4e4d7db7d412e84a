/** Where the host keeps what a unit is and how it ended: one directory a unit, for root only. */
export const unitHome = '/var/lib/upkeep'

// Runs as the unit. `ln` fails when `started` exists, so the work happens once even if the unit is started again.
// The output goes through a pipe: 64 MiB of its beginning and 256 KiB of its end are kept, so that no flood of it
// fills the disk. A daemon that the work leaves behind may hold the pipe open; it is not waited for.
const run = `
umask 077
cd "$1" || exit 97
read -r boot </proc/sys/kernel/random/boot_id
printf '%s %s\\n' "$boot" "$INVOCATION_ID" >"started.$INVOCATION_ID" && sync "started.$INVOCATION_ID" &&
  ln "started.$INVOCATION_ID" started && sync . || exit 97
rm -f pipe && mkfifo pipe || exit 97
{ stdbuf -o0 head -c 67108864 >output; tail -c 262144 >output.tail; } <pipe 2>/dev/null &
keeper=$!
export HOME=/root LC_ALL=C PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
( umask 022; cd /; exec /bin/sh "$1/script" ) </dev/null >pipe 2>&1
code=$?
tries=0
while kill -0 "$keeper" 2>/dev/null && [ "$tries" -lt 20 ]; do sleep 0.1; tries=$((tries + 1)); done
exit "$code"
`

// Runs when the unit has ended, however it did (ExecStopPost), so a kill at the time limit is on record as well. A
// unit that was ended because the host goes down leaves no record: what became of its work is not known.
const end = `
umask 077
cd "$1" && read -r boot invocation <started && [ "$invocation" = "$INVOCATION_ID" ] || exit 0
[ "$EXIT_CODE" = exited ] || [ "$(systemctl is-system-running)" != stopping ] || exit 0
printf '%s %s %s\\n' "$EXIT_CODE" "$EXIT_STATUS" "$SERVICE_RESULT" >exit.new && sync exit.new && mv exit.new exit && sync .
`

/**
 * Starts a unit unless it was started before. Arguments: unit, its directory, time limit in seconds, SHA-256 of the
 * work, the work, the texts of the files `run` and `end`, and at most so many bytes of memory (or nothing). Prints started, running, ended, unknown or differs.
 */
export const startScript = `
unit=$1 dir=$2 seconds=$3 sha256=$4 work=$5 run=$6 end=$7 memory=\${8:-infinity}
umask 077
[ -d "\${dir%/*}" ] || mkdir -m 700 -p "\${dir%/*}" || exit 1
[ -d "$dir" ] || mkdir -m 700 "$dir" 2>/dev/null || [ -d "$dir" ] || exit 1
cd "$dir" || exit 1
put() { tmp=$(mktemp "$1.XXXXXX") && printf %s "$2" >"$tmp" && sync "$tmp" && mv -f "$tmp" "$1"; }
digest() { sum=$(sha256sum <"$1") && printf %s "\${sum%% *}"; }
active() { case $(systemctl is-active "$unit.service") in inactive | failed) return 1 ;; esac; }
if [ ! -e script ]; then
  sent=$(mktemp sent.XXXXXX) && printf %s "$work" >"$sent" && sync "$sent" && [ "$(digest "$sent")" = "$sha256" ] || exit 1
  ln "$sent" script 2>/dev/null || [ -e script ] || exit 1 # of two that start it, the first one's work stands
  rm -f "$sent" && sync .
fi
[ "$(digest script)" = "$sha256" ] || { echo differs; exit 0; }
[ ! -e exit ] || { echo ended; exit 0; }
! active || { echo running; exit 0; }
[ ! -e exit ] || { echo ended; exit 0; }
[ ! -e started ] || { echo unknown; exit 0; }
put run "$run" && put end "$end" || exit 1
if systemd-run --quiet --collect --unit="$unit" --description="Upkeep: $unit" --property=Type=exec \\
  --property=RuntimeMaxSec="$seconds" --property=KillMode=control-group --property=TimeoutStopSec=10 \\
  --property=OOMPolicy=continue --property=MemoryMax="$memory" --property=ExecStopPost="/bin/sh $dir/end $dir" /bin/sh "$dir/run" "$dir"
then echo started
else
  # Of two that start it at once, the other one's unit may be loaded and not yet active.
  tries=0
  until active || [ -e started ] || [ "$tries" -ge 20 ]; do sleep 0.1; tries=$((tries + 1)); done
  active || [ -e started ] || exit 1
  echo running
fi
`

/** Texts of the files that stand beside the work, as the sixth and seventh arguments of `startScript`. */
export const unitFiles: readonly string[] = [run, end]

/**
 * Waits on the host until a unit ends. Arguments: unit, its directory, tenths of a second to wait, bytes of output
 * that are known already, and tenths of a second after which more output is an answer as well (0: never). Prints lines
 * of key=value.
 */
export const awaitScript = `
unit=$1 dir=$2 limit=$3 offset=$4 live=$5
cd "$dir" 2>/dev/null || { echo state=absent; exit 0; }
size() { if [ -e output ]; then wc -c <output; else echo 0; fi; }
state=running waited=0 gone=0
while :; do
  if [ -e exit ] || [ $((waited % 10)) -eq 0 ]; then
    # A service manager that is just being replaced answers nothing; only a clear answer counts, and without a record
    # of the end it must come twice. A recorded end is the end when the last child of the work is gone as well.
    case $(systemctl is-active "$unit.service" 2>/dev/null) in
      inactive | failed) gone=$((gone + 1)) ;;
      *) gone=0 ;;
    esac
    [ "$gone" -lt 1 ] || [ ! -e exit ] || { state=ended; break; }
    [ "$gone" -lt 2 ] || { state=gone; break; }
  fi
  [ "$waited" -lt "$limit" ] || break
  [ "$live" -eq 0 ] || [ "$waited" -lt "$live" ] || [ "$(size)" -le "$offset" ] || break
  sleep 0.2
  waited=$((waited + 2))
done
read -r boot </proc/sys/kernel/random/boot_id
echo "state=$state"
echo "boot=$boot"
[ ! -e started ] || echo "started=$(cat started)"
[ ! -e exit ] || echo "exit=$(cat exit)"
if [ "$live" -gt 0 ]; then
  echo "more=$(tail -c +$((offset + 1)) output 2>/dev/null | head -c 262144 | base64 -w 0)"
fi
if [ "$state" = ended ] || [ "$state" = gone ]; then
  echo "tail=$(cat output output.tail 2>/dev/null | tail -c 65536 | base64 -w 0)"
fi
`

/** Removes the directories of units with a prefix (argument) that are not running; prints removed or busy and names. */
export const removeScript = `
prefix=$1
for dir in ${unitHome}/"$prefix"*; do
  [ -e "$dir/script" ] || continue
  unit=\${dir##*/}
  case $(systemctl is-active "$unit.service") in
    inactive | failed) rm -rf -- "$dir" && echo "removed $unit" ;;
    *) echo "busy $unit" ;;
  esac
done
`
