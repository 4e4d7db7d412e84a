import assert from 'node:assert/strict'
import test from 'node:test'
import { rolloutId } from '../../playbooks/rollout/rollout-id.ts'

test('the time stamp is whole however long the name is, and long names that begin alike stay apart', () => {
  const created = new Date('2026-11-21T22:00:07.500Z')
  assert.equal(rolloutId('oa', created), 'oa-20261121-220007')
  const long = ['a', 'b'].map((end) =>
    rolloutId(`${'enterprise-resource-planning-shanghai-'.padEnd(62, 'x')}${end}`, created),
  )
  for (const id of long) assert.match(id, /^enterprise-resource-[0-9a-f]{4}-20261121-220007$/)
  for (const id of long) assert.match(id, /^[a-z0-9-]{1,40}$/)
  assert.notEqual(long[0], long[1])
  assert.equal(rolloutId('n'.repeat(24), created).length, 40)
})
