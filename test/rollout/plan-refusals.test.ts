import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'node:test'
import { isDriven } from '../../core/estate/hosts.ts'
import { readEstate } from '../../core/estate/read.ts'
import type { ResolvedSystem } from '../../core/estate/resolved.ts'
import { patchSteps, waysBack } from '../../playbooks/patch-steps.ts'
import type { HostFacts } from '../../playbooks/rollout/host-facts.ts'
import { refusals } from '../../playbooks/rollout/plan-refusals.ts'
import { subjectOf } from '../../playbooks/rollout/subject.ts'
import { simulatedHost } from '../core/run/fleet.ts'

const sample = join(import.meta.dirname, '../../playbooks/init-estate.yaml')
const { packages } = simulatedHost('p', 'production', [])

function systems(...changes: readonly (readonly [string, string])[]): readonly ResolvedSystem[] {
  let text = readFileSync(sample, 'utf8')
  for (const [from, to] of changes) {
    assert.ok(text.includes(from), from)
    text = text.replace(from, to)
  }
  const read = readEstate('/srv/acme/estate.yaml', text)
  assert.ok(read.ok, JSON.stringify(read))
  return Object.values(read.value.estate.systems)
}

/** Hosts on which a step of a plan, forward or back, does anything, by the host that the plan is for. */
function touched(all: readonly ResolvedSystem[]): Readonly<Record<string, readonly string[]>> {
  const found: Record<string, readonly string[]> = {}
  for (const system of all) {
    for (const host of system.hosts.filter((one) => isDriven(one))) {
      const subject = subjectOf(system, host, packages, 'r1')
      const steps = [...patchSteps(subject), ...Object.values(waysBack(subject)).flat()]
      const on = steps.flatMap(({ action }) => (action.kind === 'traffic' ? action.hosts : []))
      found[host.name] = [...new Set([host.name, ...on])].sort()
    }
  }
  return found
}

test('no step of a plan for the sample estate touches a host that Upkeep never changes', () => {
  const expected = {
    'erp-test-db': ['erp-test-db'],
    'erp-test-app': ['erp-test-app'],
    'erp-db-1': ['erp-db-1'],
    'erp-db-2': ['erp-db-2'],
    'erp-app-1': ['erp-app-1', 'erp-front'],
    'erp-app-2': ['erp-app-2', 'erp-front'],
    'erp-front': ['erp-front'],
    'oa-test': ['oa-test'],
    'oa-1': ['oa-1'],
  }
  assert.deepEqual(touched(systems()), expected)
  assert.deepEqual(touched(systems(['roles: [scanner]', 'roles: [web]'])), expected)
})

test('where only such a host controls the traffic, there is no plan', () => {
  const plain = systems()[0] ?? assert.fail()
  const hosts = plain.hosts.map((one) =>
    one.name === 'erp-front' ? { ...one, packages: 'none' as const } : one,
  )
  const system = { ...plain, hosts }
  const host = hosts.find(({ name }) => name === 'erp-app-1') ?? assert.fail()
  assert.deepEqual(codes(system, host), ['plan/traffic-host'])
  assert.deepEqual(codes(plain, host), [])
})

// Fault 9, hosts: the disk of a host would run full. Outcome: not planned, with numbers.
test('a host whose disk would run full is not planned, with numbers', () => {
  const system = systems()[1] ?? assert.fail()
  const host = system.hosts.find(({ name }) => name === 'oa-1') ?? assert.fail()
  const sized = (name: string) =>
    packages.map((one) => ({
      ...one,
      name,
      to: { ...one.to, bytes: 3_000 },
      from: one.from === null ? null : { ...one.from, bytes: 2_000 },
    }))
  const space = (bytes: number, boot = 10 ** 9) => [
    { path: '/', freeBytes: 10 ** 9 },
    { path: '/var', freeBytes: bytes },
    { path: '/boot', freeBytes: boot },
  ]
  const full = { packages: sized('openssl'), growthBytes: 500, space: space(10_499) }
  const [problem] = refusals(system, host, { ...facts, ...full })
  assert.equal(problem?.code, 'plan/host-space')
  assert.equal(problem.found, '10499 bytes free')
  assert.equal(problem.expected, '10500 bytes: twice the 5000 bytes of files and 500 bytes of growth')
  assert.deepEqual(codes(system, host, { ...full, space: space(10_500) }), [])
  assert.deepEqual(codes(system, host, { ...full, space: [{ path: '/', freeBytes: 10_499 }] }), [
    'plan/host-space',
  ])

  const small = space(10 ** 9, 99_999_999)
  assert.deepEqual(codes(system, host, { packages: sized('linux-image-amd64'), space: small }), [
    'plan/host-space',
  ])
  assert.deepEqual(codes(system, host, { packages: sized('kernel-core'), space: small }), ['plan/host-space'])
  assert.deepEqual(codes(system, host, { packages: sized('openssl'), space: small }), [])
})

test('a mount that the snapshot would leave out is not planned over, until the host names it', () => {
  const system = systems()[1] ?? assert.fail()
  const host = system.hosts.find(({ name }) => name === 'oa-1') ?? assert.fail()
  const mounts = [
    { path: '/srv/data', type: 'ext4' },
    { path: '/boot', type: 'ext4' },
  ]
  const whole = { snapshot: { freeBytes: 10 ** 12, leftOut: [] }, mounts }
  const [problem] = refusals(system, host, { ...facts, ...whole })
  assert.deepEqual(
    [problem?.code, problem?.found],
    ['snapshot/mount-outside', '/srv/data (ext4), /boot (ext4)'],
  )
  const named = { ...host, outsideSnapshot: ['/boot', '/srv/data'] }
  assert.deepEqual(codes(system, named, whole), [])
  assert.deepEqual(codes(system, { ...host, outsideSnapshot: ['/boot'] }, whole), ['snapshot/mount-outside'])
  assert.deepEqual(
    codes(system, named, { ...whole, snapshot: { freeBytes: 10 ** 12, leftOut: ['srv/data'] } }),
    ['plan/snapshot-incomplete'],
  )
  assert.deepEqual(codes(system, host, { ...whole, snapshot: null }), [])
})

function codes(
  system: ResolvedSystem,
  host: ResolvedSystem['hosts'][number],
  change: Partial<HostFacts> = {},
) {
  return refusals(system, host, { ...facts, ...change }).map(({ code }) => code)
}

const facts: HostFacts = {
  release: 'debian 12',
  packages,
  heldBack: [],
  conffiles: [],
  watched: {},
  restarts: [],
  reboot: { needed: 'no', why: [] },
  fetchBytes: 0,
  snapshotBytes: 0,
  space: [
    { path: '/', freeBytes: 10 ** 9 },
    { path: '/var', freeBytes: 10 ** 9 },
    { path: '/boot', freeBytes: 10 ** 9 },
  ],
  growthBytes: 0,
  snapshot: null,
  mounts: [],
}
