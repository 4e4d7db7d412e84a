import assert from 'node:assert/strict'
import { after, beforeEach, describe, test } from 'node:test'
import {
  freshPair,
  onDisk,
  onHost,
  planPair,
  policy,
  portalEstate,
  portalOn,
  resumeWhenDue,
  stateOf,
} from './oa.ts'
import { type OwnEstate, upkeep } from './upkeep.ts'

/** From now on, dpkg on this host acts so when it has brought version 1.1 of the portal. */
async function whenPatched(host: string, act: string): Promise<void> {
  const script = [
    `cat >/usr/local/sbin/portal-hook <<'HOOK'`,
    '#!/bin/sh',
    `[ "$(dpkg-query -W -f '\${Version}' oa-portal)" = 1.1 ] || exit 0`,
    act,
    'HOOK',
    'chmod 755 /usr/local/sbin/portal-hook',
    'echo "post-invoke=/usr/local/sbin/portal-hook" >/etc/dpkg/dpkg.cfg.d/portal-hook',
  ]
  await onHost(host, script.join('\n'))
}

/** The host restarts, once, while dpkg has just ended and apt has not: nothing there records how the step ended. */
const restartsInTheStep =
  '[ -e /var/tmp/restarted ] && exit 0; touch /var/tmp/restarted; systemctl reboot; sleep 100'

describe('a host that only a person can settle', () => {
  const estates: OwnEstate[] = []

  beforeEach(freshPair)
  after(async () => {
    await freshPair()
    await Promise.all(estates.map((one) => one.remove()))
  })

  async function productionUnder(rehearsal: 'both' | 'none'): Promise<{ estate: OwnEstate; id: string }> {
    const estate = await portalEstate((oa) => policy(oa, { rehearsal, soak: '1ms' }))
    estates.push(estate)
    const { file, plan } = await planPair(estate)
    const ran = await upkeep(['patch', 'run', '--plan', file], { estate: estate.path })
    assert.equal(ran.code, 0, ran.stdout + ran.stderr)
    return { estate, id: plan.id }
  }

  /** Production ends unknown, and stays so however often it is looked at. */
  async function unknownProduction(rehearsal: 'both' | 'none') {
    await whenPatched('oa-prod', restartsInTheStep)
    const under = await productionUnder(rehearsal)
    for (let times = 0; times < 2; times += 1) {
      const ran = await resumeWhenDue(under.estate)
      assert.equal(ran.code, 21, ran.stdout + ran.stderr)
    }
    const known = await upkeep(['settle', 'oa-prod'], { estate: under.estate.path })
    assert.match(known.stdout, /oa-prod {2}unknown in rollout[^]*why +apt\.install: the host was\s+restarted/)
    return under
  }

  const chen = (estate: OwnEstate) => ({ estate: estate.path, env: { SUDO_USER: 'chen' } })

  // Fault, people: a person says that an unknown host is done.
  // Outcome: it is checked and opened, and the rollout is done.
  // Fault 5, packages: a host restarts after dpkg has ended and before apt has: nothing there says how the step ended.
  // Outcome: unknown, however often it is looked at, until a person settles it.
  test('unknown, settled as done: it is checked, opened, and the rollout is done', async () => {
    const { estate } = await unknownProduction('none')
    const other = await upkeep(['settle', 'oa-test', '--as', 'done', '--reason', 'x'], chen(estate))
    assert.equal(other.code, 3)
    assert.match(other.stderr, /oa-test is neither unknown nor stuck in rollout .*: it is done\.\n/)
    await onHost('oa-prod', 'dpkg --configure -a')
    const words = ['settle', 'oa-prod', '--as', 'done', '--reason', 'configured on its console']
    const settled = await upkeep(words, chen(estate))
    assert.equal(settled.code, 0, settled.stderr)
    const ran = await resumeWhenDue(estate)
    assert.equal(ran.code, 0, ran.stdout + ran.stderr)
    const events = await onDisk(estate)
    const by = events.find(({ type }) => type === 'host.settled')
    assert.match(String(by?.data['by']), /^chen@/)
    const after_ = events.slice(events.findIndex(({ type }) => type === 'host.settled'))
    const steps = after_.filter(({ type }) => type === 'step.ended').map(({ data }) => data['step'])
    for (const step of ['check.patched', 'check.verify', 'check.observe', 'updaters.resume']) {
      assert.ok(steps.includes(step), `${step} of ${steps.join(' ')}`)
    }
    assert.ok(!steps.includes('apt.install'))
    assert.equal(await portalOn('oa-prod'), '1.1')
    assert.equal(events.find(({ type }) => type === 'rollout.ended')?.data['outcome'], 'done')
  })

  // Fault, people: a person says that an unknown host is undone.
  // Outcome: it goes back to its snapshot, equal to before.
  test('unknown, settled as undone: it goes back to its snapshot, equal to before', async () => {
    await whenPatched('oa-prod', restartsInTheStep)
    const before_ = await stateOf('oa-prod')
    const { estate } = await unknownProduction('both')
    const words = ['settle', 'oa-prod', '--as', 'undone', '--reason', 'apt was killed half-way']
    assert.equal((await upkeep(words, chen(estate))).code, 0)
    const ran = await resumeWhenDue(estate)
    assert.equal(ran.code, 20, ran.stdout + ran.stderr)
    assert.match(ran.stderr, /oa-prod goes back \(snapshot\): apt\.install: settled as undone by chen@/)
    assert.deepEqual(await stateOf('oa-prod'), before_)
  })

  test('stuck, put right by hand and settled as done: it can be gone on with, and taken back', async () => {
    await whenPatched('oa-prod', 'exit 1')
    const { estate, id } = await productionUnder('none')
    const stuck = await resumeWhenDue(estate)
    assert.equal(stuck.code, 22, stuck.stdout + stuck.stderr)
    const early = await upkeep(['resume', '--rollout', id, '--go-on', 'put right'], chen(estate))
    assert.equal(early.code, 4)
    assert.match(early.stderr, /gate\/stuck[^]*oa-prod/)

    await onHost('oa-prod', 'rm /etc/dpkg/dpkg.cfg.d/portal-hook && dpkg --configure -a')
    const words = ['settle', 'oa-prod', '--as', 'done', '--reason', 'configured by hand']
    const settled = await upkeep(words, chen(estate))
    assert.equal(settled.code, 0, settled.stderr)
    assert.match(settled.stdout, /left to you +.*updaters/s)
    const ran = await upkeep(['resume', '--rollout', id, '--go-on', 'put right'], chen(estate))
    assert.equal(ran.code, 0, ran.stdout + ran.stderr)
    assert.match(ran.stdout, new RegExp(`Rollout ${id} done`))
    const back = await upkeep(
      ['rollback', '--rollout', id, '--host', 'oa-prod', '--reason', 'not wanted'],
      chen(estate),
    )
    assert.equal(await portalOn('oa-prod'), '1.0', back.stdout + back.stderr)
  })
})
