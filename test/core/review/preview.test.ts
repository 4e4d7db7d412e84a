import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { visibleJson } from '../../../connect/text.ts'
import { classifyHosts, classifyStack } from '../../../core/review/classify.ts'
import { readPreview } from '../../../core/review/preview.ts'
import { changesOf, planOf } from './cases/all.ts'
import { create, remove, replace, secret, type StepJson, update } from './cases/case.ts'

function read(document: unknown) {
  return readPreview('preview.json', typeof document === 'string' ? document : JSON.stringify(document))
}

function codes(document: unknown): readonly string[] {
  const result = read(document)
  return result.ok ? [] : result.problems.map(({ code, where }) => `${code} ${where}`)
}

const changeSummary = { same: 1 }

test('what is no preview that ended is refused, with its place', () => {
  assert.deepEqual(codes('{"steps": [\n  }'), ['preview/json preview.json:2:3'])
  assert.deepEqual(codes('{"steps": [1\n  }'), ['preview/json preview.json:2:3'])
  assert.deepEqual(codes('[]'), ['preview/shape preview.json:1:1'])
  assert.deepEqual(codes({}), ['preview/shape preview.json:1:1'])
  const urn = 'urn:pulumi:s::p::t::n'
  const strange = '{"changeSummary": {},\n"steps": [{"op": "explode", "urn": "urn:pulumi:s::p::t::n"}]}'
  assert.deepEqual(codes(strange), ['preview/shape preview.json:2:18'])
  assert.deepEqual(codes({ changeSummary, steps: [{ op: 'create', urn: 'n' }] }), [
    'preview/urn preview.json, steps[0].urn',
  ])
  assert.deepEqual(codes({ changeSummary, maybeCorrupt: true }), ['preview/unfinished preview.json'])
  assert.deepEqual(codes({ changeSummary, diagnostics: [{ severity: 'error' }] }), [
    'preview/unfinished preview.json',
  ])
  const large = { changeSummary, steps: [{ op: 'create', urn, newState: { protect: 'x'.repeat(3e6) } }] }
  assert.deepEqual(codes(large), ['preview/shape preview.json'])
  assert.deepEqual(codes({ changeSummary, diagnostics: [{ severity: 'warning' }], laterField: 1 }), [])
})

test('what is read, refreshed, a component or the same is no change', () => {
  const step = update('s3/bucket', {}, { forceDestroy: true })
  const steps = ['read', 'refresh', 'discard', 'read-replacement'].map((op) => ({ ...step, op }))
  const component = { ...step, newState: { ...step.newState, custom: false } }
  assert.deepEqual(changesOf([...steps, component]), [])
  assert.equal(changesOf([step]).length, 1)
})

test('a replacement is one change, by whichever of its steps the engine shows', () => {
  const whole = replace('rds/instance', { engine: 'a' }, { engine: 'b' }, ['engine'])
  const says = classifyStack(changesOf(whole))
  assert.equal(says.length, 1)
  assert.match(says[0]?.says ?? '', /forced by "engine"/)
  for (const steps of [[whole[1]], [whole[0], whole[2]]])
    assert.deepEqual(classifyStack(changesOf(steps.filter((one) => one !== undefined))), says)
})

test('no secret and no sentinel is in what is said, wherever it stands', () => {
  const canary = 'canary-7Qx'
  const key = `-----BEGIN PRIVATE KEY-----\n${canary}\n-----END PRIVATE KEY-----`
  const texts = JSON.stringify(
    classifyStack(
      changesOf([
        update('iam/role', { permissionsBoundary: 'b' }, { permissionsBoundary: key }),
        create('iam/policy', { policy: { ...secret, plaintext: `"${canary}"` } }),
        update(
          'cloudwatch/metricAlarm',
          { alarmActions: [`https://u:${canary}@x`, 'b'] },
          { alarmActions: ['b'] },
        ),
        update(
          'ssm/maintenanceWindowTarget',
          { targets: [{ key: 'k', values: ['a'] }] },
          { targets: [{ key: 'k', values: [], 'any key': { ...secret, ciphertext: canary } }] },
        ),
        update('s3/bucketAcl', { acl: 'a' }, { acl: { grants: { ...secret, value: canary } } }),
        create('iam/userPolicy', { policy: '04da6b54-80e4-46f7-96ec-b56ff0331ba9' }),
      ]),
    ),
  )
  assert.doesNotMatch(texts, /canary|04da6b54|4dabf181|1b470612/)
  assert.match(texts, /\[secret\].*\[not known yet\]|\[not known yet\].*\[secret\]/)
})

test('nothing in a file can pass for what is hidden', () => {
  const verdicts = classifyStack(
    changesOf([
      create('iam/policy', { policy: { hidden: 'secret' } }),
      create('iam/policy', { policy: { hidden: 'unknown' } }),
    ]),
  )
  assert.deepEqual([...new Set(verdicts.map(({ rule }) => rule))], ['not-understood'])
})

