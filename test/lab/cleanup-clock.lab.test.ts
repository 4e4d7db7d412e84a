import assert from 'node:assert/strict'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { labReset } from '../../lab/reset.ts'
import { eventsOf } from './erp.ts'
import { onlyHosts } from './cleanup-estate.ts'
import { onHost } from './oa.ts'
import { type OwnEstate, ownEstate, type Ran, upkeep } from './upkeep.ts'

const hosts = ['erp-test-web', 'erp-app1'] as const
const [testHost, production] = hosts
const exports = '/srv/exports'
// All hosts of the lab have the clock of one machine; so what a host answers for its clock is set years ahead, and nothing else.
const ahead = `printf '#!/bin/sh\\nexec /usr/bin/date -d "3 years" "$@"\\n' >/usr/local/sbin/date && chmod 755 /usr/local/sbin/date`
const right = 'rm -f /usr/local/sbin/date'

describe('clocks and clean-up of real hosts', () => {
  let estate: OwnEstate
  let planFile: string

  before(async () => {
    await labReset(hosts)
    estate = await ownEstate((own) => {
      const which = { where: [exports], what: ['**/*.csv'], olderThan: '30d', ageBy: 'mtime' as const }
      onlyHosts(own, hosts).cleanup = { rules: { exports: { ...which, roles: ['app'] } } }
    })
    planFile = join(estate.dir, 'cleanup.json')
  })
  after(async () => {
    await labReset(hosts)
    await estate.remove()
  })

  async function aged(): Promise<void> {
    for (const host of hosts)
      await onHost(
        host,
        `mkdir -p ${exports} && cd ${exports} && echo old >old.csv && touch -d '40 days ago' old.csv`,
      )
  }
  const there = () =>
    Promise.all(hosts.map((host) => onHost(host, `[ -e ${exports}/old.csv ] && echo yes || echo no`)))
  const plan = () =>
    upkeep(['cleanup', 'plan', '--system', 'erp', '--out', planFile], { estate: estate.path })
  const run = (words: readonly string[] = [], env: Readonly<Record<string, string>> = {}): Promise<Ran> =>
    upkeep(['cleanup', 'run', '--plan', planFile, ...words], { estate: estate.path, env })

  // Fault 13, clean up: the clock of a host is years ahead when it is to be cleaned up. Outcome: that host is refused and named, in the plan and in the run; the others are cleaned up.
  test('a host whose clock is years ahead is left out and named; the others are cleaned up', async () => {
    await aged()
    await onHost(production, ahead)
    const planned = await plan()
    assert.equal(planned.code, 0, planned.stdout + planned.stderr)
    assert.match(
      planned.stdout.replace(/\s+/g, ' '),
      /left out: erp-app1: The clocks of host and controller do not agree/,
    )
    const ran = await run()
    assert.notEqual(ran.code, 0, ran.stdout)
    assert.match(ran.stderr, /gate\/clock/)
    assert.deepEqual(await there(), ['no\n', 'yes\n'])
    await onHost(production, right)
  })

  test('a clock that is set ahead after the plan was made is seen by the run; set right, the same plan goes on', async () => {
    await aged()
    const planned = await plan()
    assert.equal(planned.code, 0, planned.stdout + planned.stderr)
    assert.equal((await run()).code, 4, 'production waits for a person')
    await onHost(production, ahead)
    const refused = await run(['--approve', 'exports', '--reason', 'looked at the test host'])
    assert.notEqual(refused.code, 0, refused.stdout)
    assert.match(refused.stderr, /gate\/clock/)
    assert.deepEqual(await there(), ['no\n', 'yes\n'])
    const ends = (await eventsOf(estate)).filter(({ type }) => type === 'cleanup.host.ended')
    assert.match(String(ends.at(-1)?.data['said']), /The clocks of host and controller do not agree/)
    await onHost(production, right)
    const ran = await run()
    assert.equal(ran.code, 0, ran.stdout + ran.stderr)
    assert.deepEqual(await there(), ['no\n', 'no\n'])
  })

  // Fault 13, clean up: the controller was killed while a host was cleaned up, and the clock of that host is years ahead when it is asked again. Outcome: how it ended is unknown, not failed; production waits; set right, the same plan goes on.
  test('of a host that was begun and whose clock is wrong when it is asked again, the end is unknown', async () => {
    await aged()
    const planned = await plan()
    assert.equal(planned.code, 0, planned.stdout + planned.stderr)
    const killed = await run([], { UPKEEP_KILL: 'after:2' })
    assert.equal(killed.code, null, killed.stdout + killed.stderr)
    await onHost(testHost, ahead)
    const again = await run()
    await onHost(testHost, right)
    assert.match(again.stderr, /gate\/clock/)
    const last = async () => (await eventsOf(estate)).findLast(({ type }) => type === 'cleanup.host.ended')
    assert.deepEqual([again.code, (await last())?.data['outcome']], [21, 'unknown'])
    assert.deepEqual(await there(), ['yes\n', 'yes\n'])
    // The rule is let go already, since it was tried by then.
    const ran = await run()
    assert.equal(ran.code, 0, ran.stdout + ran.stderr)
    assert.equal((await last())?.data['outcome'], 'done')
    assert.deepEqual(await there(), ['no\n', 'no\n'])
  })

  // Fault, clean up: the timer of a quarantine comes while somebody else is at work on the host. Outcome: its unit waits for its turn, and then empties it.
  test('the unit of a purge waits for its turn', async () => {
    const quarantine = '/var/lib/upkeep/quarantine'
    const timer = (
      await onHost(
        production,
        `systemctl list-units --all --plain --no-legend 'upkeep-purge-*.timer' | awk '{ print $1; exit }'`,
      )
    ).trim()
    assert.match(timer, /^upkeep-purge-clean-erp-.*\.timer$/)
    const unit = timer.replace(/timer$/, 'service')
    const said = await onHost(
      production,
      `set -e
       for until in ${quarantine}/clean-*/until; do echo "1 $(cat /proc/sys/kernel/random/boot_id) 1" >"$until"; done
       exec 9</var/lib/upkeep && flock 9
       systemctl start --no-block ${unit}
       while [ "$(systemctl show -P ActiveState ${unit})" != active ]; do sleep 0.1; done
       sleep 3
       systemctl show -P ActiveState ${unit}
       ls ${quarantine}
       exec 9<&-
       while [ "$(systemctl show -P ActiveState ${unit})" = active ]; do sleep 0.1; done
       systemctl show -P Result ${unit}
       ls ${quarantine} | wc -l`,
    )
    assert.match(said, /^active\nclean-erp-[^]*\nsuccess\n0\n$/)
  })
})
