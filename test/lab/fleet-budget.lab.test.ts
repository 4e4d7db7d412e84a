import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { fleetDown, fleetUp } from '../../lab/fleet.ts'
import type { LabHost } from '../../lab/hosts.ts'
import { offerOa, onDisk, onHost, portalOn, resumeWhenDue, withdrawOa } from './oa.ts'
import { fleetEstate } from './fleet-estate.ts'
import { labDir, type OwnEstate, upkeep } from './upkeep.ts'

describe('twenty production hosts on which every patch fails, in waves of ten, failure budget 2', () => {
  let hosts: readonly LabHost[]
  let estate: OwnEstate

  before(async () => {
    await offerOa('oa-portal-1.1')
    hosts = await fleetUp(21, labDir)
    estate = await fleetEstate(hosts, { waves: [10], atOnce: 2, failureBudget: 2 })
    for (const { name, ring } of hosts) if (ring === 'production') await onHost(name, breaksThePatch)
  })
  after(async () => {
    await fleetDown(labDir)
    await withdrawOa('oa-portal-1.1')
    await estate.remove()
  })

  // Fault 22, people: ten hosts at once are wished, and only 2 may fail. Outcome: refused, with the number that may be.
  test('ten in flight at once are refused before anything is asked of a host: only 2 may fail', async () => {
    const wished = await fleetEstate(hosts, { waves: [10], atOnce: 10, failureBudget: 2 })
    const ran = await upkeep(['patch', 'plan', '--system', 'fleet', '--out', `${wished.dir}/plan.json`], {
      estate: wished.path,
    })
    await wished.remove()
    assert.equal(ran.code, 3, ran.stdout + ran.stderr)
    assert.match(ran.stderr, /estate\/at-once/)
    assert.match(ran.stderr, /Set atOnce to 2, or failureBudget to 10/)
  })

  // Fault 22, hosts: every patch fails on twenty hosts in waves of ten, failure budget 2.
  // Outcome: exactly 2 are touched and go back; the other 18 are as they were.
  test('exactly 2 are touched, both go back, and the other 18 are as they were', async (t) => {
    const file = `${estate.dir}/plan.json`
    const planned = await upkeep(['patch', 'plan', '--system', 'fleet', '--out', file], {
      estate: estate.path,
    })
    assert.equal(planned.code, 0, planned.stdout + planned.stderr)
    const first = await upkeep(['patch', 'run', '--plan', file], { estate: estate.path })
    assert.equal(first.code, 0, first.stdout + first.stderr)
    const begun = Date.now()
    const second = await resumeWhenDue(estate)
    assert.equal(second.code, 20, second.stdout + second.stderr)
    t.diagnostic(`stopped after ${((Date.now() - begun) / 1000).toFixed(1)} s`)

    const events = await onDisk(estate)
    const production = hosts.filter(({ ring }) => ring === 'production').map(({ name }) => name)
    const started = events.filter(({ type }) => type === 'host.started').map(({ subject }) => subject)
    const touched = production.filter((name) => started.includes(name))
    assert.equal(touched.length, 2, touched.join(' '))
    const ended = events.filter(
      ({ type, subject }) => type === 'host.ended' && touched.includes(subject ?? ''),
    )
    assert.deepEqual(
      ended.map(({ data }) => data['outcome']),
      ['undone', 'undone'],
    )
    for (const name of production) {
      assert.equal(await portalOn(name), '1.0', name)
      const traces = await onHost(name, 'ls -A /var/lib/upkeep 2>/dev/null || true')
      if (!touched.includes(name)) assert.equal(traces, '', `${name} was not begun`)
    }
    assert.equal(await portalOn('fleet-01'), '1.1')
  })
})

/** Every dpkg run that leaves the new portal behind ends with an error. */
const breaksThePatch = `
cat >/usr/local/sbin/refuse <<'HOOK'
#!/bin/sh
case $(dpkg-query -W -f '\${Version}' oa-portal) in 1.1) exit 1 ;; esac
HOOK
chmod 755 /usr/local/sbin/refuse
echo 'post-invoke=/usr/local/sbin/refuse' >/etc/dpkg/dpkg.cfg.d/refuse`
