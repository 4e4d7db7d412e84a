import assert from 'node:assert/strict'
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'node:test'
import { takeLease } from '../../core/lease/lease.ts'
import { valueOf } from '../core/journal/open-state.ts'
import { documents, onlyDocument } from './document.ts'
import { eventsIn, ranRollout } from './rollout.ts'
import { upkeep } from './upkeep.ts'

const soaking = { soakMs: 400 * 86_400_000 }

test('stop journals who stopped what and why; status, resume and journal say so until a person lets it go on', async (context) => {
  const { cwd } = await ranRollout(context, undefined, soaking)
  const stopped = upkeep(['stop', '--reason', 'wrong totals'], { cwd, env: { SUDO_USER: 'li' } })
  assert.equal(stopped.code, 0, stopped.err)
  assert.match(stopped.out, /Stopped r1: no more hosts are started\.\n.*--rollout r1 --go-on REASON/)
  const asked = eventsIn(cwd).find(({ type }) => type === 'stop.asked')
  assert.match(String(asked?.data['by']), /^li@/)
  assert.match(upkeep(['patch', 'status'], { cwd }).out, /Stopped by li@.*: wrong totals\n.*--go-on REASON/)
  assert.match(upkeep(['journal', 'show'], { cwd }).out, /stop\.asked .*li@.* wrong totals/)
  const [status] = onlyDocument(upkeep(['patch', 'status', '--json'], { cwd }).out)['rollouts'] as {
    stop: object
  }[]
  assert.match(JSON.stringify(status?.stop), /"reason":"wrong totals","end":false/)
})

test('a reason is asked for, and a rollout that is over or unknown is not stopped', async (context) => {
  const { cwd } = await ranRollout(context)
  assert.match(upkeep(['stop'], { cwd }).err, /usage\/stop/)
  assert.match(upkeep(['stop', '--reason', ' '], { cwd }).err, /usage\/stop/)
  const over = upkeep(['stop', '--rollout', 'r1', '--reason', 'late'], { cwd })
  assert.equal(over.code, 3)
  assert.match(over.err, /input\/rollout-ended/)
  assert.match(upkeep(['stop', '--rollout', 'r2', '--reason', 'x'], { cwd }).err, /input\/rollout\n/)
  const nothing = upkeep(['stop', '--reason', 'x'], { cwd })
  assert.equal(nothing.code, 0)
  assert.match(nothing.out, /Nothing to stop/)
  assert.ok(!eventsIn(cwd).some(({ type }) => type === 'stop.asked'))
})

test('while a controller is at work the stop is left for it; the next one hears it, whatever it was called for', async (context) => {
  const { cwd } = await ranRollout(context, undefined, soaking)
  const dir = join(cwd, 'state/lease')
  const holder = { host: 'ops-2', pid: 1, bootId: 'b', user: 'ada' }
  const lease = valueOf(await takeLease({ dir, holder, ttlMs: 60_000, now: Date.now, alive: () => true }))
  const asked = upkeep(['stop', '--reason', 'wrong totals', '--json'], { cwd, env: { SUDO_USER: 'li' } })
  assert.equal(asked.code, 0, asked.err)
  assert.equal(onlyDocument(asked.out)['taken'], 'left for the controller at work')
  assert.ok(!eventsIn(cwd).some(({ type }) => type === 'stop.asked'), 'the journal belongs to the controller')
  assert.match(upkeep(['patch', 'status'], { cwd }).out, /Asked to stop; no controller has heard it yet/)
  await lease.release()

  const mine = join(cwd, 'state/requests')
  writeFileSync(join(mine, '0-not-json.json'), '{"type":"stop.asked","data":{"rollout":"r1"}}')
  const settled = upkeep(['settle', 'p', '--as', 'done', '--reason', 'x'], { cwd })
  assert.match(settled.err, /input\/not-unsettled/)
  const stops = eventsIn(cwd).filter(({ type }) => type === 'stop.asked')
  assert.deepEqual(
    stops.map(({ data }) => [data['rollout'], String(data['by']).split('@')[0], data['reason']]),
    [['r1', 'li', 'wrong totals']],
  )
  assert.deepEqual(readdirSync(mine), ['0-not-json.json'])
})

test('a request for a rollout that nobody knows is journalled by nobody', async (context) => {
  const { cwd } = await ranRollout(context, undefined, soaking)
  mkdirSync(join(cwd, 'state/requests'))
  const data = { rollout: 'other', reason: 'x', by: 'li@ops', end: false }
  writeFileSync(join(cwd, 'state/requests/1.json'), JSON.stringify({ type: 'stop.asked', data }))
  upkeep(['settle', 'p', '--as', 'done', '--reason', 'x'], { cwd })
  assert.ok(!eventsIn(cwd).some(({ type }) => type === 'stop.asked'))
  assert.deepEqual(readdirSync(join(cwd, 'state/requests')), [])
})

test('what was not stopped is not let go on, nor what has a stuck host', async (context) => {
  const soak = await ranRollout(context, undefined, soaking)
  const not = upkeep(['resume', '--go-on', 'right again'], { cwd: soak.cwd })
  assert.equal(not.code, 3)
  assert.match(not.err, /input\/not-stopped/)
  assert.match(upkeep(['resume', '--go-on', ' '], { cwd: soak.cwd }).err, /usage\/resume/)

  const { cwd } = await ranRollout(context, (host, step) =>
    host === 'p' && (step.id === 'check.verify' || step.id === 'snapshot.restore-back')
      ? 'failed'
      : undefined,
  )
  const stuck = upkeep(['resume', '--rollout', 'r1', '--go-on', 'put right'], { cwd })
  assert.equal(stuck.code, 4, stuck.err)
  assert.match(stuck.err, /gate\/stuck\n.*Found: p\..*upkeep settle HOST/)
  assert.match(upkeep(['resume', '--go-on', 'put right'], { cwd }).err, /usage\/resume/)
  assert.ok(!eventsIn(cwd).some(({ type }) => type === 'rollout.reopened'))
})

test('a shortened soak is an open item until another person reviews it', async (context) => {
  const { cwd } = await ranRollout(context, undefined, soaking)
  const env = { SUDO_USER: 'li' }
  upkeep(['resume', '--expedite', 'exploited flaw'], { cwd, env })
  const shortened = eventsIn(cwd).filter(({ type }) => type === 'soak.shortened')
  assert.equal(shortened.length, 1)
  const open = upkeep(['patch', 'status'], { cwd }).out
  assert.match(open, /Soak shortened by li@.*: exploited flaw\n.*Open until another person/)
  const twice = upkeep(['resume', '--expedite', 'again'], { cwd, env })
  assert.match(twice.err, /input\/no-soak\n.*shortened by li@/)

  const words = ['patch', 'reviewed', '--rollout', 'r1', '--reason', 'was right']
  const same = upkeep(words, { cwd, env })
  assert.equal(same.code, 4)
  assert.match(same.err, /gate\/same-person/)
  assert.match(upkeep(words.slice(0, 4), { cwd, env }).err, /usage\/reviewed/)
  const other = upkeep([...words, '--json'], { cwd, env: { SUDO_USER: 'chen' } })
  assert.equal(other.code, 0, other.err)
  assert.equal(onlyDocument(other.out)['messageType'], 'reviewed')
  assert.match(upkeep(words, { cwd }).err, /input\/nothing-to-review\n.*reviewed already/)
  const closed = upkeep(['patch', 'status'], { cwd }).out
  assert.match(closed, /Reviewed by chen@.*: was right/)
  assert.ok(!closed.includes('Open until'))
  documents(upkeep(['patch', 'status', '--json'], { cwd }).out)
})
