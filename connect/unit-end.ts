import { constants } from 'node:os'

/**
 * What became of a unit. `code` is its exit code, 124 when the host ended it at its time limit, 128 + signal when a
 * signal did; `output` is the last 64 KiB, not sanitised. `unknown`: it ran, and nothing recorded how it ended.
 */
export type UnitEnd =
  | {
      readonly state: 'ended'
      readonly code: number
      readonly output: string
      readonly bootIdBefore: string
      readonly bootIdAfter: string
    }
  | { readonly state: 'unknown'; readonly why: string }
  | { readonly state: 'running' }

/** What `awaitScript` printed, key by key. */
export function unitAnswer(stdout: string): ReadonlyMap<string, string> {
  return new Map(stdout.split('\n').map((line) => pair(line)))
}

/** The end that an answer of the host tells. */
export function unitEnd(said: ReadonlyMap<string, string>): UnitEnd {
  const [bootIdBefore = ''] = (said.get('started') ?? '').split(' ')
  const bootIdAfter = said.get('boot') ?? ''
  const state = said.get('state')
  if (state === 'running') return { state }
  const exit = said.get('exit')
  if (state !== 'ended' || exit === undefined) {
    if (bootIdBefore === '') return { state: 'unknown', why: 'the unit ended before its work began' }
    return bootIdBefore === bootIdAfter
      ? { state: 'unknown', why: 'the unit was killed, and nothing recorded how it ended' }
      : { state: 'unknown', why: 'the host was restarted while the unit was running' }
  }
  const output = Buffer.from(said.get('tail') ?? '', 'base64').toString()
  return { state: 'ended', code: exitCode(exit), output, bootIdBefore, bootIdAfter }
}

// systemd's words: "exited 3 exit-code", "killed TERM timeout", "dumped SEGV core-dump".
function exitCode(exit: string): number {
  const [how, status = '', result] = exit.split(' ')
  if (how === 'exited') return Number(status)
  if (result === 'timeout') return 124
  return 128 + ((constants.signals as Readonly<Record<string, number>>)[`SIG${status}`] ?? 0)
}

function pair(line: string): [string, string] {
  const at = line.indexOf('=')
  return [line.slice(0, at), line.slice(at + 1)]
}
