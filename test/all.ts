import { readdirSync } from 'node:fs'
import { run, type EventData } from 'node:test'
import { spec } from 'node:test/reporters'
import { spawnSync } from 'node:child_process'
import { relative, resolve } from 'node:path'
import { unsettled } from '../docs/unsettled.ts'
import { lanes } from './lanes.ts'

// `npm test`: every check and every test, in groups, with the minutes of each. `npm run test:fast` leaves the lab out
// and what takes long, `npm run test:lab` all but the lab.

const onlyLab = process.argv[2] === 'lab'
const onlyFast = process.argv[2] === 'fast'

type Count = { readonly passed: number; readonly failed: number; readonly skipped: number }
const none: Count = { passed: 0, failed: 0, skipped: 0 }
type Group = { readonly name: string; readonly go: () => Promise<Count> }

// Each file is a process of its own, which else makes JavaScript of all that it imports.
process.env['NODE_COMPILE_CACHE'] ??= resolve('node_modules/.cache/upkeep-tests')

const files = readdirSync('test', { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.test.ts'))
  .map((file) => `test/${file}`)
  .sort()
const isLab = (file: string) => file.endsWith('.lab.test.ts')
// They need no lab, and take what `npm run test:fast` has no time for.
const isLong = (file: string) => file.endsWith('.long.test.ts')
const canHaveLab = process.platform === 'linux' && process.getuid?.() === 0

function command(name: string, argv: readonly string[]): Group {
  return {
    name,
    async go() {
      const [program = '', ...args] = argv
      const ran = spawnSync(program, args, { stdio: ['ignore', 'inherit', 'inherit'] })
      return { passed: ran.status === 0 ? 1 : 0, failed: ran.status === 0 ? 0 : 1, skipped: 0 }
    },
  }
}

type Files = { readonly files: readonly string[]; readonly concurrency: number; readonly minutes: number }

/** Tests of files; a file that hangs is ended, and has failed, after `minutes`. */
function tests(name: string, of: Files): Group {
  return { name, go: () => counted(of) }
}

/** Lanes of files beside each other, in each one file after the other; every line says of which lane it is. */
function besideEachOther(name: string, of: Readonly<Record<string, readonly string[]>>): Group {
  return {
    name,
    async go() {
      const counts = await Promise.all(
        Object.entries(of).map(([lane, some]) =>
          counted({ files: some, concurrency: 1, minutes: 20 }, `${lane} | `),
        ),
      )
      return counts.reduce(added, none)
    },
  }
}

/** What failed, to be said once more at the end: the lines before may be many, or cut off by what shows them. */
const failures: string[] = []

/** Milliseconds that the tests of a file took. */
const took = new Map<string, number>()

async function counted({ files, concurrency, minutes }: Files, mark = ''): Promise<Count> {
  let count = none
  const stream = run({ files: [...files], concurrency, timeout: minutes * 60_000 })
  stream.on('test:summary', ({ file, counts }) => {
    if (file !== undefined) return
    const skipped = counts.skipped + counts.todo
    count = added(count, {
      passed: counts.passed,
      failed: counts.tests - counts.passed - skipped,
      skipped,
    })
  })
  const ended = ({ nesting, file = '', details }: EventData.TestPass | EventData.TestFail) => {
    if (nesting === 0) took.set(file, (took.get(file) ?? 0) + details.duration_ms)
  }
  stream.on('test:pass', ended)
  stream.on('test:fail', ended)
  stream.on('test:fail', ({ name, file, details: { error } }) => {
    // Of a suite only what failed in it.
    if ('failureType' in error && error.failureType === 'subtestsFailed') return
    const { cause } = error
    const why = cause instanceof Error ? (cause.stack ?? cause.message) : String(cause ?? error.message)
    const lines = why.split('\n').slice(0, 40).join('\n    ')
    failures.push(`${file ?? ''}: ${name}\n    ${lines}`)
  })
  for await (const piece of stream.compose(spec) as AsyncIterable<string | Buffer>)
    process.stdout.write(String(piece).replaceAll(/^(?=.)/gm, mark))
  // A group that ran nothing has proven nothing.
  return count.passed + count.failed === 0 ? { ...count, failed: 1 } : count
}

function added(one: Count, other: Count): Count {
  return {
    passed: one.passed + other.passed,
    failed: one.failed + other.failed,
    skipped: one.skipped + other.skipped,
  }
}

const node = process.execPath
const program = [node, '--disable-warning=DEP0190']
const fast = [
  command('types', [node, 'node_modules/typescript/bin/tsc']),
  command('lint', [node, 'node_modules/eslint/bin/eslint.js', '.']),
  command('format', [node, 'node_modules/prettier/bin/prettier.cjs', '--check', '--log-level', 'warn', '.']),
  tests('fast', {
    files: files.filter((file) => !isLab(file) && !isLong(file)),
    concurrency: 2,
    minutes: 6,
  }),
]
const long = [tests('long', { files: files.filter(isLong), concurrency: 2, minutes: 6 })]
const tools = [command('tools', [...program, 'test/tools.ts'])]
const labFiles = files.filter((file) => isLab(file) && (onlyLab || !unsettled.includes(file)))
const inLane = (lane: readonly string[]) => labFiles.filter((file) => lane.includes(file))
const lab = [
  command('lab up', [...program, 'playbooks/upkeep.js', 'lab', 'up']),
  // Somebody may have worked with a lab that was up.
  command('lab reset', [...program, 'lab/cli.ts', 'reset']),
  besideEachOther('lab', { erp: inLane(lanes.erp), oa: inLane(lanes.oa) }),
  tests('lab alone', {
    files: labFiles.filter((file) => !Object.values(lanes).flat().includes(file)),
    concurrency: 1,
    minutes: 20,
  }),
  command('lab down', [...program, 'playbooks/upkeep.js', 'lab', 'down', '--keep-cache']),
]

if (!onlyFast && !canHaveLab) {
  console.log(
    'The lab needs Linux and root: its tests can not run here. `npm run test:fast` runs all others.',
  )
  process.exit(1)
}
let total = none
const lines: string[] = []
for (const group of onlyFast ? fast : onlyLab ? [...tools, ...lab] : [...tools, ...fast, ...long, ...lab]) {
  const started = Date.now()
  console.log(`\n# ${group.name}`)
  const count = await group.go()
  total = added(total, count)
  const minutes = ((Date.now() - started) / 60_000).toFixed(1)
  lines.push(
    `${group.name.padEnd(10)} ${minutes.padStart(5)} min  ${count.passed} passed, ${count.failed} failed`,
  )
}
if (!onlyFast && !onlyLab) console.log(`\nleft to \`npm run test:lab\`: ${unsettled.join(' ')}`)
if (failures.length > 0) console.log(`\nfailed:\n${failures.join('\n')}`)
const slowest = [...took].sort(([, one], [, other]) => other - one).slice(0, 25)
console.log('\nthe files that took longest:')
for (const [file, ms] of slowest)
  console.log(`${(ms / 60_000).toFixed(1).padStart(5)} min  ${relative('', file)}`)
console.log(`\n${lines.join('\n')}\n`)
console.log(`${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`)
process.exitCode = total.failed === 0 ? 0 : 1
