import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import test from 'node:test'
import { leftOutOfTest, unlikeEstate } from '../../../core/cleanup/against-estate.ts'
import { plannedRule } from '../../../core/cleanup/gate.ts'
import { resolveEstate } from '../../../core/estate/resolve.ts'
import { loadEstate } from '../../../schemas/load.ts'
import type { CleanupPlan } from '../../../schemas/cleanup-plan.ts'

const text = readFileSync(new URL('../../schemas/estates/valid/cleanup.yaml', import.meta.url), 'utf8')
const loaded = loadEstate('cleanup.yaml', text)
assert.ok(loaded.ok)
const system = resolveEstate(loaded.value).systems['erp']
assert.ok(system)
const { quarantineMs, rules } = system.cleanup
const plan = {
  id: 'clean-erp-1',
  system: 'erp',
  quarantineMs,
  rules: rules.map((rule) => plannedRule(rule, quarantineMs)),
  hosts: system.hosts.map(({ name: host, ring }) => ({ host, ring, rules: rules.map(({ name }) => name) })),
} as unknown as CleanupPlan

const found = (changed: object) =>
  unlikeEstate({ ...plan, ...changed }, system).map(({ code, found: what }) => [code, what])
const unlike = (what: string) => [['plan/unlike-estate', what]]

test('a plan that says what the estate says is carried out, in whatever order its keys are', () => {
  assert.deepEqual(found({}), [])
  const turned = plan.rules.map((rule) => Object.fromEntries(Object.entries(rule).reverse()))
  assert.deepEqual(found({ rules: turned }), [])
  assert.deepEqual(
    found({
      rules: plan.rules.slice(0, 1),
      hosts: plan.hosts.map((host) => ({ ...host, rules: ['rotated-logs'] })),
    }),
    [],
  )
})

test('a plan that calls a production host a test host, or says else than the estate, is refused', () => {
  const hosts = (change: object) => ({
    hosts: plan.hosts.map((host) => (host.host === 'erp-1' ? { ...host, ...change } : host)),
  })
  assert.deepEqual(found(hosts({ ring: 'test' })), unlike('the ring of erp-1'))
  assert.deepEqual(found(hosts({ host: 'erp-9' })), unlike('the ring of erp-9'))
  assert.deepEqual(found(hosts({ rules: ['none'] })), unlike('the rules of erp-1'))
  assert.deepEqual(found({ quarantineMs: 1 }), unlike('the time in quarantine'))
  const [first, ...rest] = plan.rules
  // The digest of the rule that was tried, and another rule under it.
  assert.deepEqual(found({ rules: [{ ...first, olderThanMs: 1 }, ...rest] }), unlike('the rule rotated-logs'))
  assert.deepEqual(
    found({ rules: [{ ...first, quarantineMs: null }, ...rest] }),
    unlike('the rule rotated-logs'),
  )
})

test('a rule that a test host should carry out and does not by the plan is found, with the host', () => {
  const without = (ring: 'test' | 'production', what: 'rule' | 'host') => {
    const [first] = rules
    const hosts = plan.hosts.flatMap((host) => {
      if (host.ring !== ring) return [host]
      return what === 'host' ? [] : [{ ...host, rules: host.rules.filter((name) => name !== first?.name) }]
    })
    return leftOutOfTest({ ...plan, hosts }, system)
  }
  const tested = system.hosts.find(({ ring }) => ring === 'test')
  assert.ok(tested)
  assert.deepEqual(without('production', 'host').size, 0)
  assert.deepEqual([...without('test', 'rule')], [[rules[0]?.name, tested.name]])
  assert.equal(without('test', 'host').size, rules.length)
})
