import { fail, ok, type Result } from '../schemas/problem.ts'
import { local } from './local.ts'
import { sanitise } from './text.ts'

/** A text with what is said to be its signature; `time` is when it was signed, an instant in UTC. */
export type Signed = { readonly text: string; readonly signature: string; readonly time: string }

/** Whether a signature is good, and what ssh-keygen said if not. */
export type Judged = { readonly good: true } | { readonly good: false; readonly why: string }

/** Who may have signed, for what: a file of allowed signers, a name in it, a namespace. */
export type Signers = {
  readonly allowedSigners: string
  readonly signer: string
  readonly namespace: string
}

const limitMs = 15_000
/** Verified by one shell: few enough for the longest command line, enough to save its start. */
const atOnce = 50

/** Signs a text with ssh-keygen, by a key file without passphrase or by the agent; the signature is armoured. Problem: `sign/failed`. */
export async function signText(
  text: string,
  o: { readonly key: string; readonly namespace: string },
): Promise<Result<string>> {
  const ran = await local(['ssh-keygen', '-Y', 'sign', '-f', o.key, '-n', o.namespace], {
    input: text,
    timeoutMs: limitMs,
  })
  if (ran.code === 0) return ok(ran.stdout)
  return fail({
    code: 'sign/failed',
    what: 'ssh-keygen could not sign with this key.',
    where: o.key,
    found: ran.timedOut ? `no answer in ${limitMs / 1000} s` : sanitise(ran.stderr.trim(), 300),
    fix: 'Correct its path in the estate and who may read it; a key with a passphrase goes into an agent, and the estate names its .pub file.',
  })
}

// The here-document gives the signature without a file of its own, so that a copy that is only readable will do.
// Words are split on purpose: what ssh-keygen says in several lines becomes one.
const verifyScript = `
set -f
allowed=$1 signer=$2 namespace=$3
shift 3
[ -r "$allowed" ] || { echo "$allowed can not be read" >&2; exit 66; }
while [ $# -ge 3 ]; do
  said=$(printf %s "$2" | ssh-keygen -Y verify -f "$allowed" -I "$signer" -n "$namespace" -Overify-time="$1" -s /dev/fd/3 2>&1 3<<EOF
$3
EOF
  )
  echo $? $said
  shift 3
done
`

/**
 * Judges signatures with ssh-keygen, offline and without writing anything, each at the time when it was made; answers
 * in the order of the texts. Problem: `sign/no-answer`, when ssh-keygen or the file of allowed signers can not be used.
 */
export async function verifyTexts(texts: readonly Signed[], o: Signers): Promise<Result<readonly Judged[]>> {
  const judged: Judged[] = []
  for (let from = 0; from < texts.length; from += atOnce) {
    const some = texts.slice(from, from + atOnce)
    const words = some.flatMap(({ text, signature, time }) => [keygenTime(time), text, signature])
    const argv = ['sh', '-c', verifyScript, 'sh', o.allowedSigners, o.signer, o.namespace, ...words]
    // ssh-keygen reads the time in the local zone where it is too old to know of "Z".
    const ran = await local(argv, { timeoutMs: limitMs * some.length, env: { TZ: 'UTC' } })
    const lines = ran.stdout.split('\n').slice(0, -1)
    if (ran.code !== 0 || lines.length !== some.length || lines.some((line) => line.startsWith('127 '))) {
      return fail({
        code: 'sign/no-answer',
        what: 'ssh-keygen could not be asked about signatures.',
        where: o.allowedSigners,
        found: sanitise(`${ran.stderr} ${lines.at(-1) ?? ''}`.trim(), 300),
        fix: 'Install OpenSSH 8.9 or later, and make the file of allowed signers readable.',
      })
    }
    judged.push(...lines.map(judgedBy))
  }
  return ok(judged)
}

function judgedBy(line: string): Judged {
  const [, code = '', said = ''] = /^(\d+) ?([^]*)$/.exec(line) ?? []
  return code === '0' ? { good: true } : { good: false, why: sanitise(said, 300) }
}

/** An instant as -Overify-time takes it: YYYYMMDDHHMMSS. */
function keygenTime(time: string): string {
  return time.slice(0, 19).replaceAll(/[-:T]/g, '')
}
