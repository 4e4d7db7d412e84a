/** Where the host keeps what a unit is and how it ended: one directory a unit, for root only. */
export const unitHome = '/var/lib/upkeep'

/**
 * Text of the file `around` that stands beside the work, the sixth argument of `startScript`.
 * `run` runs as the unit: `ln` fails when `started` exists, so the work happens once even if the unit is started again. The
 * output goes through a pipe: 64 MiB of its beginning and 256 KiB of its end are kept, so that no flood of it fills the disk. A
 * daemon that the work leaves behind may hold the pipe open; it is not waited for. `end` runs when the unit has ended, however
 * it did (ExecStopPost), so a kill at the time limit is on record as well. A unit that was ended because the host goes down
 * leaves no record: what became of its work is not known.
 */
export const unitText = `
umask 077
cd "$2" || exit 97
case $1 in
run)
  read -r boot </proc/sys/kernel/random/boot_id
  printf '%s %s\\n' "$boot" "$INVOCATION_ID" >"started.$INVOCATION_ID" && sync "started.$INVOCATION_ID" &&
    ln -T "started.$INVOCATION_ID" started && sync . || exit 97
  mkfifo "pipe.$INVOCATION_ID" || exit 97
  { stdbuf -o0 head -c 67108864 >output; tail -c 262144 >output.tail; } <"pipe.$INVOCATION_ID" 2>/dev/null &
  keeper=$!
  export HOME=/root LC_ALL=C PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
  ( umask 022; cd /; exec /bin/sh "$2/script" ) </dev/null >"pipe.$INVOCATION_ID" 2>&1
  code=$?
  tries=0
  while kill -0 "$keeper" 2>/dev/null && [ "$tries" -lt 100 ]; do sleep 0.02; tries=$((tries + 1)); done
  exit "$code"
  ;;
end)
  read -r boot invocation <started && [ "$invocation" = "$INVOCATION_ID" ] || exit 0
  [ "$EXIT_CODE" = exited ] || [ "$(systemctl is-system-running)" != stopping ] || exit 0
  printf '%s %s %s\\n' "$EXIT_CODE" "$EXIT_STATUS" "$SERVICE_RESULT" >exit.new && sync exit.new && mv exit.new exit && sync .
  ;;
esac
`

/**
 * Starts a unit unless it was started before. Arguments: unit, its directory, time limit in seconds, SHA-256 of the
 * work, the work, `unitText`, and at most so many bytes of memory (or infinity); others may follow. Prints
 * `start=` started, running, ended, unknown or differs; exit code 66 for the last.
 */
export const startScript = `
unit=$1 dir=$2 seconds=$3 sha256=$4 work=$5 around=$6 memory=$7
umask 077
[ -d "\${dir%/*}" ] || mkdir -m 700 -p "\${dir%/*}" || exit 1
[ -d "$dir" ] || mkdir -m 700 "$dir" 2>/dev/null || [ -d "$dir" ] || exit 1
cd "$dir" || exit 1
digest() { sum=$(sha256sum <"$1") && printf %s "\${sum%% *}"; }
active() { case $(systemctl is-active "$unit.service") in inactive | failed) return 1 ;; esac; }
said() { echo "start=$1"; }
isNew=
if [ ! -e script ]; then
  sent=sent.$$
  printf %s "$work" >"$sent" && printf %s "$around" >"around.$$" && sync "$sent" "around.$$" && [ "$(digest "$sent")" = "$sha256" ] || exit 1
  # Of two that start it, the first one's work stands.
  if ln "$sent" script 2>/dev/null; then isNew=1; else [ -e script ] || exit 1; fi
  rm -f "$sent"
fi
# What was made here just now was hashed just now.
if [ -z "$isNew" ]; then
  [ "$(digest script)" = "$sha256" ] || { said differs; exit 66; }
  [ ! -e exit ] || { said ended; exit 0; }
  ! active || { said running; exit 0; }
fi
[ ! -e exit ] || { said ended; exit 0; }
[ ! -e started ] || { if active; then said running; else said unknown; fi; exit 0; }
# An earlier start, of another version perhaps, may not have come this far.
[ -n "$isNew" ] || { printf %s "$around" >"around.$$" && sync "around.$$"; } || exit 1
mv -f "around.$$" around && sync . || exit 1
if systemd-run --quiet --collect --unit="$unit" --description="Upkeep: $unit" --property=Type=exec \\
  --property=RuntimeMaxSec="$seconds" --property=KillMode=control-group --property=TimeoutStopSec=10 \\
  --property=OOMPolicy=continue --property=MemoryMax="$memory" --property=ExecStopPost="/bin/sh $dir/around end $dir" /bin/sh "$dir/around" run "$dir"
then said started
else
  # Of two that start it at once, the other one's unit may be loaded and not yet active.
  tries=0
  until active || [ -e started ] || [ "$tries" -ge 20 ]; do sleep 0.1; tries=$((tries + 1)); done
  active || [ -e started ] || exit 1
  said running
fi
`

/**
 * Waits on the host until a unit ends. Arguments: unit, its directory, tenths of a second to wait, bytes of output
 * that are known already, and tenths of a second after which more output is told as well, and again after each time as many
 * (0: never). Prints lines of key=value; `more` comes as often as there is more.
 */
export const awaitScript = `
unit=$1 dir=$2 limit=$3 offset=$4 live=$5
cd "$dir" 2>/dev/null || { echo state=absent; exit 0; }
more() {
  [ "$live" -gt 0 ] && [ -e output ] || return 0
  size=$(wc -c <output) size=$((size - offset))
  [ "$size" -le 262144 ] || size=262144
  [ "$size" -gt 0 ] || return 0
  echo "more=$(tail -c +$((offset + 1)) output | head -c "$size" | base64 -w 0)"
  offset=$((offset + size))
  # The first output is wanted at once.
  [ "$live" -ge 40 ] || live=40
}
state=running waited=0 gone=0 told=0
while :; do
  if [ -e exit ] || [ $((waited % 20)) -eq 10 ]; then
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
  [ "$live" -eq 0 ] || [ $((waited - told)) -lt "$live" ] || { told=$waited; more; }
  sleep 0.2
  waited=$((waited + 2))
done
read -r boot </proc/sys/kernel/random/boot_id
more
echo "boot=$boot"
[ ! -e started ] || echo "started=$(cat started)"
[ ! -e exit ] || echo "exit=$(cat exit)"
if [ "$state" = ended ] || [ "$state" = gone ]; then
  echo "tail=$(cat output output.tail 2>/dev/null | tail -c 65536 | base64 -w 0)"
fi
echo "state=$state"
`

/** `awaitScript` behind `startScript`, whose seven arguments go before; the last three of its own come after them. */
export const thenAwaitScript = `set -- "$1" "$2" "$8" "$9" "\${10}"\n${awaitScript}`

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
