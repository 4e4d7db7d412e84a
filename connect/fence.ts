import type { Problem } from '../schemas/problem.ts'
import { quote } from './quote.ts'

/**
 * What a controller shows before it may change something: the estate that it works on, the token of its lease, which
 * rises with each holder, and a word that no other controller has (letters, digits, `.`, `_`, `-`).
 */
export type Fence = { readonly estate: string; readonly token: number; readonly holder: string }

/** Where a host keeps the highest token that it has seen: `fence-ESTATE`, for root only. */
export const fenceDirectory = '/var/lib/upkeep'

const refusedMark = 'upkeep-fenced'
const busyMark = 'upkeep-fence-busy'
/** Exit status of a fenced script that refuses; then its last line says why. */
export const refusedCode = 79
const noAnswerCode = 78

/**
 * Functions of POSIX sh. `fence_check FILE TOKEN HOLDER` is true when the file has just that token, false when it is to
 * be raised, and ends the script when another controller has shown a higher one, or the same: two with the same token
 * have two state directories. What can not be read refuses as well. `fence_raise` writes it whole and synced, or ends.
 * Both want a lock around them.
 */
export const fenceFunctions = `
fence_check() {
  fence_seen=0 fence_by=none
  if [ -e "$1" ] || [ -L "$1" ]; then
    read -r fence_seen fence_by <"$1" || fence_seen=
    # More digits than the shell can compare would be taken for less.
    case $fence_seen in '' | 0* | *[!0-9]* | ????????????????*) fence_seen= ;; esac
    [ -f "$1" ] && [ -n "$fence_seen" ] && [ -n "$fence_by" ] || { echo "$1 can not be read" >&2; exit ${noAnswerCode}; }
  fi
  if [ "$fence_seen" -gt "$2" ] || { [ "$fence_seen" -eq "$2" ] && [ "$fence_by" != "$3" ]; }; then
    echo "${refusedMark} $fence_seen $fence_by"
    exit ${refusedCode}
  fi
  [ "$fence_seen" -eq "$2" ]
}
fence_raise() {
  (umask 077 && printf '%s %s\\n' "$2" "$3" >"$1.new" && sync "$1.new" && mv -fT "$1.new" "$1" && sync "\${1%/*}") || exit ${noAnswerCode}
}
`

// A script holds the lock together with others of the same controller for as long as it runs; a higher token needs it
// alone. So what an earlier controller began is over when a later one gets its first answer, and no more of it begins.
const prologue = `${fenceFunctions}
fence_file=$1 fence_token=$2 fence_holder=$3 fence_umask=$(umask)
shift 3
[ -d "\${fence_file%/*}" ] || mkdir -m 700 -p "\${fence_file%/*}" || exit ${noAnswerCode}
umask 077
exec 9>>"$fence_file.lock" || exit ${noAnswerCode}
umask "$fence_umask"
while :; do
  flock -w 20 -s 9 || { echo ${busyMark}; exit ${noAnswerCode}; }
  if fence_check "$fence_file" "$fence_token" "$fence_holder"; then break; fi
  flock -w 20 -x 9 || { echo ${busyMark}; exit ${noAnswerCode}; }
  # The lock was free for a moment in between.
  if ! fence_check "$fence_file" "$fence_token" "$fence_holder"; then
    fence_raise "$fence_file" "$fence_token" "$fence_holder"
  fi
done
`

/**
 * A script of root's that runs only while no other controller has shown a higher token; its first arguments are `fenceArgs`.
 * When it has ended with 0, `then` runs, which does not keep a later controller waiting.
 */
export function fencedScript(script: string, then?: string): string {
  const fenced = `${prologue}( eval ${quote(script)}\n) 9>&-\n`
  if (then === undefined) return `${fenced}exit $?\n`
  return `${fenced}fence_code=$?\nexec 9>&-\n[ "$fence_code" = 0 ] || exit "$fence_code"\n${then}`
}

/** What `fencedScript` wants before the script's own arguments. */
export function fenceArgs(fence: Fence, directory: string = fenceDirectory): readonly string[] {
  return [`${directory}/fence-${checked(fence).estate}`, String(fence.token), checked(fence).holder]
}

/** The refusal in what a fenced script answered: `host/fenced`, or `host/fence-busy`; undefined when it was let through. */
export function fenceRefusal(
  fence: Fence,
  { code, stdout, where }: { readonly code: number | null; readonly stdout: string; readonly where: string },
): Problem | undefined {
  const [mark, token = '', by = ''] = /^(\S+)(?: (\d{1,15}) (\S{1,200}))?\n$/.exec(stdout)?.slice(1) ?? []
  if (code === refusedCode && mark === refusedMark) {
    return {
      code: 'host/fenced',
      what: 'Another controller has taken over; nothing that this one asks for is done here any more.',
      where,
      found: `token ${token} of ${by}`,
      expected: `not above ${fence.token}, that of ${fence.holder}`,
      fix: `Follow the status there. If no other controller works on this estate (its state directory was made anew, or came from a backup): remove ${fenceDirectory}/fence-${fence.estate} on its hosts, and the file of that name beside its snapshots, then resume.`,
    }
  }
  if (code === noAnswerCode && mark === busyMark) {
    return {
      code: 'host/fence-busy',
      what: 'A command of the controller before is still at work here, so nothing of this one was begun.',
      where,
      fix: `Resume when it has ended; \`fuser -v ${fenceDirectory}/fence-${fence.estate}.lock\` on the host names it.`,
    }
  }
  return undefined
}

// Both stand in a path and in a line of words.
function checked(fence: Fence): Fence {
  const isGood = /^[a-z0-9-]{1,63}$/.test(fence.estate) && /^[A-Za-z0-9._-]{1,200}$/.test(fence.holder)
  if (!isGood || !Number.isSafeInteger(fence.token) || fence.token < 1 || fence.token >= 1e15)
    throw new Error(`not a fence: ${JSON.stringify(fence)}`)
  return fence
}
