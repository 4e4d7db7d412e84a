import assert from 'node:assert/strict'
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'node:test'
import { canonical } from '../../core/canonical.ts'
import { sha256 } from '../../core/digest.ts'
import { encodeEvent, noEvent } from '../../core/journal/line.ts'
import type { LeaseRecord } from '../../core/lease/record.ts'
import { commandLine } from '../../playbooks/command-line.ts'
import { planDigest } from '../../playbooks/rollout/plan-file.ts'
import type { Event } from '../../schemas/event.ts'
import type { PatchPlan } from '../../schemas/plan.ts'
import { eventsIn, ranRollout, writeEstateWithSnapshots, writtenPlan } from './rollout.ts'
import { directory, recorded } from './upkeep.ts'

async function said(cwd: string, ...words: readonly string[]) {
  const { outside, out, err } = recorded({ cwd, now: () => Date.UTC(2026, 10, 22) })
  const code = await commandLine(outside, [...words, '--estate', join(cwd, 'estate.yaml')])
  return { code, out: out(), err: err().replaceAll(/\s+/g, ' ') }
}

/** Every file of the state directory by its path, with its text; of the lease only where `withLease` says so. */
function stateOf(cwd: string, withLease = false): Readonly<Record<string, string>> {
  const names = readdirSync(join(cwd, 'state'), { recursive: true, withFileTypes: true })
  const files = names.filter((one) => one.isFile()).map((one) => join(one.parentPath, one.name))
  const wanted = files.filter((path) => withLease || !path.includes('/state/lease/'))
  return Object.fromEntries(wanted.sort().map((path) => [path, readFileSync(path, 'utf8')]))
}

/** A rollout that waits for a person, so that a run would have work. */
function waitingRollout(context: test.TestContext) {
  return ranRollout(context, (host) => (host === 't' ? 'unknown' : undefined))
}

/** The file of the journal with its last event changed, its hash right again. */
function withLastEvent(cwd: string, change: Readonly<Record<string, unknown>>): string {
  const path = join(cwd, 'state/journal/000001.jsonl')
  const lines = readFileSync(path, 'utf8').trimEnd().split('\n')
  const { hash: _hash, ...event } = JSON.parse(lines.at(-1) ?? '') as Event
  const changed = { ...event, ...change }
  const last = canonical({ ...changed, hash: sha256(canonical(changed)) })
  writeFileSync(path, `${[...lines.slice(0, -1), last].join('\n')}\n`)
  return path
}

/** Writes the journal anew, its chain right, as if this plan had been begun. */
function asBegunWith(cwd: string, plan: string): void {
  let previous = noEvent
  const lines = eventsIn(cwd).map(({ hash: _hash, ...event }) => {
    const data = event.type === 'rollout.started' ? { ...event.data, plan } : event.data
    const { hash, line } = encodeEvent({ ...event, data, previous })
    previous = hash
    return line
  })
  writeFileSync(join(cwd, 'state/journal/000001.jsonl'), lines.join(''))
}

for (const change of [{ specversion: '0.3' }, { specversion: '2.0' }, { signedby: 'ada' }]) {
  // Fault 11, controllers: the last event of the journal is whole, and of an older or newer version.
  // Outcome: refused by its place, and never set aside as if it were torn.
  test(`a journal that ends with an event of another version is refused: ${JSON.stringify(change)}`, async (context) => {
    const { cwd } = await waitingRollout(context)
    const path = withLastEvent(cwd, change)
    const before = stateOf(cwd)
    for (const words of ['patch status', 'resume', 'journal show']) {
      const { code, out, err } = await said(cwd, ...words.split(' '))
      assert.equal(code, 8, `${words}: ${out} ${err}`)
      assert.match(err, /journal\/version The journal was written by another version of Upkeep/, words)
      assert.ok(err.includes(`${path}:`), err)
      assert.match(err, /Go on with the version of Upkeep that wrote it/)
    }
    const verified = await said(cwd, 'journal', 'verify')
    assert.equal(verified.code, 8)
    assert.match(verified.out, /^NOT READ: \S+000001\.jsonl:\d+ .*another version/m)
    assert.deepEqual(stateOf(cwd), before)
  })
}

