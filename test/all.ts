import { readdirSync } from 'node:fs'
import { run } from 'node:test'
import { spec } from 'node:test/reporters'
import { spawnSync } from 'node:child_process'
import { unsettled } from '../docs/unsettled.ts'

// `npm test`: every check and every test, in groups, with the minutes of each. `npm run test:fast` leaves the lab out
// and what takes long, `npm run test:lab` all but the lab.

const onlyLab = process.argv[2] === 'lab'
const onlyFast = process.argv[2] === 'fast'

type Count = { passed: number; failed: number; skipped: number }
type Group = { readonly name: string; readonly go: () => Promise<Count> }

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

/** Tests of files; a file that hangs is ended, and has failed, after `minutes`. */
function tests(name: string, which: readonly string[], concurrency: number, minutes: number): Group {
  return {
    name,
    async go() {
      const count: Count = { passed: 0, failed: 0, skipped: 0 }
      const stream = run({ files: [...which], concurrency, timeout: minutes * 60_000 })
      stream.on('test:summary', ({ file, counts }) => {
        if (file !== undefined) return
        count.passed += counts.passed
        count.failed += counts.tests - counts.passed - counts.skipped - counts.todo
        count.skipped += counts.skipped + counts.todo
      })
      for await (const piece of stream.compose(spec)) process.stdout.write(piece)
      // A group that ran nothing has proven nothing.
      return count.passed + count.failed === 0 ? { ...count, failed: 1 } : count
    },
  }
}

const node = process.execPath
const program = [node, '--disable-warning=DEP0190']
const fast = [
  command('types', [node, 'node_modules/typescript/bin/tsc']),
  command('lint', [node, 'node_modules/eslint/bin/eslint.js', '.']),
  command('format', [node, 'node_modules/prettier/bin/prettier.cjs', '--check', '--log-level', 'warn', '.']),
  tests(
    'fast',
    files.filter((file) => !isLab(file) && !isLong(file)),
    2,
    6,
  ),
]
const long = [tests('long', files.filter(isLong), 2, 6)]
const tools = [command('tools', [...program, 'test/tools.ts'])]
const lab = [
  command('lab up', [...program, 'playbooks/main.ts', 'lab', 'up']),
  // Somebody may have worked with a lab that was up.
  command('lab reset', [...program, 'lab/cli.ts', 'reset']),
  tests(
    'lab',
    files.filter((file) => isLab(file) && (onlyLab || !unsettled.includes(file))),
    1,
    20,
  ),
  command('lab down', [...program, 'playbooks/main.ts', 'lab', 'down', '--keep-cache']),
]

if (!onlyFast && !canHaveLab) {
  console.log(
    'The lab needs Linux and root: its tests can not run here. `npm run test:fast` runs all others.',
  )
  process.exit(1)
}
const total: Count = { passed: 0, failed: 0, skipped: 0 }
const lines: string[] = []
for (const group of onlyFast ? fast : onlyLab ? [...tools, ...lab] : [...tools, ...fast, ...long, ...lab]) {
  const started = Date.now()
  console.log(`\n# ${group.name}`)
  const count = await group.go()
  total.passed += count.passed
  total.failed += count.failed
  total.skipped += count.skipped
  const minutes = ((Date.now() - started) / 60_000).toFixed(1)
  lines.push(
    `${group.name.padEnd(10)} ${minutes.padStart(5)} min  ${count.passed} passed, ${count.failed} failed`,
  )
}
if (!onlyFast && !onlyLab) console.log(`\nleft to \`npm run test:lab\`: ${unsettled.join(' ')}`)
console.log(`\n${lines.join('\n')}\n`)
console.log(`${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`)
process.exitCode = total.failed === 0 ? 0 : 1
