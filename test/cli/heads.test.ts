import assert from 'node:assert/strict'
import { chmodSync, copyFileSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test, { type TestContext } from 'node:test'
import { openJournal } from '../../core/journal/open.ts'
import { readJournal } from '../../core/journal/read.ts'
import { commandLine } from '../../playbooks/command-line.ts'
import { keptPlanPath, planDigest, writePlan } from '../../playbooks/rollout/plan-file.ts'
import type { Event } from '../../schemas/event.ts'
import { signingKey } from '../connect/signing-key.ts'
import { startServer } from '../connect/sshd.ts'
import { soleLease, valueOf } from '../core/journal/open-state.ts'
import { simulatedHost, simulatedPlan } from '../core/run/fleet.ts'
import { documents } from './document.ts'
import { directory, recorded } from './upkeep.ts'

/** Saturday, 23:00 in Shanghai: the window of the sample estate is open. */
const nowMs = Date.UTC(2026, 10, 21, 15)

/** A rollout that has begun and not been carried on: nothing is to patch on its test host, nor, unless asked, in production. */
async function begunRollout(context: TestContext, o: { heads: string; toPatch?: boolean }) {
  const cwd = directory(context, true)
  const key = signingKey(cwd, 'heads-key')
  writeFileSync(join(cwd, 'signers'), `upkeep namespaces="upkeep-head" ${key.publicKey}\n`)
  const estate = join(cwd, 'estate.yaml')
  const heads = `journal:\n  heads:\n    key: ./heads-key\n    allowedSigners: ./signers\n${o.heads}`
  writeFileSync(estate, `${readFileSync(estate, 'utf8')}\n${heads}\n`)
  const idle = (host: string, ring: 'test' | 'production') => ({
    ...simulatedHost(host, ring, ['app']),
    packages: [],
  })
  const production = o.toPatch === true ? simulatedHost('p', 'production', ['app']) : idle('p', 'production')
  const simulated = simulatedPlan([idle('t', 'test'), production], [['p']])
  const plan = { ...simulated, digest: planDigest(simulated) }
  await writePlan(keptPlanPath(join(cwd, 'state'), plan.id), plan)
  const journal = valueOf(
    await openJournal({
      dir: join(cwd, 'state/journal'),
      source: 'upkeep/example-company',
      actor: 'ada@ops-1',
      lease: soleLease,
      now: () => nowMs,
    }),
  )
  const data = { rollout: plan.id, plan: plan.digest, system: plan.system, reason: 'test' }
  await journal.append('rollout.started', { data })
  await journal.close()

  async function said(...words: readonly string[]) {
    const { outside, out, err } = recorded({ cwd, now: () => nowMs })
    const code = await commandLine(outside, [...words, '--estate', estate])
    return { code, out: out(), err: err() }
  }
  async function events(): Promise<readonly Event[]> {
    const found: Event[] = []
    for await (const event of readJournal(join(cwd, 'state/journal'))) found.push(valueOf(event))
    return found
  }
  return { cwd, estate, said, events }
}

const toFile = `    to: { auditors: { command: [sh, -c, 'cat >> kept.jsonl'] } }`

test('a run keeps a head at its start, after the test ring, at the end of the rollout and of the run', async (context) => {
  const { cwd, said, events } = await begunRollout(context, { heads: toFile })
  const { code, out } = await said('resume', '--json')
  assert.equal(code, 0)
  assert.ok(documents(out).length > 10)
  const all = await events()
  const after = all.flatMap(({ type }, index) => (type === 'head.started' ? [all[index - 1]?.type] : []))
  assert.deepEqual(after, ['run.started', 'ring.passed', 'rollout.ended', 'run.ended'])
  assert.deepEqual(
    all.filter(({ type }) => type === 'head.ended').map(({ data, subject }) => [subject, data['sent']]),
    after.map(() => ['auditors', true]),
  )
  assert.equal(all.at(-1)?.type, 'head.ended')
  const verified = await said('journal', 'verify', '--heads', 'kept.jsonl')
  assert.equal(verified.code, 0, verified.out)
  assert.match(verified.out, /4 heads in kept\.jsonl have a good signature/)
  assert.match(verified.out, new RegExp(`The newest that agrees is of event ${all.length - 1},`))
  assert.match(verified.out, /anything about the 1 events after event/)
  assert.doesNotMatch(verified.out, /warning/)

  // Nothing is under way any more, and nothing happened since: no head is needed.
  const before = readFileSync(join(cwd, 'kept.jsonl'), 'utf8')
  assert.equal((await said('resume')).code, 0)
  assert.equal(readFileSync(join(cwd, 'kept.jsonl'), 'utf8'), before)
})

// Fault 28, controllers: a place for heads of the journal is down.
// Outcome: recorded and shown, and stops nothing.
test('a place that does not take heads is recorded and shown, and stops nothing', async (context) => {
  const heads = `    to:\n      full: { command: [sh, -c, 'echo no room >&2; exit 1'] }\n      kept: { command: [sh, -c, 'cat >> kept.jsonl'] }`
  const { said, events } = await begunRollout(context, { heads })
  const { code, err } = await said('resume')
  assert.equal(code, 0)
  assert.match(err, /head of the journal not kept by "full": .*no room/)
  const ended = (await events()).filter(({ type }) => type === 'head.ended')
  assert.deepEqual(
    new Set(ended.map(({ subject, data }) => `${subject} ${String(data['sent'])}`)),
    new Set(['full false', 'kept true']),
  )
  const status = await said('patch', 'status')
  assert.match(
    status.out,
    /Head of the journal: event \d+ at 2026-11-21T15:00:00\.000Z; kept by kept; not kept by "full": .*no room/,
  )
  const [document] = documents((await said('patch', 'status', '--json')).out)
  assert.deepEqual(
    (document?.['heads'] as { place: string; sent: boolean }[]).map(({ place, sent }) => [place, sent]),
    [
      ['full', false],
      ['kept', true],
    ],
  )
})

test('a key that can not sign is recorded, and stops nothing', async (context) => {
  const { cwd, said, events } = await begunRollout(context, { heads: toFile })
  rmSync(join(cwd, 'heads-key'))
  assert.equal((await said('resume')).code, 0)
  const ended = (await events()).filter(({ type }) => type === 'head.ended')
  assert.equal(ended.length, 4)
  for (const { data } of ended) assert.match(String(data['said']), /could not sign/)
  assert.ok(!existsSync(join(cwd, 'kept.jsonl')))
})

// Fault 28, controllers: no place keeps the head that the estate requires.
// Outcome: production does not start.
test('where the estate requires heads, production starts only when some place has kept the newest', async (context) => {
  const heads = `    required: true\n    to: { auditors: { command: [sh, -c, 'test -e open && cat >> kept.jsonl'] }, other: { command: ['false'] } }`
  const { cwd, said, events } = await begunRollout(context, { heads, toPatch: true })
  const shut = await said('resume')
  assert.equal(shut.code, 4)
  assert.match(shut.out, /no place has kept the newest head of the journal: auditors: /)
  assert.ok(!(await events()).some(({ type }) => type === 'host.started'))
  assert.ok(
    (await events()).some(({ type }) => type === 'ring.passed'),
    'the test ring needs no head',
  )
  writeFileSync(join(cwd, 'open'), '')
  await said('resume')
  assert.ok((await events()).some(({ type, subject }) => type === 'host.started' && subject === 'p'))
})

test('without `required` the same place does not keep production from starting', async (context) => {
  const heads = `    to: { auditors: { command: ['false'] } }`
  const { said, events } = await begunRollout(context, { heads, toPatch: true })
  await said('resume')
  assert.ok((await events()).some(({ type, subject }) => type === 'host.started' && subject === 'p'))
})

test('by SSH: a file, and a key that may only keep heads', async (context) => {
  const server = await startServer()
  context.after(() => server.stop())
  const program = join(server.dir, 'upkeep-head')
  copyFileSync(join(import.meta.dirname, '../../connect/host/upkeep-head'), program)
  chmodSync(program, 0o755)
  mkdirSync(join(server.dir, 'kept'))
  const keeper = signingKey(server.dir, 'keeper')
  const file = join(server.dir, 'kept/forced.jsonl')
  const rule = `restrict,command="${program} ${file}" ${keeper.publicKey}\n`
  writeFileSync(
    join(server.dir, 'authorized'),
    `${readFileSync(join(server.dir, 'user.pub'), 'utf8')}${rule}`,
  )
  const ssh = `address: 127.0.0.1, port: ${server.port}, user: root`
  const heads = `    to:
      file: { ssh: { ${ssh}, key: ${server.dir}/user, file: ${server.dir}/kept/plain.jsonl } }
      keeper: { ssh: { ${ssh}, key: ${keeper.path} } }`
  const { cwd, said } = await begunRollout(context, { heads })
  writeFileSync(join(cwd, 'known_hosts'), `[127.0.0.1]:${server.port} ${server.publicKey('ed25519')}\n`)
  const { code, err } = await said('resume')
  assert.equal(code, 0)
  assert.doesNotMatch(err, /not kept/)
  for (const kept of ['plain.jsonl', 'forced.jsonl']) {
    const { code, out } = await said('journal', 'verify', '--heads', join(server.dir, 'kept', kept))
    assert.equal(code, 0, out)
    assert.match(out, /4 heads in .* have a good signature/)
  }
})
