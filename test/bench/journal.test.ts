import assert from 'node:assert/strict'
import { test } from 'node:test'
import { journalTable, operate, operations, writeLong } from '../../bench/journal.ts'
import { listSegments } from '../../core/journal/segments.ts'
import { verifyJournal } from '../../core/journal/verify.ts'
import { eventsByRollout } from '../../playbooks/rollout/rollouts.ts'
import type { Event } from '../../schemas/event.ts'
import { freshDirectory, valueOf } from '../core/journal/open-state.ts'

test('the long journal of the bench is a right one, with rollouts that end, and each operation reads all of it', async (context) => {
  const dir = await freshDirectory(context)
  await writeLong(dir, 3000, 300_000)
  assert.ok((await listSegments(dir)).length > 3)
  assert.ok(valueOf(await verifyJournal(dir)).ok)
  for (const operation of operations) {
    const { events, rollouts, ended } = await operate(operation, dir)
    assert.equal(events, 3000)
    if (operation === 'verify') continue
    assert.ok(rollouts > 5)
    assert.equal(ended, rollouts - 1, 'all but the last, which was cut')
  }
})

test('the table holds time per event against the shortest journal', () => {
  const figure = { operation: 'verify', rollouts: 0, bytes: 1, peakBytes: 1 } as const
  const lines = journalTable([
    { ...figure, events: 100, ms: 10 },
    { ...figure, events: 1000, ms: 300 },
  ])
  assert.match(lines[1] ?? '', /x 3\.00/)
})

test('each event goes to its rollout once, in order; those of none are left out', () => {
  const event = (sequence: number, rollout?: string) =>
    ({ sequence, data: rollout === undefined ? {} : { rollout } }) as unknown as Event
  const found = eventsByRollout([event(1), event(2, 'a'), event(3, 'b'), event(4, 'a')])
  assert.deepEqual(
    [...found].map(([id, own]) => [id, own.map(({ sequence }) => sequence)]),
    [
      ['a', [2, 4]],
      ['b', [3]],
    ],
  )
})
