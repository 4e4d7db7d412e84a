import assert from 'node:assert/strict'
import test from 'node:test'
import type { Shell } from '../../playbooks/command.ts'
import { oneByOne } from '../../playbooks/resume.ts'
import { recorded } from './upkeep.ts'

test('after an interrupt no further rollout is gone on with', async () => {
  const listeners = new Set<(count: number) => void>()
  const { outside, err } = recorded({
    onInterrupt(listener) {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
  })
  const shell: Shell = { ...outside, options: {}, operands: [], estatePath: 'estate.yaml', json: false }
  const begun: string[] = []
  const exit = await oneByOne(shell, ['oa-1', 'erp-1', 'crm-1'], async (id) => {
    begun.push(id)
    for (const listener of listeners) listener(1)
    return 'ok'
  })
  assert.deepEqual(begun, ['oa-1'])
  assert.equal(exit, 'interrupted')
  assert.match(err(), /not gone on with erp-1, crm-1/)
  assert.equal(listeners.size, 0)
})

test('the worst of several rollouts is told, whichever comes last', async () => {
  const { outside } = recorded()
  const shell: Shell = { ...outside, options: {}, operands: [], estatePath: 'estate.yaml', json: false }
  const ends = { a: 'stuck', b: 'ok', c: 'stopped' } as const
  assert.equal(await oneByOne(shell, ['a', 'b', 'c'], async (id) => ends[id as 'a']), 'stuck')
})
