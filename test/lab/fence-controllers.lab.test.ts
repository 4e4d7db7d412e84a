import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import type { LeaseRecord } from '../../core/lease/record.ts'
import { freshPair, onDisk, onHost, pair, planPair, policy, portalEstate, portalOn } from './oa.ts'
import { type OwnEstate, type Ran, type Running, startUpkeep, upkeep } from './upkeep.ts'

const estates: OwnEstate[] = []

async function estateOf(...change: Parameters<typeof portalEstate>): Promise<OwnEstate> {
  const estate = await portalEstate(...change)
  estates.push(estate)
  return estate
}

async function lease({ state }: OwnEstate): Promise<{ readonly path: string; readonly record: LeaseRecord }> {
  const dir = join(state, 'lease')
  const [name = ''] = (await readdir(dir)).filter((one) => /^\d+\.json$/.test(one))
  return { path: join(dir, name), record: JSON.parse(await readFile(join(dir, name), 'utf8')) as LeaseRecord }
}

/** Waits until the process is stopped as by SIGSTOP. */
async function isSuspended({ pid, said }: Running): Promise<void> {
  for (let tries = 0; !/^State:\tT/m.test(readFileSync(`/proc/${pid}/status`, 'utf8')); tries += 1) {
    assert.ok(tries < 1200, said())
    await sleep(100)
  }
}

async function resumed(estate: OwnEstate): Promise<Ran> {
  const ran = await upkeep(['resume'], { estate: estate.path })
  assert.equal(ran.code, 0, ran.stdout + ran.stderr)
  return ran
}

function tokenOn(host: string, { name }: { name: string }): Promise<string> {
  return onHost(host, `cut -d ' ' -f 1 /var/lib/upkeep/fence-${name} 2>/dev/null || :`)
}

function nameOf({ dir }: OwnEstate): { name: string } {
  return { name: dir.slice(dir.lastIndexOf('/') + 1).toLowerCase() }
}

