import assert from 'node:assert/strict'
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test, { type TestContext } from 'node:test'
import { onlyDocument } from './document.ts'
import { eventsIn, ranRollout, writeEstateWithSnapshots } from './rollout.ts'
import { upkeep } from './upkeep.ts'

const never = '9999999d'
const needed = 'a'.repeat(64)
const unneeded = 'b'.repeat(64)

/** A rollout that is over, in an estate that has its hosts (nobody answers there), and a store with two old files. */
async function over(
  context: TestContext,
  keep: { readonly snapshots: string; readonly packages: string },
  ...fault: Parameters<typeof ranRollout> extends [unknown, ...infer Rest] ? Rest : never
): Promise<string> {
  const { cwd } = await ranRollout(context, ...fault)
  writeEstateWithSnapshots(cwd, `patch: { keepSnapshots: ${keep.snapshots}, keepPackages: ${keep.packages} }`)
  writeFileSync(join(cwd, 'known_hosts'), '')
  for (const digest of [needed, unneeded]) {
    mkdirSync(join(cwd, 'state/store/sha256', digest.slice(0, 2)), { recursive: true })
    mkdirSync(join(cwd, 'state/store/meta'), { recursive: true })
    writeFileSync(join(cwd, 'state/store/sha256', digest.slice(0, 2), digest), 'bytes')
    const content = {
      name: 'openssl',
      version: '1',
      architecture: 'amd64',
      source: 'repository',
      fetchedAt: '2001-01-01T00:00:00.000Z',
    }
    writeFileSync(join(cwd, 'state/store/meta', `${digest}.json`), JSON.stringify(content))
  }
  return cwd
}

function text(value: unknown): string {
  return typeof value === 'string' || typeof value === 'boolean' ? String(value) : ''
}

function expiries(cwd: string): readonly string[] {
  return eventsIn(cwd).flatMap(({ type, subject, data }) =>
    type.startsWith('expiry.') || type.startsWith('store.')
      ? [`${type} ${subject ?? ''} ${text(data['what'])} ${text(data['done'])}`.trim()]
      : [],
  )
}

test('a snapshot expires by the estate: announced, removed, told, and that its way back is gone', async (context) => {
  const cwd = await over(context, { snapshots: '1ms', packages: never })
  const dry = upkeep(['patch', 'expire', '--dry-run'], { cwd })
  assert.equal(dry.code, 0, dry.err)
  assert.match(dry.out, /p: snapshot upkeep-r1: expired Sat 2026-11-21 08:00:\d\d \(Asia\/Shanghai\)/)
  assert.deepEqual(expiries(cwd), [])
  const before = upkeep(['patch', 'status'], { cwd }).out
  assert.match(before, /p: snapshot upkeep-r1: held, expired/)
  assert.match(before, /p: files of r1: held, expires/)

  const ran = upkeep(['patch', 'expire'], { cwd })
  assert.equal(ran.code, 0, ran.err)
  assert.match(ran.out, /p: snapshot upkeep-r1: removed; the way back by this snapshot is gone/)
  assert.deepEqual(expiries(cwd), ['expiry.started p snapshot', 'expiry.ended p snapshot true'])
  const status = upkeep(['patch', 'status'], { cwd }).out
  assert.match(status, /The way back by snapshot is gone, for it has expired: p/)
  assert.ok(!status.includes('snapshot upkeep-r1: held'))
  assert.match(upkeep(['patch', 'expire'], { cwd }).out, /Nothing has expired/)
  assert.equal(expiries(cwd).length, 2)
  assert.equal(upkeep(['journal', 'verify'], { cwd }).code, 0)
})

test('what is on a host that does not answer is tried again, by a timer only after a day; the rollout has no way back', async (context) => {
  const cwd = await over(context, { snapshots: never, packages: '1ms' })
  const ran = upkeep(['patch', 'expire', '--json'], { cwd })
  assert.notEqual(ran.code, 0)
  const { problems, held } = onlyDocument(ran.out) as { problems: object[]; held: { what: string }[] }
  assert.equal(problems.length, 2)
  assert.equal(held.filter(({ what }) => what === 'leftovers').length, 2)
  const tried = expiries(cwd)
  assert.ok(tried.includes('expiry.ended t leftovers false'), tried.join('\n'))

  const idle = upkeep(['resume'], { cwd })
  assert.equal(idle.code, 0, idle.err)
  assert.deepEqual(expiries(cwd), tried)
  upkeep(['patch', 'expire'], { cwd })
  assert.ok(expiries(cwd).length > tried.length)

  const back = upkeep(['rollback', '--rollout', 'r1', '--reason', 'x'], { cwd })
  assert.equal(back.code, 4)
  assert.match(back.err, /gate\/expired/)
})

test('resume expires at its end when nothing is under way', async (context) => {
  const cwd = await over(context, { snapshots: '1ms', packages: never })
  assert.equal(upkeep(['resume'], { cwd }).code, 0)
  assert.deepEqual(expiries(cwd), ['expiry.started p snapshot', 'expiry.ended p snapshot true'])
})

test('nothing expires while a rollout may need it: one that soaks, and one with a stuck host', async (context) => {
  const soon = { snapshots: '1ms', packages: '1ms' }
  const soaking = await over(context, soon, undefined, { soakMs: 400 * 86_400_000 })
  const stuck = await over(context, soon, (host, step) =>
    host === 'p' && /^(check.verify|snapshot.restore-back)$/.test(step.id) ? 'failed' : undefined,
  )
  for (const cwd of [soaking, stuck]) {
    const resumed = upkeep(['resume'], { cwd })
    const ran = upkeep(['patch', 'expire'], { cwd })
    assert.equal(ran.code, 0, ran.err)
    const byWhom = cwd === soaking ? ran : resumed
    assert.match(
      byWhom.out,
      /store: 1 file, 5 B: removed/,
      'what no rollout names, once nothing is under way',
    )
    assert.ok(!expiries(cwd).some((line) => line.startsWith('expiry.')), expiries(cwd).join('\n'))
    assert.ok(existsSync(join(cwd, 'state/store/sha256/aa', needed)))
    assert.ok(!existsSync(join(cwd, 'state/store/sha256/bb', unneeded)))
  }
})

test('the store keeps what a rollout names until its packages expire, and then nothing', async (context) => {
  const cwd = await over(context, { snapshots: never, packages: '1ms' })
  const { store } = onlyDocument(upkeep(['patch', 'status', '--json'], { cwd }).out) as {
    store: { files: number; bytes: number; expired: object }
  }
  assert.deepEqual(store, { files: 2, bytes: 10, expired: { files: 2, bytes: 10 } })
  upkeep(['patch', 'expire'], { cwd })
  assert.deepEqual(readdirSync(join(cwd, 'state/store/meta')), [])
  const last = eventsIn(cwd).findLast(({ type }) => type === 'store.expiring')
  assert.deepEqual([...(last?.data['digests'] as string[])].sort(), [needed, unneeded])
})
