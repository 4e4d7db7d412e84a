import assert from 'node:assert/strict'
import test from 'node:test'
import { complaints } from '../../lab/stand-in/kind.ts'
import { kindOf } from '../../lab/stand-in/kinds.ts'
import type { Properties } from '../../lab/stand-in/values.ts'
import { scene } from './scene.ts'

// What AWS refuses and moto takes: the stand-in refuses it, before anything is made.

const ids = Object.fromEntries(Object.keys(scene).map((name) => [name, `${name}-id`]))
const many = Object.fromEntries(Array.from({ length: 11 }, (_, at) => [`tag${at}`, 'x']))

const refused: readonly (readonly [part: string, change: Properties, why: RegExp])[] = [
  ['window', { name: 'ab' }, /no maintenance window of the name "ab" \(ValidationException\)/],
  ['window', { schedule: 'every night' }, /with the schedule "every night"/],
  ['window', { duration: 25 }, /of 25 hours: whole ones, 1 to 24/],
  ['window', { duration: 1.5, cutoff: 0 }, /of 1\.5 hours: whole ones/],
  ['window', { cutoff: 6 }, /of 6 hours with a cutoff of 6: it has to be less/],
  ['target', { name: 'a b' }, /no target of the name "a b"/],
  ['target', { targets: [] }, /1 to 5 targets, not 0/],
  ['task', { maxConcurrency: '0' }, /no concurrency of "0"/],
  ['task', { maxErrors: '101%' }, /no errors of "101%"/],
  [
    'task',
    { taskInvocationParameters: { runCommandParameters: { timeoutSeconds: 5 } } },
    /30 seconds to 30 days, not 5 seconds/,
  ],
  ['task', { taskInvocationParameters: { lambdaParameters: {} } }, /does not know "lambdaParameters"/],
  ['calendar', { name: 'aws-x' }, /no document of the name "aws-x"/],
  ['calendar', { documentFormat: 'JSON' }, /a calendar as TEXT alone/],
  ['calendar', { content: 'BEGIN:VCALENDAR\nEND:VCALENDAR' }, /it is none of its own/],
  ['rules', { key: 'x'.repeat(1025) }, /no key of more than 1,024 bytes/],
  ['rules', { tags: many }, /10 tags of an object, not 11/],
  ['vpc', { cidrBlock: '10.0.0.0/29' }, /\/16 to \/28, not 10\.0\.0\.0\/29/],
  ['subnet', { cidrBlock: '10.0.0.0/8' }, /\/16 to \/28/],
  ['closed', { ingress: [{ protocol: '-1' }] }, /let nothing through/],
  ['group', { description: 'Überwachung' }, /no such description/],
  ['in', { cidrIpv4: '10.20.0.1/16' }, /it has bits beyond it/],
  ['let', { description: 'für alle' }, /no such description/],
  ['role', { name: 'a b' }, /no role of the name "a b"/],
  ['role', { assumeRolePolicy: '{' }, /MalformedPolicyDocument/],
  ['allowed', { policy: '{' }, /MalformedPolicyDocument/],
  ['profile', { name: 'x'.repeat(129) }, /no instance profile of the name/],
  ['figures', { size: 16_385 }, /no gp3 volume of 16385 GiB/],
  ['host', { ami: 'debian-12' }, /no image "debian-12"/],
  ['host', { userData: 'x'.repeat(16_385) }, /16 KB of user data, not 16385 bytes/],
  ['host', { userDataReplaceOnChange: true }, /no host anew for its user data/],
  ['topic', { name: 'a.b' }, /no topic of the name "a\.b"/],
  ['tellers', { policy: '{' }, /no policy that is no JSON/],
  ['person', { endpoint: 'nobody' }, /no mail to "nobody"/],
  ['silent', { period: 90 }, /not 90/],
  ['silent', { period: 86_400, evaluationPeriods: 8 }, /a week at most/],
  ['silent', { datapointsToAlarm: 4 }, /4 of 3 periods/],
]

for (const [name, change, why] of refused)
  test(`the stand-in refuses ${name} with ${JSON.stringify(change).slice(0, 60)}`, () => {
    const part = scene[name]
    assert.ok(part)
    const said = part.says(ids)
    assert.deepEqual(complaints(kindOf(part.type), said), [], 'as it is said it is taken')
    const [first] = complaints(kindOf(part.type), { ...said, ...change })
    assert.match(first?.reason ?? '', why)
  })

test('a name that nobody said is one that nobody has, stays as long as the resource, and is no reason to remove it first', async () => {
  const { standIn } = await import('../../lab/stand-in/provider.ts')
  const provider = standIn({ url: 'http://127.0.0.1:9', accessKeyId: 'a', secretAccessKey: 'b' })
  const type = 'aws:iam/role:Role'
  const said = { path: '/upkeep/', assumeRolePolicy: '{}' }
  const made = provider.filled(type, said, {}, 'host-role-1234567')
  assert.equal(made['name'], 'host-role-1234567')
  assert.deepEqual(provider.check(type, made), [])
  const again = provider.filled(type, said, made, 'host-role-7654321')
  assert.equal(again['name'], 'host-role-1234567')
  assert.deepEqual(provider.diff(type, made, again), { differences: [], deletesFirst: false })
  const moved = provider.filled(type, { ...said, path: '/' }, made, 'x')
  assert.equal(provider.diff(type, made, moved).deletesFirst, false)
  const named = { ...said, name: 'host-role-1234567' }
  assert.equal(provider.diff(type, named, { ...named, path: '/' }).deletesFirst, true)
  assert.deepEqual(provider.filled('aws:sns/topic:Topic', { name: 'x' }, {}, 'y'), { name: 'x' })
})
