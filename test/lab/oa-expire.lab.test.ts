import assert from 'node:assert/strict'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { local } from '../../connect/local.ts'
import {
  freshPair,
  onDisk,
  onHost,
  pair,
  planPair,
  policy,
  portalEstate,
  portalOn,
  resumeWhenDue,
} from './oa.ts'
import { type OwnEstate, upkeep } from './upkeep.ts'

describe('what a rollout left on real hosts', () => {
  let estate: OwnEstate
  let id: string
  let machines: string
  let snapshots: string

  before(async () => {
    await freshPair()
    estate = await portalEstate((oa) => {
      policy(oa, { rehearsal: 'none', soak: '1ms' })
      machines = oa.snapshot?.nspawn?.directory ?? ''
      snapshots = join(machines, 'snapshots/oa-prod')
    })
    const { file, plan } = await planPair(estate)
    id = plan.id
    await upkeep(['patch', 'run', '--plan', file], { estate: estate.path })
    const ran = await resumeWhenDue(estate)
    assert.equal(ran.code, 0, ran.stdout + ran.stderr)
    // Two that are not of this rollout: an admin's, and one whose name only looks like Upkeep's.
    for (const name of ['mine', 'upkeep-of-another']) {
      const words = ['btrfs', 'subvolume', 'snapshot', '-r', join(machines, 'hosts/oa-prod')]
      assert.equal((await local([...words, join(snapshots, name)])).code, 0)
    }
    for (const host of pair) await onHost(host, 'mkdir -p /var/lib/upkeep/etc/mine /var/lib/upkeep/mine')
  })
  after(async () => {
    await freshPair()
    await estate.remove()
  })

  function keep(patch: Parameters<typeof policy>[1]): Promise<void> {
    return estate.change((changed) => {
      const oa = changed.systems['oa']
      assert.ok(oa)
      policy(oa, patch)
    })
  }

  // Besides snapshots, the token of who may make and remove them lies there.
  const named = async () => (await readdir(snapshots)).filter((name) => !/^(\.|fence-)/.test(name)).sort()
  const ownFiles = (host: string) =>
    onHost(host, `cd /var/lib/upkeep && find . -path '*${id}*' -prune -print | head -20`)

  test('is shown with bytes and dates, and kept as long as the estate says', async () => {
    const status = await upkeep(['patch', 'status'], { estate: estate.path })
    assert.match(
      status.stdout,
      new RegExp(
        `oa-prod: snapshot upkeep-${id} \\([0-9.]+ [kM]?B, \\d{4}-\\d\\d-\\d\\d\\): held,\\s+expires`,
      ),
      status.stdout,
    )
    const json = JSON.parse(
      (await upkeep(['patch', 'status', '--json'], { estate: estate.path })).stdout,
    ) as {
      held: { what: string; host: string; bytes: number | null; takenTime: string | null }[]
      store: { files: number }
    }
    const [snapshot] = json.held.filter(({ what }) => what === 'snapshot')
    assert.ok((snapshot?.bytes ?? 0) > 0, JSON.stringify(json.held))
    const taken = (await onDisk(estate)).find(
      ({ type, subject, data }) =>
        type === 'step.ended' && subject === 'oa-prod' && data['step'] === 'snapshot.take',
    )
    const apart = Math.abs(Date.parse(snapshot?.takenTime ?? '') - Date.parse(taken?.time ?? ''))
    assert.ok(apart < 30_000, `taken ${snapshot?.takenTime}, journalled ${taken?.time}`)
    assert.ok(json.store.files >= 2)
    const early = await upkeep(['patch', 'expire'], { estate: estate.path })
    assert.match(early.stdout, /Nothing has expired/)
    assert.deepEqual(await named(), ['mine', `upkeep-${id}`, `upkeep-of-another`].sort())
  })

  test('a snapshot that has expired is removed by resume, and no other; the packages are a way back still', async () => {
    await keep({ keepSnapshots: '1ms' })
    const dry = await upkeep(['patch', 'expire', '--dry-run'], { estate: estate.path })
    assert.match(dry.stdout, /expired/)
    assert.equal((await named()).length, 3, 'a dry run removes nothing')
    const ran = await upkeep(['resume'], { estate: estate.path })
    assert.equal(ran.code, 0, ran.stderr)
    assert.match(ran.stdout.replace(/\s+/g, ' '), /removed; the way back by this snapshot is gone/)
    assert.deepEqual(await named(), ['mine', 'upkeep-of-another'])
    const status = await upkeep(['patch', 'status'], { estate: estate.path })
    assert.match(
      status.stdout.replace(/\s+/g, ' '),
      /The way back by snapshot is gone, for it has expired: oa-prod/,
    )

    const words = ['rollback', '--rollout', id, '--host', 'oa-prod', '--reason', 'not wanted']
    const back = await upkeep(words, { estate: estate.path })
    assert.equal(back.code, 0, back.stdout + back.stderr)
    assert.equal(await portalOn('oa-prod'), '1.0')
  })

  test('files on hosts and in the store go when packages have expired, and only those of the rollout', async () => {
    for (const host of pair) assert.notEqual(await ownFiles(host), '', `${host} has files of the rollout`)
    await keep({ keepPackages: '1ms' })
    await estate.change((changed) => {
      const erp = changed.systems['erp']
      assert.ok(erp)
      policy(erp, { keepPackages: '1ms' })
    })
    // A unit of the rollout that is still at work keeps its files, and that is no success.
    const unit = `upkeep-${id}-left`
    const atWork = `mkdir /var/lib/upkeep/${unit} && touch /var/lib/upkeep/${unit}/script && systemd-run -q --unit ${unit} sleep 600`
    await onHost('oa-prod', atWork)
    const busy = await upkeep(['patch', 'expire'], { estate: estate.path })
    assert.notEqual(busy.code, 0, busy.stdout)
    assert.match(busy.stderr.replace(/\s+/g, ' '), new RegExp(`oa-prod.*still at work there: ${unit}`))
    await onHost('oa-prod', `systemctl stop ${unit}`)

    const ran = await upkeep(['patch', 'expire'], { estate: estate.path })
    assert.equal(ran.code, 0, ran.stdout + ran.stderr)
    for (const host of pair) {
      assert.equal(await ownFiles(host), '', `${host} has none of them`)
      const kept = await onHost(host, 'cd /var/lib/upkeep && ls -d mine etc/mine')
      assert.equal(kept.trim().split('\n').length, 2)
    }
    const { store } = JSON.parse(
      (await upkeep(['patch', 'status', '--json'], { estate: estate.path })).stdout,
    ) as { store: { files: number } }
    assert.equal(store.files, 0)
    const back = await upkeep(['rollback', '--rollout', id, '--reason', 'late'], { estate: estate.path })
    assert.equal(back.code, 4)
    assert.match(back.stderr, /gate\/expired/)
    const verified = await upkeep(['journal', 'verify'], { estate: estate.path })
    assert.equal(verified.code, 0, verified.stdout)
  })
})