describe('a controller that was overtaken', () => {
  before(freshPair)
  after(async () => {
    await freshPair()
    await Promise.all(estates.map((one) => one.remove()))
  })

  // Fault 12, controllers: two state directories of one estate.
  // Outcome: with a foreign or lower token nothing is begun.
  test('with the token of somebody else, or a lower one, nothing is begun: two state directories of one estate', async () => {
    const estate = await estateOf((oa) => policy(oa, { rehearsal: 'none' }))
    const { file } = await planPair(estate)
    const { name } = nameOf(estate)
    for (const seen of ['1 somebody-else', '9 somebody-else']) {
      await onHost('oa-test', `mkdir -m 700 -p /var/lib/upkeep; echo ${seen} >/var/lib/upkeep/fence-${name}`)
      const ran = await upkeep(['patch', 'run', '--plan', file], { estate: estate.path })
      assert.equal(ran.code, 7, ran.stdout + ran.stderr)
      assert.ok(ran.stderr.includes(`token ${seen.replace(' ', ' of ')}`), ran.stderr)
      assert.match(ran.stderr, new RegExp(`remove /var/lib/upkeep/fence-${name} on its hosts`))
    }
    assert.equal(await onHost('oa-test', 'ls -A /var/lib/upkeep | grep -v ^fence- | wc -l'), '0\n')
    assert.equal(await portalOn('oa-test'), '1.0')
  })

  // Fault 12, controllers: a controller is frozen past its lease and wakes.
  // Outcome: the hosts refuse it in the middle of an effect.
  test('frozen for longer than its lease, is refused by the hosts in the middle of an effect, and by nobody before its time is over', async (t) => {
    const estate = await estateOf((oa) => policy(oa, { rehearsal: 'none' }))
    const { file, plan } = await planPair(estate)
    const first = startUpkeep(['patch', 'run', '--plan', file], {
      estate: estate.path,
      env: { UPKEEP_SUSPEND: 'oa-test/apt.install' },
    })
    await isSuspended(first)
    assert.equal((await onDisk(estate)).at(-1)?.data['step'], 'apt.install')
    // It is on this machine and its process is there: neither makes it dead, nor alive for ever.
    const early = await upkeep(['resume'], { estate: estate.path })
    assert.equal(early.code, 7, early.stdout + early.stderr)
    assert.match(early.stderr, /is at work on this estate/)

    const untilMs = Date.parse((await lease(estate)).record.expires)
    t.diagnostic(`the lease runs ${Math.round((untilMs - Date.now()) / 1000)} s more`)
    await sleep(Math.max(0, untilMs - Date.now()) + 50)
    await resumed(estate)
    assert.equal((await lease(estate)).record.contested, 1)
    // Production has not begun, and knows the new token all the same.
    assert.equal(await portalOn('oa-prod'), '1.0')
    for (const host of pair) assert.equal(await tokenOn(host, nameOf(estate)), '2\n')
    const before_ = await onDisk(estate)

    first.kill('SIGCONT')
    const woken = await first.ended
    assert.equal(woken.code, 7, woken.stdout + woken.stderr)
    assert.match(woken.stderr, /token 2 of /)
    assert.match(woken.stderr, /oa-test/)
    assert.deepEqual(await onDisk(estate), before_, 'it recorded nothing')
    const installs = `grep -c ' upgrade oa-portal:all 1.0 1.1$' /var/log/dpkg.log`
    assert.equal(await onHost('oa-test', installs), '1\n')

    await sleep(1200)
    await resumed(estate)
    assert.ok(
      (await onDisk(estate)).some(({ type, data }) => type === 'rollout.ended' && data['outcome'] === 'done'),
    )
    for (const host of pair) assert.equal(await onHost(host, installs), '1\n')
    const verified = await upkeep(['journal', 'verify'], { estate: estate.path })
    assert.equal(verified.code, 0, verified.stdout)
    assert.ok(plan.hosts.length === 2)
  })

  // Fault 12, controllers: an overtaken controller wakes.
  // Outcome: it stops by itself, without asking any host for anything.
  test('stops by itself after a look, without asking any host for anything', async () => {
    await freshPair()
    const estate = await estateOf((oa) => policy(oa, { rehearsal: 'none', observe: '4s' }))
    const { file } = await planPair(estate)
    const first = startUpkeep(['patch', 'run', '--plan', file], {
      estate: estate.path,
      env: { UPKEEP_SUSPEND: 'oa-test/check.observe' },
    })
    await isSuspended(first)
    // As if its time were over: while it does not run it can not tell.
    const { path, record } = await lease(estate)
    await writeFile(path, JSON.stringify({ ...record, expires: new Date(Date.now() - 1).toISOString() }))
    await resumed(estate)
    const before_ = await onDisk(estate)
    const changes = `grep -c . /var/log/dpkg.log; ls -c /var/lib/upkeep | sort; cat /var/lib/upkeep/fence-*`
    const hostBefore = await onHost('oa-test', changes)
    first.kill('SIGCONT')
    const woken = await first.ended
    assert.equal(woken.code, 7, woken.stdout + woken.stderr)
    assert.match(woken.stderr, /Another controller took the lease over/)
    assert.doesNotMatch(woken.stderr, /token 2 of /)
    // At most the end of its look, in a segment that the later controller has closed: no reader takes it, `verify`
    // names it, and the next run sets it aside.
    const more = (await onDisk(estate)).slice(before_.length)
    assert.ok(more.length <= 1, 'it began nothing')
    const found = await upkeep(['journal', 'verify'], { estate: estate.path })
    assert.equal(found.code, more.length === 0 ? 0 : 8, found.stdout)
    if (more.length > 0) assert.match(found.stdout, /NOT OF IT/)
    assert.equal(await onHost('oa-test', changes), hostBefore)

    await sleep(1200)
    await resumed(estate)
    const after_ = await onDisk(estate)
    assert.ok(after_.some(({ type, data }) => type === 'rollout.ended' && data['outcome'] === 'done'))
    assert.equal(await portalOn('oa-prod'), '1.1')
    const verified = await upkeep(['journal', 'verify'], { estate: estate.path })
    assert.equal(verified.code, 0, verified.stdout)
  })
})
