import assert from 'node:assert/strict'
import test from 'node:test'
import { complaints, differences, inputsOf, type Kind } from '../../lab/stand-in/kind.ts'
import { judgeable, malformed } from '../../lab/stand-in/policy-aside.ts'
import { unknown } from '../../lab/stand-in/values.ts'

const kind: Kind = {
  type: 'aws:x/y:Y',
  rules: { name: 'replaces', policy: 'updates', size: 'updates' },
  required: ['name'],
  defaults: { size: 1 },
  refuses: ({ size }) => (size === 0 ? 'too small' : undefined),
  make: async () => ({ id: '' }),
  read: async () => null,
  change: async () => {},
  remove: async () => {},
}

test('a difference is an update or a replacement by the rule of its property', () => {
  assert.deepEqual(differences(kind, { name: 'a' }, { name: 'b', size: 2 }), [
    { property: 'name', kind: 'updated', replaces: true },
    { property: 'size', kind: 'added', replaces: false },
  ])
  assert.deepEqual(differences(kind, { name: 'a', size: 2 }, { name: 'a' }), [
    { property: 'size', kind: 'deleted', replaces: false },
  ])
})

test('what is not known yet counts as changed; a default, an order and spaces in a policy do not', () => {
  assert.equal(differences(kind, { name: 'a' }, { name: unknown }).length, 1)
  assert.deepEqual(differences(kind, { name: 'a' }, { name: 'a', size: 1 }), [])
  assert.deepEqual(differences(kind, { policy: '{"b":1,"a":[2]}' }, { policy: '{ "a": [2], "b": 1 }' }), [])
  assert.equal(differences(kind, { policy: '{"a":[1,2]}' }, { policy: '{"a":[2,1]}' }).length, 1)
})

test('what was read is told in the words of the program, with what is other than by default', () => {
  const read = { name: 'a', policy: '{"a":1}', size: 1, arn: 'x' }
  assert.deepEqual(inputsOf(kind, read, { policy: '{ "a": 1 }' }), { name: 'a', policy: '{ "a": 1 }' })
  assert.deepEqual(inputsOf(kind, { ...read, size: 3 }, {}), { name: 'a', policy: '{"a":1}', size: 3 })
  assert.deepEqual(inputsOf(kind, { name: 'a', size: 1 }, { size: 1 }), { name: 'a', size: 1 })
})

test('foreign and missing properties are named, and what the service refuses', () => {
  const reasons = complaints(kind, { colour: 'red' }).map(({ property, reason }) => [property, reason])
  assert.deepEqual(reasons, [
    ['colour', `the lab's stand-in for AWS does not know the property "colour" of aws:x/y:Y`],
    ['name', `the lab's stand-in for AWS wants "name" of aws:x/y:Y to be said`],
  ])
  assert.deepEqual(complaints(kind, { name: 'a', size: 0 }), [{ property: '', reason: 'too small' }])
})

test('of a policy moto gets what has no condition, and what a service may do', () => {
  const Condition = { Bool: { 'aws:SecureTransport': 'false' } }
  const policy = (Statement: readonly object[]) => JSON.stringify({ Version: 'v', Statement })
  const service = { Effect: 'Allow', Principal: { Service: 's' } }
  const plain = { Effect: 'Deny', Principal: '*' }
  assert.equal(judgeable(policy([{ Effect: 'Deny', Principal: '*', Condition }])), null)
  assert.equal(
    judgeable(policy([plain, { ...service, Condition }, { ...service, Effect: 'Deny', Condition }])),
    policy([plain, service]),
  )
})

test('a policy may speak of its own bucket alone', () => {
  const of = (arn: string) => JSON.stringify({ Statement: [{ Resource: [arn] }] })
  assert.equal(malformed(of('arn:aws:s3:::a.b/*'), 'a.b'), undefined)
  assert.equal(malformed(of('arn:aws-cn:s3:::a.b'), 'a.b'), undefined)
  for (const arn of ['arn:aws:s3:::axb', 'arn:aws:s3:::a.bc', '*'])
    assert.match(malformed(of(arn), 'a.b') ?? '', /MalformedPolicy/)
})
