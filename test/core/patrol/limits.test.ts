import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { limitsOf, items } from '../../../core/patrol/limits.ts'
import { loadEstate } from '../../../schemas/load.ts'
import type { Estate } from '../../../schemas/estate.ts'
import { patrolItems, type PatrolPolicy } from '../../../schemas/patrol.ts'

const path = join(import.meta.dirname, '../../../playbooks/init-estate.yaml')
const loaded = loadEstate(path, readFileSync(path, 'utf8'))
assert.ok(loaded.ok)
const { estate } = loaded.value

function limit(own: PatrolPolicy, ofTier: Estate['patrol'] = {}, tier: 'core' | 'office' = 'core') {
  const system = estate.systems['erp']
  assert.ok(system)
  return limitsOf({ ...estate, patrol: ofTier }, { ...system, tier, patrol: own })
}

describe('limits', () => {
  test('are those of the requirements when the estate says nothing', () => {
    const { cpu, memory, diskFree, connections } = limit({})
    assert.deepEqual([cpu.side, cpu.warning], ['most', 70])
    assert.deepEqual([memory.side, memory.warning], ['most', 80])
    assert.deepEqual([diskFree.side, diskFree.warning], ['least', 20])
    assert.deepEqual([connections.side, connections.warning], ['most', 80])
  })

  test('differ by tier where waiting is what a tier does', () => {
    assert.deepEqual([limit({}).pressureIo.warning, limit({}, {}, 'office').pressureIo.warning], [20, 40])
  })

  test('of a system stand over those of its tier, each figure and each limit by itself', () => {
    const ofTier = { core: { limits: { cpu: { warning: 60, critical: 80 }, swap: { warning: 10 } } } }
    const found = limit({ limits: { cpu: { warning: 50 } } }, ofTier)
    assert.deepEqual(found.cpu, { side: 'most', warning: 50, critical: 80, margin: 10 })
    assert.equal(found.swap.warning, 10)
    assert.equal(limit({}, ofTier, 'office').cpu.warning, 70)
  })

  test('are there for every figure, in order, each with its source', () => {
    assert.deepEqual(Object.keys(items).sort(), [...patrolItems].sort())
    for (const [name, { limit: one, source }] of Object.entries(items)) {
      const { side, warning, critical } = one
      assert.ok(critical === null || (side === 'most' ? critical >= warning : critical <= warning), name)
      assert.match(source, /R\d\.\d|signatures/, name)
    }
  })
})
