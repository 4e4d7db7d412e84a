import assert from 'node:assert/strict'
import { existsSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import test from 'node:test'
import { commandLine } from '../../playbooks/command-line.ts'
import { onlyDocument } from './document.ts'
import { directory, recorded, upkeep } from './upkeep.ts'

const isBooted = existsSync('/run/systemd/system')

test('schedule show says what starts when, in 80 columns, on any machine', async (context) => {
  const cwd = directory(context, true)
  const { outside, out, err } = recorded({ cwd })
  assert.equal(await commandLine(outside, ['schedule', 'show']), 0, err())
  const lines = out().split('\n')
  assert.deepEqual(lines.slice(0, 4), [
    'upkeep_example-company_patrol_erp.timer',
    '  not installed',
    '  inspection of erp: every day at 08:00, 18:00 (Asia/Shanghai)',
    '  next: Sat 2026-11-21 18:00, Sun 2026-11-22 08:00, Sun 2026-11-22 18:00',
  ])
  assert.ok(
    lines.every((line) => line.length <= 80),
    out(),
  )
  assert.match(out(), /go on with rollouts: 5 min after the end of the last/)
})

test('schedule show --units prints the units, and --json has them with the next starts in UTC', (context) => {
  const cwd = directory(context, true)
  const { code, out } = upkeep(['schedule', 'show', '--units'], { cwd })
  assert.equal(code, 0)
  assert.match(out, /^OnCalendar=\*-\*-\* 08:00:00 Asia\/Shanghai$/m)
  const found = onlyDocument(upkeep(['schedule', 'show', '--units', '--json'], { cwd }).out)
  assert.equal(found['changed'], true)
  const [first] = found['timers'] as { next: string[] }[]
  assert.match(first?.next[0] ?? '', /T(00|10):00:00\.000Z$/)
  const files = found['files'] as { standing: string; text: string }[]
  assert.ok(
    files.length === 8 && files.every(({ standing, text }) => standing === 'new' && text.includes('[Unit]')),
  )
})

test('schedule install --dry-run says what it would do', (context) => {
  const { code, out } = upkeep(['schedule', 'install', '--dry-run'], { cwd: directory(context, true) })
  assert.equal(code, 0)
  assert.equal(out.match(/^would write \/etc\/systemd\/system\/upkeep_example-company_/gm)?.length, 8)
  assert.match(out, /Nothing was changed\.\n$/)
})

// Fault, controllers: a machine without systemd. Outcome: refused, and nothing is written.
test(
  'a machine without systemd has no timers',
  { skip: isBooted && 'needs a machine without systemd' },
  (context) => {
    const cwd = directory(context, true)
    for (const verb of ['install', 'remove']) {
      const { code, err } = upkeep(['schedule', verb], { cwd })
      assert.equal(code, 4)
      assert.match(err, /schedule\/no-systemd/)
    }
  },
)

test('what a timer would lack is said before anything is written', (context) => {
  const cwd = directory(context)
  const bad = join(cwd, 'line\nbreak')
  mkdirSync(bad)
  upkeep(['init', '--estate', join(cwd, 'estate.yaml')])
  const made = upkeep(['init', '--estate', join(bad, 'estate.yaml')])
  assert.equal(made.code, 0, made.err)
  const { code, err } = upkeep(['schedule', 'install', '--dry-run'], { cwd: bad })
  assert.equal(code, 4)
  assert.match(err, /schedule\/path/)
})
