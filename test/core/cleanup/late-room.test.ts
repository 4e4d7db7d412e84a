import assert from 'node:assert/strict'
import test from 'node:test'
import { lateRoom } from '../../../playbooks/cleanup/make-plan.ts'
import type { PlannedRule } from '../../../schemas/cleanup-plan.ts'

test('a rule for a full file system that gives room only later says from which day on', () => {
  const days = 86_400_000
  const rule = { name: 'exports', onlyAbovePercent: 90, quarantineMs: 10 * days, do: 'delete' } as PlannedRule
  const notes = (change: Partial<PlannedRule>) =>
    lateRoom({ ...rule, ...change }, new Date('2026-11-21T10:00:00Z'))
  assert.match(notes({})[0] ?? '', /^exports waits .* until 2026-12-01: only regenerable/)
  assert.deepEqual(notes({ quarantineMs: null }), [])
  assert.deepEqual(notes({ onlyAbovePercent: null }), [])
})
