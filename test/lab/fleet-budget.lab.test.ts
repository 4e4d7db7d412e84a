import assert from 'node:assert/strict'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { local } from '../../connect/local.ts'
import { fleetDown, fleetUp } from '../../lab/fleet.ts'
import type { LabHost } from '../../lab/hosts.ts'
import { labPaths } from '../../lab/layout.ts'
import { offerOa, onDisk, onHost, portalOn, resumeWhenDue, withdrawOa } from './oa.ts'
import { fleetEstate } from './fleet-estate.ts'
import { labDir, type OwnEstate, upkeep } from './upkeep.ts'

describe('twenty production hosts on which every patch fails, in waves of ten, ten at once wished, failure budget 2', () => {
  let hosts: readonly LabHost[]
  let estate: OwnEstate

  before(async () => {
    await offerOa('oa-portal-1.1')
    hosts = await fleetUp(21, labDir)
    estate = await fleetEstate(hosts, { waves: [10], atOnce: 10, failureBudget: 2 })
    for (const { name, ring } of hosts) if (ring === 'production') await onHost(name, breaksThePatch)
  })
  after(async () => {
    await fleetDown(labDir)
    await withdrawOa('oa-portal-1.1')
    await estate.remove()
  })

  // Fault 22, hosts: every patch fails on twenty hosts in waves of ten, ten at once wished, failure budget 2.
  // Outcome: exactly 2 are touched and go back; the other 18 are as they were.
  test('exactly 2 are touched, both go back, and the other 18 are as they were', async (t) => {
    const file = `${estate.dir}/plan.json`
    const planned = await upkeep(['patch', 'plan', '--system', 'fleet', '--out', file], {
      estate: estate.path,
    })
    assert.equal(planned.code, 0, planned.stdout + planned.stderr)
    assert.match(planned.stdout, /at once +10 wished, 2 at most in flight: no more than may fail/)
    const first = await upkeep(['patch', 'run', '--plan', file], { estate: estate.path })
    assert.equal(first.code, 0, first.stdout + first.stderr)
    const begun = Date.now()
    const second = await resumeWhenDue(estate)
    assert.equal(second.code, 20, second.stdout + second.stderr)
    t.diagnostic(`stopped after ${((Date.now() - begun) / 1000).toFixed(1)} s`)

    // What dpkg wrote on the hosts themselves, in what was set aside on the way back too, says who was touched.
    const production = hosts.filter(({ ring }) => ring === 'production').map(({ name }) => name)
    const touched: string[] = []
    for (const name of production) if (await wasUpgraded(name)) touched.push(name)
    assert.equal(touched.length, 2, touched.join(' '))
    const events = await onDisk(estate)
    const started = events.filter(({ type }) => type === 'host.started').map(({ subject }) => subject)
    assert.deepEqual(
      production.filter((name) => started.includes(name)),
      touched,
      'no other one was begun',
    )
    const way = events.filter(
      ({ type, subject }) => /^host\.(started|ended)$/.test(type) && touched.includes(subject ?? ''),
    )
    assert.deepEqual(
      way.map(({ type, data }) => data['outcome'] ?? type),
      ['host.started', 'host.started', 'undone', 'undone'],
      'both were in flight together',
    )
    for (const name of production) {
      assert.equal(await portalOn(name), '1.0', name)
      const traces = await onHost(name, 'ls -A /var/lib/upkeep 2>/dev/null || true')
      if (!touched.includes(name)) assert.equal(traces, '', `${name} was not begun`)
    }
    assert.equal(await portalOn('fleet-01'), '1.1')
  })
})

/** Whether dpkg ever put the new portal on a host, by its log: there now, or in the tree that a way back has replaced. */
async function wasUpgraded(host: string): Promise<boolean> {
  const { hosts, fs } = labPaths(labDir)
  const script = `grep -l ' upgrade oa-portal:all 1.0 1.1$' "$1/var/log/dpkg.log" "$2"/*/var/log/dpkg.log`
  const found = await local(['sh', '-c', script, 'sh', join(hosts, host), join(fs, 'snapshots', host)])
  return found.stdout !== ''
}

/** Every dpkg run that leaves the new portal behind ends with an error. */
const breaksThePatch = `
cat >/usr/local/sbin/refuse <<'HOOK'
#!/bin/sh
case $(dpkg-query -W -f '\${Version}' oa-portal) in 1.1) exit 1 ;; esac
HOOK
chmod 755 /usr/local/sbin/refuse
echo 'post-invoke=/usr/local/sbin/refuse' >/etc/dpkg/dpkg.cfg.d/refuse`