for (const schemaVersion of [0, 2]) {
  // Fault 11, controllers: the kept plan of a rollout has another version, and the digest that the journal says.
  // Outcome: refused and named, with what to do; nothing is written.
  test(`a kept plan of version ${schemaVersion} is refused, with what goes on with it`, async (context) => {
    const { cwd, plan } = await waitingRollout(context)
    const path = join(cwd, 'state/plans/r1.json')
    const bare = { ...plan, schemaVersion } as unknown as PatchPlan
    const digest = planDigest(bare)
    writeFileSync(path, JSON.stringify({ ...bare, digest }))
    asBegunWith(cwd, digest)
    const told = () => eventsIn(cwd).filter(({ type }) => !type.startsWith('journal.')).length
    const [kept, before] = [readFileSync(path, 'utf8'), told()]
    for (const words of ['resume', 'patch status', 'patch expire']) {
      const { code, out, err } = await said(cwd, ...words.split(' '))
      assert.equal(code, 3, `${words}: ${out} ${err}`)
      assert.match(err, /plan-file\/no-plan/, words)
      assert.ok(err.includes(path), err)
      assert.match(err, new RegExp(`"schemaVersion":${schemaVersion}`))
      assert.match(err, /Go on with the version of Upkeep that began it/)
    }
    assert.deepEqual([readFileSync(path, 'utf8'), told()], [kept, before])
  })

  // Fault 11, people: a plan file has another version and a right digest. Outcome: refused before anything is written.
  test(`a plan file of version ${schemaVersion} is refused, though its digest is right`, async (context) => {
    const cwd = directory(context, true)
    writeEstateWithSnapshots(cwd)
    const path = writtenPlan(cwd, {})
    const other = {
      ...(JSON.parse(readFileSync(path, 'utf8')) as PatchPlan),
      schemaVersion,
    } as unknown as PatchPlan
    writeFileSync(path, JSON.stringify({ ...other, digest: planDigest(other) }))
    const { code, err } = await said(cwd, 'patch', 'run', '--plan', path)
    assert.equal(code, 3, err)
    assert.match(err, new RegExp(`plan-file/no-plan.*"schemaVersion":${schemaVersion}`))
    assert.match(err, /the version of Upkeep that made it, or make one with `upkeep patch plan/)
    assert.ok(!readdirSync(cwd).includes('state'))
  })

  // Fault 11, controllers: what the last inspection left has another version.
  // Outcome: told, and neither taken for nothing nor set aside nor written over.
  test(`what an inspection of version ${schemaVersion} left stays where it is`, async (context) => {
    const cwd = directory(context, true)
    writeEstateWithSnapshots(cwd)
    const path = join(cwd, 'state/patrol/erp.json')
    mkdirSync(join(cwd, 'state/patrol'), { recursive: true })
    writeFileSync(
      path,
      JSON.stringify({ schemaVersion, system: 'erp', time: 'now', hosts: {}, findings: [] }),
    )
    const before = stateOf(cwd)
    const { out, err } = await said(cwd, 'patrol')
    const told = `${out} ${err}`.replaceAll(/\s+/g, ' ')
    assert.match(told, /patrol\/last-unreadable/)
    assert.ok(told.includes(path), told)
    assert.match(told, new RegExp(`schemaVersion ${schemaVersion}`))
    assert.match(told, /Inspect with the version that wrote it, or remove it/)
    assert.deepEqual(stateOf(cwd), before)
  })
}

for (const [says, change] of [
  ['a version', (lease: LeaseRecord) => ({ ...lease, version: 2 })],
  ['more of its holder', (lease: LeaseRecord) => ({ ...lease, holder: { ...lease.holder, zone: 'b' } })],
] as const) {
  // Fault 11, controllers: the lease was given back, as far as this version understands, and has keys of another one.
  // Outcome: refused and named; it is not taken over.
  test(`a lease that has ${says}, which this version does not know, is refused and stays`, async (context) => {
    const { cwd } = await waitingRollout(context)
    await said(cwd, 'resume')
    const [name = ''] = readdirSync(join(cwd, 'state/lease'))
    const path = join(cwd, 'state/lease', name)
    const lease = JSON.parse(readFileSync(path, 'utf8')) as LeaseRecord
    assert.notEqual(lease.released, undefined)
    writeFileSync(path, canonical(change(lease)))
    const before = stateOf(cwd, true)
    const { code, err } = await said(cwd, 'resume')
    assert.equal(code, 8, err)
    assert.match(err, /lease\/unreadable/)
    assert.ok(err.includes(path), err)
    assert.match(err, /another version of Upkeep wrote it.*is read by the Upkeep that wrote it/)
    assert.deepEqual(stateOf(cwd, true), before)
  })
}