const hostile = [
  '```\n# Approved',
  '</details><script>alert(1)</script>',
  '\u001b[2J\u001b]0;title\u0007',
  '::set-output name=approved::true',
  '\n::error::x',
  'a\u202egnp.exe',
  '__proto__',
  'constructor',
  '$(reboot)',
  '`id`',
  '=cmd|x',
  '\ud800',
  'a::b$c',
  '[x].y',
]

test('hostile names and values stay data: whole in their field, harmless in the sentence', () => {
  const name = fc.oneof(
    fc.constantFrom(...hostile),
    fc.string({ unit: 'binary' }),
    fc.tuple(fc.constantFrom(...hostile), fc.constantFrom(...hostile)).map((two) => two.join('')),
  )
  fc.assert(
    fc.property(name, name, (one, other) => {
      const steps: readonly StepJson[] = [
        remove('s3/bucketVersioning', { [one]: other }, { name: one }),
        update(
          'ec2/securityGroup',
          { ingress: [] },
          { ingress: [{ protocol: one, cidrBlocks: [other] }] },
          { name: other },
        ),
        update(
          's3/bucketLifecycleConfiguration',
          { rules: [] },
          { rules: [{ id: one, status: other, expiration: { days: 1 } }] },
        ),
        ...replace('rds/instance', { engine: one }, { engine: `${other}b`, [one]: 1 }, [one], { name: one }),
        create('iam/userPolicy', {
          policy: JSON.stringify({
            Statement: [{ Effect: 'Allow', Action: one, Resource: [other, `x${one}`] }],
          }),
        }),
      ]
      const verdicts = classifyStack(changesOf(steps))
      assert.ok(verdicts.length >= 4)
      const text = JSON.stringify(verdicts)
      assert.deepEqual(JSON.parse(visibleJson(text)), verdicts)
      assert.ok(text.isWellFormed())
      for (const { says, was, becomes } of verdicts) {
        for (const said of [says, was, becomes]) {
          assert.doesNotMatch(
            said,
            /[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/,
          )
          assert.ok(said.length < 2000)
        }
      }
      const removed = verdicts.find(({ rule }) => rule === 'weakens-versioning')
      assert.equal(removed?.subject, `${steps[0]?.urn}`.toWellFormed())
    }),
    { numRuns: 300 },
  )
})

test('a name that is a key of every object changes nothing for another one', () => {
  const proto = JSON.parse('{"__proto__": {"forceDestroy": true}, "constructor": 1}') as Record<
    string,
    unknown
  >
  assert.deepEqual(classifyStack(changesOf([create('s3/bucket', proto)])), [])
  const types = ['constructor', '__proto__', 'aws:s3/constructor:Constructor', 'toString']
  const steps = types.map((type) => ({ ...create('s3/bucket', {}), urn: `urn:pulumi:s::p::${type}::n` }))
  assert.deepEqual(classifyStack(changesOf(steps)), [])
})

test('what is nested deep, or a policy without end, is not understood, and costs no more than its text', () => {
  const deep = `${'['.repeat(5000)}${']'.repeat(5000)}`
  const step = JSON.stringify(create('ec2/securityGroup', { ingress: 'here' })).replace('"here"', deep)
  const result = read(`{"changeSummary": {}, "steps": [${step}]}`)
  assert.ok(result.ok)
  assert.deepEqual(
    classifyStack(result.value).map(({ rule }) => rule),
    ['not-understood'],
  )
  const many = Array.from({ length: 3000 }, (_, index) => `a${index}*`)
  const wide = (Action: readonly string[]) => ({
    policy: { Statement: [{ Effect: 'Allow', Action, Resource: many }] },
  })
  const rules = classifyStack(changesOf([update('iam/policy', wide(['*a*b*c*d']), wide(many))])).map(
    ({ rule }) => rule,
  )
  assert.deepEqual(rules, ['not-understood'])
})

test('versions and names of a host plan stay data as well', () => {
  const plan = planOf({ it: '', gives: [], policy: { rehearsal: 'none' } })
  for (const word of hostile) {
    const hosts = plan.hosts.map((one) => ({
      ...one,
      host: one.ring === 'test' ? one.host : word,
      packages: one.packages.map((change) => ({
        ...change,
        to: {
          ...change.to,
          sha256: (one.ring === 'test' ? 'a' : 'b').repeat(64),
          version: `${one.ring}${word}`,
        },
      })),
    }))
    const verdicts = classifyHosts({ ...plan, hosts })
    assert.ok(verdicts.length >= 2)
    for (const { says } of verdicts) assert.doesNotMatch(says, /[\u0000-\u001f\u007f-\u009f\u202a-\u202e]/)
    assert.ok(verdicts.every(({ subject }) => subject === word))
  }
})
