import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { holdsBlock } from '../../../core/review/network.ts'
import { covers, lostDenials, newRights } from '../../../core/review/policy-cover.ts'
import { policyOf } from '../../../core/review/policy.ts'
import { comesAsOften } from '../../../core/review/recurrence.ts'
import { compareVersions } from '../../../core/package-version.ts'

// Every text of up to five letters of two: what a pattern takes can be counted.
const texts = Array.from({ length: 6 }, (_, length) =>
  Array.from({ length: 2 ** length }, (_, bits) =>
    Array.from({ length }, (_, at) => ((bits >> at) & 1 ? 'a' : 'b')).join(''),
  ),
).flat()

function taken(pattern: string): readonly string[] {
  const source = [...pattern].map((one) => (one === '*' ? '.*' : one === '?' ? '.' : one)).join('')
  return texts.filter((text) => new RegExp(`^${source}$`).test(text))
}

const pattern = fc.array(fc.constantFrom('a', 'b', '*', '?'), { maxLength: 5 }).map((all) => all.join(''))

test('what a pattern of IAM covers takes nothing that it does not take', () => {
  fc.assert(
    fc.property(pattern, pattern, (wide, narrow) => {
      if (!covers(wide, narrow)) return
      const all = new Set(taken(wide))
      assert.deepEqual(
        taken(narrow).filter((text) => !all.has(text)),
        [],
      )
    }),
    { numRuns: 20_000 },
  )
})

test('a pattern without wildcards is covered by just those that take it', () => {
  fc.assert(
    fc.property(pattern, fc.constantFrom(...texts), (wide, text) => {
      assert.equal(covers(wide, text), taken(wide).includes(text))
    }),
    { numRuns: 20_000 },
  )
})

test('a pattern with many stars costs no more than its length', () => {
  assert.equal(covers(`${'*a'.repeat(500)}b`, 'a'.repeat(5000)), false)
})

test('a policy gives no new right compared with itself, whatever the order', () => {
  const part = fc.constantFrom('s3:Get*', 's3:Put?', '*', 'kms:Decrypt')
  const list = fc.oneof(part, fc.array(part, { minLength: 1, maxLength: 3 }))
  const statement = fc.record({
    Effect: fc.constantFrom('Allow', 'Deny'),
    Action: list,
    Resource: list,
    Principal: fc.oneof(fc.constant('*'), fc.record({ AWS: list })),
  })
  fc.assert(
    fc.property(fc.array(statement, { minLength: 1, maxLength: 4 }), (all) => {
      const was = policyOf(JSON.stringify({ Statement: all }))
      const becomes = policyOf(JSON.stringify({ Version: '2012-10-17', Statement: all.toReversed() }))
      assert.ok(was !== null && becomes !== null)
      assert.deepEqual(newRights(was, becomes), [])
      assert.deepEqual(lostDenials(was, becomes), [])
    }),
  )
})

test('a statement with an element that nobody knows makes the whole policy unread', () => {
  const good = { Effect: 'Allow', Action: 'a', Resource: 'b' }
  assert.equal(policyOf({ Statement: good } as never), null, 'no map')
  for (const bad of [
    { ...good, Later: 1 },
    { ...good, NotAction: 'c' },
    { ...good, Action: [] },
    { ...good, Action: [1] },
    { ...good, Effect: 'allow' },
    { ...good, Condition: [] },
    { ...good, Principal: 'me' },
  ])
    assert.equal(policyOf(JSON.stringify({ Statement: [good, bad] })), null, JSON.stringify(bad))
  assert.equal(policyOf(JSON.stringify({ Statement: good }))?.length, 1)
})

test('networks hold what lies in them', () => {
  const rows: readonly (readonly [string, string, boolean])[] = [
    ['10.0.0.0/8', '10.255.0.0/16', true],
    ['10.0.0.0/8', '11.0.0.0/16', false],
    ['10.0.0.0/16', '10.0.0.0/8', false],
    ['0.0.0.0/0', '::/0', false],
    ['0.0.0.0/0', '203.0.113.7/32', true],
    ['::/0', '2001:db8::1/128', true],
    ['2001:db8::/32', '2001:db8:ffff::/48', true],
    ['2001:db8::/32', '2001:db9::/48', false],
    ['10.0.0.0/8', '10.0.0.1', false],
    ['010.0.0.0/8', '10.0.0.0/9', false],
    ['10.0.0.0/33', '10.0.0.0/33', true],
    ['pl-1', 'pl-1', true],
    ['pl-1', 'pl-2', false],
    ['1::2::3/64', '1::2/64', false],
  ]
  for (const [outer, inner, holds] of rows) assert.equal(holdsBlock(outer, inner), holds, `${outer} ${inner}`)
})

test('a schedule comes as often as another one when it has all of its times', () => {
  const rows: readonly (readonly [string, string, boolean])[] = [
    ['cron(0 2 ? * SUN *)', 'cron(0 2 ? * SAT,SUN *)', true],
    ['cron(0 2 ? * SUN *)', 'cron(0 2 ? * SAT-SUN *)', false],
    ['cron(0 2 ? * 2-6 *)', 'cron(0 2 ? * MON-FRI *)', true],
    ['cron(0 2 ? * SUN *)', 'cron(0 3 ? * SUN *)', false],
    ['cron(0 2 ? * SUN *)', 'cron(0 2 * * ? *)', true],
    ['cron(0 2 ? * SUN *)', 'cron(0 2 ? * SUN#1 *)', false],
    ['cron(0 2 ? * * *)', 'cron(0 2 ? * SUN *)', false],
    ['rate(7 days)', 'rate(24 hours)', true],
    ['rate(1 day)', 'rate(7 days)', false],
    ['rate(1 day)', 'cron(0 2 * * ? *)', false],
    ['at(2027-01-01T00:00:00)', 'at(2027-01-01T00:00:00)', true],
  ]
  for (const [was, becomes, often] of rows)
    assert.equal(comesAsOften(was, becomes), often, `${was} ${becomes}`)
})

// deb-version(7) and the tests of rpmvercmp.
const apt = [
  '1.0~rc1',
  '1.0~rc2',
  '1.0',
  '1.0-1',
  '1.0-1+deb12u1',
  '1.0-1.1',
  '1.0a',
  '1.0+b',
  '1.2',
  '1.10',
  '1:0.1',
]
const dnf = ['1.0~rc1', '1.0', '1.0^git1', '1.0.1', '1.2', '1.10', '1:0.1-1.el9', '1:0.1-1.el9_2', '1:0.1-2']

for (const [manager, versions] of [
  ['apt', apt],
  ['dnf', dnf],
] as const) {
  test(`versions stand in the order of ${manager}`, () => {
    for (const [index, version] of versions.entries()) {
      assert.equal(compareVersions(manager, version, version), 0)
      for (const later of versions.slice(index + 1)) {
        assert.ok(compareVersions(manager, version, later) < 0, `${version} < ${later}`)
        assert.ok(compareVersions(manager, later, version) > 0, `${later} > ${version}`)
      }
    }
  })
}
