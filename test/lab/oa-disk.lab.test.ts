import assert from 'node:assert/strict'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { local } from '../../connect/local.ts'
import { unitName } from '../../playbooks/perform/script.ts'
import { type FailingDisk, failingDisk } from './failing-disk.ts'
import { midUnpack, slowUnpack, upgradesOf } from './mid-unpack.ts'
import { freshPair, onDisk, onHost, pair, planPair, policy, portalEstate, portalOn } from './oa.ts'
import { type OwnEstate, type Running, startUpkeep, upkeep } from './upkeep.ts'

const quick = { soak: '1ms', notice: '1ms', observe: '1s' }

describe('one rollout, its state on a disk that fills up in the middle of the test host, and dies in that of the other', () => {
  let estate: OwnEstate
  let disk: FailingDisk | undefined

  before(async () => {
    await freshPair()
    estate = await portalEstate((oa) => policy(oa, { rehearsal: 'none', soak: '1ms' }), quick)
    disk = await failingDisk(join(estate.dir, 'disk'), estate.state)
    for (const host of pair) await slowUnpack(host, 4)
    await planPair(estate)
  })
  after(async () => {
    await disk?.remove()
    await estate.remove()
  })

  /** Names of the units that were begun on a host. */
  async function unitsOn(host: string): Promise<readonly string[]> {
    const units = await onHost(host, 'cd /var/lib/upkeep; ls -d */output | cut -d / -f 1')
    return units.trim().split('\n')
  }

  /** A host in the middle of its work has begun nothing that the journal on the disk does not announce, and no end is told. */
  async function isAnnounced(host: string): Promise<void> {
    const events = await onDisk(estate)
    assert.ok(!events.some(({ type, subject }) => type === 'host.ended' && subject === host), 'it stopped')
    const announced = events.flatMap(({ type, subject, data }) =>
      type === 'step.started' && subject === host
        ? [unitName(String(data['rollout']), String(data['step']))]
        : [],
    )
    const units = await unitsOn(host)
    assert.ok(
      units.some((unit) => unit.includes('apt.install')),
      units.join(' '),
    )
    for (const unit of units) assert.ok(announced.includes(unit), `${unit} was not announced`)
  }

  /** Goes on until a host has begun; soak and notice, of a millisecond each, may take a run of their own. */
  async function begunOn(host: string): Promise<Running> {
    for (let runs = 0; runs < 4; runs += 1) {
      const running = startUpkeep(['resume'], { estate: estate.path })
      if (await running.says(new RegExp(` ${host} +begins `))) return running
      const ran = await running.ended
      assert.equal(ran.code, 0, ran.stdout + ran.stderr)
    }
    return assert.fail(`${host} was never begun`)
  }

  // Fault 9, controllers: the controller's disk is full.
  // Outcome: it stops before the next effect, and goes on when there is room.
  test('no room for the journal: it stops before the next effect, and goes on when there is', async () => {
    const running = startUpkeep(['patch', 'run', '--plan', join(estate.dir, 'plan.json')], {
      estate: estate.path,
    })
    await midUnpack('oa-test')
    const filler = join(estate.state, 'filler')
    await local(['dd', 'if=/dev/zero', `of=${filler}`, 'bs=1024'])
    const ran = await running.ended
    assert.equal(ran.code, 8, ran.stdout + ran.stderr)
    assert.match(ran.stderr, /journal\/not-written\n[^]*(ENOSPC|bytes were written)[^]*Make room/)
    // The journal's last block has room for some events more; whatever the host was asked for is among them.
    await isAnnounced('oa-test')
    await rm(filler)
  })

  // Fault 10, controllers: the disk of the journal answers with I/O errors while a host unpacks.
  // Outcome: it stops before the next effect, resume refuses while the disk is bad; afterwards it finishes the host.
  test('the disk of the journal dies: it stops before the next effect, and goes on with another disk', async () => {
    assert.ok(disk)
    const running = await begunOn('oa-prod')
    await midUnpack('oa-prod')
    await disk.fail()
    const ran = await running.ended
    assert.equal(ran.code, 8, ran.stdout + ran.stderr)
    assert.match(ran.stderr, /journal\/not-written\n[^]*EIO[^]*Make room or repair the disk, then resume/)
    const units = await unitsOn('oa-prod')
    const refused = await upkeep(['resume'], { estate: estate.path })
    assert.equal(refused.code, 8, refused.stdout + refused.stderr)
    assert.match(refused.stderr, /lease\/not-written\n[^]*(EIO|EROFS)/)
    assert.deepEqual(await unitsOn('oa-prod'), units, 'nothing was begun')

    // What only the memory of this machine knew is gone with the disk.
    await disk.replace()
    await isAnnounced('oa-prod')
    const status = await upkeep(['patch', 'status'], { estate: estate.path })
    assert.match(status.stdout, /oa-prod .*in apt\.install, outcome not known yet/)
    const again = await upkeep(['resume'], { estate: estate.path })
    assert.equal(again.code, 0, again.stdout + again.stderr)
    const end = (await onDisk(estate)).find(({ type }) => type === 'rollout.ended')
    assert.equal(end?.data['outcome'], 'done')
    for (const host of pair) {
      assert.equal(await portalOn(host), '1.1')
      assert.equal(await upgradesOf(host), 1, `${host}: nothing was done twice`)
    }
    const verified = await upkeep(['journal', 'verify'], { estate: estate.path })
    assert.equal(verified.code, 0, verified.stdout)
  })
})
