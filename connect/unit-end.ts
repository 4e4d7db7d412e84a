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

/** What the scripts of units say: of each word of theirs the last, once its line is whole. */
export type UnitAnswer = {
  readonly add: (chunk: Buffer) => void
  readonly said: ReadonlyMap<string, string>
  /** More came without a line's end than any line of theirs has. */
  readonly isFlood: () => boolean
}

const words = ['start', 'state', 'boot', 'started', 'exit', 'tail']
// 256 KiB in base64, and to spare.
const mostLine = 1 << 20

/** Reads what `startScript` and `awaitScript` print while it comes; `onMore` gets the pieces of output. */
export function unitAnswer(onMore: (bytes: Buffer) => void): UnitAnswer {
  const said = new Map<string, string>()
  let rest = ''
  return {
    said,
    isFlood: () => rest.length > mostLine,
    add(chunk) {
      if (rest.length > mostLine) return
      const lines = `${rest}${chunk.toString('latin1')}`.split('\n')
      rest = lines.pop() ?? ''
      for (const line of lines) {
        const at = line.indexOf('=')
        const [word, value] = [line.slice(0, at), line.slice(at + 1)]
        if (word === 'more') onMore(Buffer.from(value, 'base64'))
        else if (words.includes(word)) said.set(word, value)
      }
    },
  }
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
