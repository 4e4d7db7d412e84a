import { parseArgs } from 'node:util'

/** The cases, in the order in which they are run, and what each is. */
export const cases = {
  command: 'commands one after the other on one open connection',
  fleet: 'one command on 1,000 loopback hosts, against peers',
  apply: 'one small package on 8 real hosts of the lab, against peers',
  simulation: 'a simulated rollout over 100,000 hosts',
  journal: 'journals of up to 1,000,000 events, verified and folded',
  patrol: 'an inspection of 1,000 loopback and 8 real hosts, against peers',
  cleanup: 'what is old among 1,000,000 files, deleted, against peers',
} as const
export type CaseName = keyof typeof cases

/** What a person asked for; `document` is whether pages in docs/bench are written. */
export type Asked = {
  readonly help: boolean
  readonly cases: readonly CaseName[]
  readonly repeats: number
  readonly slowRepeats: number
  readonly hosts: number
  readonly document: boolean
}

const options = {
  help: { type: 'boolean', short: 'h', default: false },
  repeats: { type: 'string', default: '3' },
  'slow-repeats': { type: 'string', default: '2' },
  hosts: { type: 'string', default: '1000' },
  'no-document': { type: 'boolean', default: false },
} as const

/** Reads the words after `npm run bench --`; words that it does not know throw, with a sentence. */
export function asked(words: readonly string[]): Asked {
  const { values, positionals } = parseArgs({ args: [...words], options, allowPositionals: true })
  const names = Object.keys(cases) as CaseName[]
  const unknown = positionals.filter((word) => !names.some((name) => name === word))
  if (unknown.length > 0)
    throw new Error(`no such case: ${unknown.join(', ')}; there are ${names.join(', ')}`)
  return {
    help: values.help,
    cases: positionals.length === 0 ? names : names.filter((name) => positionals.includes(name)),
    repeats: whole('--repeats', values.repeats, 99),
    slowRepeats: whole('--slow-repeats', values['slow-repeats'], 99),
    hosts: whole('--hosts', values.hosts, 10_000),
    document: !values['no-document'],
  }
}

/** What `--help` prints. */
export function helpLines(): readonly string[] {
  return [
    'npm run bench -- [CASE...] [OPTION...]',
    '',
    'Measures Upkeep beside its peers, in turns, on this machine; all cases take some',
    'forty minutes. Needs Linux and root; nothing else should be at work meanwhile.',
    'Writes a page for each case, docs/bench/CASE.md.',
    '',
    ...Object.entries(cases).map(([name, says]) => `  ${name.padEnd(12)}${says}`),
    '',
    '  --repeats N       rounds of what is fast (3)',
    '  --slow-repeats N  rounds of peers that take long (2)',
    '  --hosts N         loopback hosts of `fleet` and `patrol` (1000)',
    '  --no-document     print only',
    '  -h, --help        this',
  ]
}

function whole(option: string, text: string, most: number): number {
  const number = Number(text)
  if (Number.isInteger(number) && number >= 1 && number <= most) return number
  throw new Error(`${option} is a number from 1 to ${most}, not ${text}`)
}
