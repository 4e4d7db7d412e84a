import { fail, ok, type Problem, type Result } from '../schemas/problem.ts'
import { capture } from './capture.ts'
import { local } from './local.ts'
import { openLink } from './ssh.ts'
import type { Host } from './remote.ts'
import type { Target } from './target.ts'
import { sanitise } from './text.ts'

const limitMs = 15_000
const keptBytes = 4096

/** What is asked for on a machine whose key may run one program only; sshd runs that one, whatever is asked for. */
const keeper = 'upkeep-head'

// A line that was cut short there before must not take this one with it; the file may be one that can not be read, so
// each line comes after an empty one.
const appendScript = `set -eu
umask 077
printf '\\n%s\\n' "$2" >> "$1"
sync "$1" 2>/dev/null || sync
`

/** Appends a line to a file of a host as its log-in user, and has it on the disk. Problems: `host/...`, `head/not-kept`. */
export async function appendLine(host: Host, file: string, line: string): Promise<Result<void>> {
  const ran = await host.run(appendScript, {
    root: false,
    args: [file, line],
    timeoutMs: limitMs,
    maxBytes: keptBytes,
  })
  if (!ran.ok) return ran
  return ran.value.code === 0
    ? ok(undefined)
    : fail(notKept(`${host.name}:${file}`, ran.value.code, ran.value.stderr))
}

/** Gives a line to the one program that a key may run on a machine, on its standard input. Problems: `host/...`, `head/not-kept`. */
export async function handOver(target: Target, line: string): Promise<Result<void>> {
  const link = await openLink(target, { timeoutMs: limitMs })
  if (!link.ok) return link
  const said = capture(keptBytes)
  try {
    const ended = await link.value.exec({
      command: keeper,
      timeoutMs: limitMs,
      feed: (stdin) => void stdin.end(`${line}\n`),
      onStdout() {},
      onStderr: said.add,
    })
    if (!ended.ok) return ended
    return ended.value.code === 0 ? ok(undefined) : fail(notKept(target.name, ended.value.code, said.text()))
  } finally {
    link.value.close()
  }
}

/** Gives a line to a command of this machine, run in `directory`, on its standard input. Problem: `head/not-kept`. */
export async function giveTo(
  command: readonly string[],
  line: string,
  directory: string,
): Promise<Result<void>> {
  const ran = await local(command, { input: `${line}\n`, timeoutMs: limitMs, cwd: directory })
  return ran.code === 0 ? ok(undefined) : fail(notKept(command[0] ?? '', ran.code, ran.stderr))
}

function notKept(where: string, code: number | null, said: string): Problem {
  return {
    code: 'head/not-kept',
    what: 'A head of the journal was not taken there.',
    where,
    found: `${code === null ? 'no end was seen' : `exit ${code}`}: ${sanitise(said.trim(), 200)}`,
    fix: 'Check the file, its owner and the room there; the next head is sent at the end of the next run.',
  }
}
