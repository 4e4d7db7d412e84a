import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { labPaths } from '../../lab/layout.ts'
import { must } from '../../lab/must.ts'
import { freshPair, onDisk, onHost, planPair, policy, portalEstate, portalOn, resumeWhenDue } from './oa.ts'
import { type OwnDisk, ownDisk } from './own-disk.ts'
import { labDir, type OwnEstate, type Ran, upkeep } from './upkeep.ts'

const host = 'oa-prod'
const paths = labPaths(labDir)
const root = join(paths.hosts, host)

/** On oa-prod dpkg writes both sentinels and fails, whenever the portal is 1.1. */
const hook = [
  `cat >/usr/local/sbin/portal-hook <<'HOOK'`,
  '#!/bin/sh',
  `[ "$(dpkg-query -W -f '\${Version}' oa-portal)" = 1.1 ] || exit 0`,
  'echo patched >/srv/sentinel',
  'echo patched >>/srv/data/sentinel',
  'exit 1',
  'HOOK',
  'chmod 755 /usr/local/sbin/portal-hook',
  'echo "post-invoke=/usr/local/sbin/portal-hook" >/etc/dpkg/dpkg.cfg.d/portal-hook',
]

describe('places of a host that its snapshot does not hold', () => {
  let estate: OwnEstate
  let disk: OwnDisk

  before(async () => {
    await freshPair()
    disk = await ownDisk(32)
    await onHost(host, 'mkdir -p /srv/data /srv/late /srv/plain /srv/bound; echo before >/srv/sentinel')
    estate = await portalEstate((oa) => policy(oa, { rehearsal: 'snapshot', soak: '1ms' }))
  })
  after(async () => {
    await freshPair()
    await disk.remove()
    await estate.remove()
  })

  async function refused(ran: Ran, code: string, place: string): Promise<void> {
    assert.notEqual(ran.code, 0, ran.stdout)
    assert.match(ran.stdout + ran.stderr, new RegExp(code))
    assert.match((ran.stdout + ran.stderr).replace(/\s+/g, ' '), new RegExp(place))
    const events = await onDisk(estate)
    assert.ok(!events.some(({ type }) => type === 'host.started'), 'no host was begun')
    assert.equal(await portalOn('oa-test'), '1.0')
  }

  test('a subvolume inside the host refuses the plan, and nothing is begun', async () => {
    const nested = join(root, 'srv/nested')
    await must(['btrfs', 'subvolume', 'create', nested])
    await writeFile(join(nested, 'sentinel'), 'mine')
    const file = join(estate.dir, 'nested.json')
    const words = ['patch', 'plan', '--system', 'oa', '--out', file]
    await refused(await upkeep(words, { estate: estate.path }), 'plan/snapshot-incomplete', 'srv/nested')
    await refused(
      await upkeep(['patch', 'run', '--plan', file], { estate: estate.path }),
      'plan/snapshot-incomplete',
      'srv/nested',
    )
    assert.equal(await onHost(host, 'cat /srv/nested/sentinel'), 'mine')
    await must(['btrfs', 'subvolume', 'delete', nested])
  })

  test('a mount refuses the plan until the estate names it; a bind mount of a plain directory does not', async () => {
    await disk.mountOn(host, '/srv/data')
    await onHost(host, 'echo before >/srv/data/sentinel; mount --bind /srv/plain /srv/bound')
    const words = ['patch', 'plan', '--system', 'oa', '--out', join(estate.dir, 'mounted.json')]
    const ran = await upkeep(words, { estate: estate.path })
    await refused(ran, 'snapshot/mount-outside', '/srv/data \\(ext4\\)')
    assert.doesNotMatch(ran.stdout + ran.stderr, /bound/)
    const doctor = ['doctor', '--system', 'oa']
    const ill = await upkeep(doctor, { estate: estate.path })
    assert.match((ill.stdout + ill.stderr).replace(/\s+/g, ' '), /would leave out .*\/srv\/data \(ext4\)/)
    await estate.change((changed) => {
      const named = changed.systems['oa']?.hosts[host]
      assert.ok(named)
      named.outsideSnapshot = ['/srv/data']
    })
    const well = await upkeep(doctor, { estate: estate.path })
    assert.doesNotMatch(well.stdout + well.stderr, /leave out/)
  })

  test('what is mounted after planning refuses the run before any effect; by snapshot the root goes back, the mount stays', async () => {
    const { file } = await planPair(estate)
    await disk.mountOn(host, '/srv/late')
    const run = ['patch', 'run', '--plan', file]
    await refused(
      await upkeep(run, { estate: estate.path }),
      'snapshot/mount-outside',
      '/srv/late \\(ext4\\)',
    )
    await onHost(host, `umount /srv/late\n${hook.join('\n')}`)

    const begun = await upkeep(run, { estate: estate.path })
    assert.equal(begun.code, 0, begun.stdout + begun.stderr)
    const ran = await resumeWhenDue(estate)
    assert.equal(ran.code, 20, ran.stdout + ran.stderr)
    assert.match(ran.stderr, /oa-prod goes back \(snapshot\)/)
    assert.equal(await portalOn(host), '1.0')
    assert.equal(await onHost(host, 'cat /srv/sentinel'), 'before\n')
    await disk.mountOn(host, '/srv/data')
    assert.equal(await onHost(host, 'cat /srv/data/sentinel'), 'before\npatched\n')
  })
})
