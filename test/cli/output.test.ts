import assert from 'node:assert/strict'
import { appendFileSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'node:test'
import { Event } from '../../schemas/event.ts'
import { conforms } from '../../schemas/load.ts'
import type { Shell } from '../../playbooks/command.ts'
import { progressOf } from '../../playbooks/rollout/progress.ts'
import { showEnd } from '../../playbooks/show/end.ts'
import { documents, onlyDocument } from './document.ts'
import { ranRollout } from './rollout.ts'
import { directory, recorded, upkeep } from './upkeep.ts'

test('patch status --json before the first rollout', (context) => {
  const { code, out } = upkeep(['patch', 'status', '--json'], { cwd: directory(context, true) })
  assert.equal(code, 0)
  assert.deepEqual(onlyDocument(out)['rollouts'], [])
})

test('patch status --json tells of each host', async (context) => {
  const { cwd } = await ranRollout(context, (host, step) =>
    host === 'p' && step.id === 'check.verify' ? 'failed' : undefined,
  )
  const { code, out } = upkeep(['patch', 'status', '--json'], { cwd })
  assert.equal(code, 0)
  const [rollout] = onlyDocument(out)['rollouts'] as { outcome: string; hosts: { outcome: string }[] }[]
  assert.equal(rollout?.outcome, 'stopped')
  assert.deepEqual(
    rollout.hosts.map(({ outcome }) => outcome),
    ['done', 'undone'],
  )
})

test('patch status for people names the rollout, its hosts and the reason', async (context) => {
  const { cwd } = await ranRollout(context)
  const { out } = upkeep(['patch', 'status'], { cwd })
  for (const word of [
    'r1',
    'erp',
    'November security updates',
    'ada@ops-1',
    'production',
    '✔',
    'p: snapshot upkeep-r1: held, ',
  ]) {
    assert.ok(out.includes(word), `${word} is missing:\n${out}`)
  }
})

test('resume --json with nothing under way', (context) => {
  const { code, out } = upkeep(['resume', '--json'], { cwd: directory(context, true) })
  assert.equal(code, 0)
  assert.equal(onlyDocument(out)['messageType'], 'idle')
})

test('journal show --json gives the events as they were recorded', async (context) => {
  const { cwd } = await ranRollout(context)
  const { code, out } = upkeep(['journal', 'show', '--json', '--rollout', 'r1'], { cwd })
  assert.equal(code, 0)
  const events = out
    .trimEnd()
    .split('\n')
    .map((line): unknown => JSON.parse(line))
  assert.ok(events.length > 20)
  for (const event of events) assert.ok(conforms(Event, event), JSON.stringify(event))
})

test('journal verify --json of a good journal, and of one in which a byte was changed', async (context) => {
  const { cwd } = await ranRollout(context)
  const good = upkeep(['journal', 'verify', '--json'], { cwd })
  assert.equal(good.code, 0, good.err)
  assert.equal(onlyDocument(good.out)['ok'], true)
  const dir = join(cwd, 'state/journal')
  const [segment = ''] = readdirSync(dir).filter((name) => name.endsWith('.jsonl'))
  appendFileSync(join(dir, segment), '{"specversion":"1.0"}\n{"torn"')
  const bad = upkeep(['journal', 'verify', '--json'], { cwd })
  assert.equal(bad.code, 8, bad.err)
  assert.equal(onlyDocument(bad.out)['ok'], false)
})

test('a run with --json gives an event a line, and its summary as the last one', async (context) => {
  for (const fault of [undefined, 'failed', 'unknown'] as const) {
    const { plan, end, events } = await ranRollout(context, (host, step) =>
      host === 'p' && step.id === 'check.verify' ? fault : undefined,
    )
    const { outside, out, err } = recorded()
    const shell: Shell = { ...outside, options: {}, operands: [], estatePath: 'estate.yaml', json: true }
    const progress = progressOf(shell, plan)
    for (const event of events) progress.event(event)
    progress.close(end.state)
    showEnd(shell, plan, end, { timeZone: 'UTC', snapshots: null })
    const lines = documents(out())
    assert.equal(err(), '')
    assert.equal(lines.length, events.length + 1)
    assert.ok(lines.slice(0, -1).every((line) => line['messageType'] === 'event'))
    assert.equal(lines.at(-1)?.['messageType'], 'summary')
  }
})

test('every line of a run for people is plain and says host and outcome', async (context) => {
  const { plan, end, events } = await ranRollout(context)
  const { outside, out, err } = recorded()
  const shell: Shell = { ...outside, options: {}, operands: [], estatePath: 'estate.yaml', json: false }
  const progress = progressOf(shell, plan)
  for (const event of events) progress.event(event)
  progress.close(end.state)
  showEnd(shell, plan, end, { timeZone: 'UTC', snapshots: null })
  assert.ok(!`${out()}${err()}`.includes('\u001b'))
  assert.match(err(), /p +DONE/)
  assert.match(out(), /Rollout r1 done/)
  assert.match(out(), /upkeep rollback --rollout r1/)
})

test('times are in the time zone of the estate, with its name; as JSON in UTC', async (context) => {
  const { cwd, plan, end } = await ranRollout(context, undefined, { soakMs: 3_600_500 })
  assert.match(upkeep(['patch', 'status'], { cwd }).out, /since Sat 2026-11-21 08:00 \(Asia\/Shanghai\)/)
  assert.match(
    upkeep(['patch', 'status'], { cwd }).out,
    /upkeep resume, from Sat 2026-11-21 09:00:\d\d \(Asia\/Shanghai\) on/,
  )
  const [rollout] = onlyDocument(upkeep(['patch', 'status', '--json'], { cwd }).out)['rollouts'] as {
    nextTime: string
  }[]
  assert.match(rollout?.nextTime ?? '', /^2026-11-21T01:00:\d\d\.\d{3}Z$/)
  const { outside, out } = recorded()
  const shell: Shell = { ...outside, options: {}, operands: [], estatePath: 'estate.yaml', json: false }
  showEnd(shell, plan, end, { timeZone: 'America/New_York', snapshots: null })
  assert.match(out(), /soaking until Fri 2026-11-20 20:00:\d\d \(America\/New_York\)/)
  assert.match(out(), /Next: upkeep resume, from Fri 2026-11-20 20:00:\d\d \(America\/New_York\) on/)
  assert.ok(!/\d{4}-\d\d-\d\dT/.test(out()))
})

test('lab status --json where there is no lab', (context) => {
  const env = { UPKEEP_LAB_DIR: join(directory(context), 'lab') }
  const { code, out } = upkeep(['lab', 'status', '--json'], { env })
  assert.equal(code, 0)
  assert.equal(onlyDocument(out)['up'], false)
})

test('a file that is no plan gives one message', (context) => {
  const cwd = directory(context, true)
  for (const text of ['{"messageType":"status","schemaVersion":1}', '[]', '{}', 'null']) {
    writeFileSync(join(cwd, 'plan.json'), text)
    const { code, err } = upkeep(['patch', 'run'], { cwd })
    assert.equal(code, 3)
    assert.match(err, /plan-file\/no-plan/)
    assert.equal(err.match(/plan-file\//g)?.length, 1)
  }
})
