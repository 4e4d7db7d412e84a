import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { type LabOffer } from '../../lab/repository.ts'
import { labReset } from '../../lab/reset.ts'
import {
  offerOa,
  onDisk,
  onHost,
  planPair,
  policy,
  portalEstate,
  portalOn,
  stateOf,
  withdrawOa,
} from './oa.ts'
import { labDir, type OwnEstate, upkeep } from './upkeep.ts'

const host = 'oa-test'
/** Time that the host waits for its confirmation. */
const confirmWithin = '6s'

/** What a guard leaves while it is armed. */
const traces = `ls -d /usr/local/lib/systemd /var/lib/upkeep/guard 2>&1 | grep -v 'No such'
systemctl list-units --all --plain --no-legend 'upkeep-guard-*'
systemctl list-unit-files --no-legend 'upkeep-guard-*'
:`

/** Names of the guards that were ever armed on the host, from its own journal. */
const armed = `journalctl -o json --output-fields=UNIT -t systemd | grep -o 'upkeep-guard-[^"]*[.]service' | sort -u`

describe('an update that cuts the way in', () => {
  const estates: OwnEstate[] = []
  before(async () => {
    await withdrawOa()
    await labReset([host], labDir)
  })
  after(async () => {
    await withdrawOa()
    await labReset([host], labDir)
    await Promise.all(estates.map((one) => one.remove()))
  })

  /** Rolls this version out to the test host, whose only way back are its old packages. */
  async function rolledOut(offer: LabOffer) {
    await offerOa(offer)
    const estate = await portalEstate((oa) => {
      policy(oa, { rehearsal: 'none', snapshots: 'go-without', confirmWithin, soak: '1h' })
      delete oa.snapshot
      oa.hosts = Object.fromEntries(Object.entries(oa.hosts).filter(([name]) => name === host))
    })
    estates.push(estate)
    const { file } = await planPair(estate)
    const state = await stateOf(host)
    const startedMs = Date.now()
    const ran = await upkeep(['patch', 'run', '--plan', file], { estate: estate.path })
    await withdrawOa(offer)
    return { estate, ran, state, seconds: Math.round((Date.now() - startedMs) / 1000) }
  }

  for (const [offer, what, step] of [
    ['oa-portal-1.7', 'breaks the settings of sshd', 'apt.install'],
    ['oa-portal-1.8', 'takes the network down', 'apt.install'],
    ['oa-portal-1.9', 'makes another host key', 'apt.install'],
    ['oa-portal-1.6', 'has another address after its reboot', 'host.reboot'],
  ] as const)
    // Fault 6, packages: an update cuts the way in: sshd, network, host key, address.
    // Outcome: the host takes it back by itself; undone, as before.
    test(`and ${what} is taken back by the host itself, which ends undone and as before`, async (t) => {
      const { estate, ran, state, seconds } = await rolledOut(offer)
      t.diagnostic(`${seconds} s from the start of the rollout to its end`)
      assert.equal(ran.code, 20, ran.stdout + ran.stderr)
      const events = await onDisk(estate)
      const failed = events.find(({ type, data }) => type === 'step.ended' && data['outcome'] === 'failed')
      assert.equal(failed?.data['step'], step, JSON.stringify(failed))
      assert.equal((failed?.data['problem'] as { code: string }).code, 'host/went-back')
      assert.match(String(failed?.data['said']), /the old packages and \/etc are back; .*restarted ssh/)
      const ended = events.find(({ type, subject }) => type === 'host.ended' && subject === host)
      assert.equal(ended?.data['outcome'], 'undone')
      assert.deepEqual(await stateOf(host), state)
      assert.equal(await onHost(host, traces), '')
      const again = await upkeep(['doctor', '--system', 'oa'], { estate: estate.path })
      assert.equal(again.code, 0, again.stdout + again.stderr)
    })

  test('a good one is confirmed, and its guard leaves nothing', async (t) => {
    const { estate, ran } = await rolledOut('oa-portal-1.1')
    assert.equal(ran.code, 0, ran.stdout + ran.stderr)
    assert.equal(await portalOn(host), '1.1')
    assert.equal(await onHost(host, traces), '')
    const guards = await onHost(host, armed)
    assert.match(guards, /apt\.install/)
    assert.match(guards, /service\.restart/)
    const times = (await onDisk(estate))
      .filter(({ type, data }) => type === 'step.ended' && /^(apt|service)/.test(String(data['step'])))
      .map(({ data }) => `${String(data['step'])} ${String(data['ms'])} ms`)
    t.diagnostic(times.join(', '))
    // Longer than the host would have waited.
    await new Promise((resolve) => setTimeout(resolve, 7000))
    assert.equal(await portalOn(host), '1.1')
  })
})
