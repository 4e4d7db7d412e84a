import assert from 'node:assert/strict'
import { after, before, beforeEach, describe, test } from 'node:test'
import { freshPair, onDisk, planPair, policy, portalEstate, portalOn, resumeWhenDue, stateOf } from './oa.ts'
import { type OwnEstate, startUpkeep, upkeep } from './upkeep.ts'

describe('a person who stops a rollout of real hosts', () => {
  const estates: OwnEstate[] = []
  let estate: OwnEstate
  let file: string
  let id: string

  before(freshPair)
  beforeEach(async () => {
    await freshPair()
    estate = await portalEstate((oa) => policy(oa, { rehearsal: 'none', soak: '1ms' }))
    estates.push(estate)
    const planned = await planPair(estate)
    file = planned.file
    id = planned.plan.id
  })
  after(async () => {
    await freshPair()
    await Promise.all(estates.map((one) => one.remove()))
  })

  async function types(): Promise<readonly string[]> {
    const events = await onDisk(estate)
    return events.map(({ type, subject }) => (subject === undefined ? type : `${type} ${subject}`))
  }

  // Fault, people: a person stops a rollout that is at work.
  // Outcome: the host in flight is finished, and no other begins until told.
  test('while a controller is at work: the host in flight is finished, and no other begins until told', async () => {
    const running = startUpkeep(['patch', 'run', '--plan', file], { estate: estate.path })
    assert.ok(await running.says(/oa-test send .* package files/), running.said())
    const asked = await upkeep(['stop', '--reason', 'wrong totals'], {
      estate: estate.path,
      env: { SUDO_USER: 'chen' },
    })
    assert.equal(asked.code, 0, asked.stderr)
    assert.match(asked.stdout, /Asked the controller that is at work to stop/)
    const ran = await running.ended
    assert.equal(ran.code, 4, ran.stdout + ran.stderr)
    assert.match(ran.stderr, /chen@\S+ asks to start no more hosts: wrong totals/)
    assert.equal(await portalOn('oa-test'), '1.1', 'the host in flight was finished')
    const first = await types()
    assert.ok(first.indexOf('stop.asked') < first.indexOf('host.ended oa-test'), first.join('\n'))

    for (let times = 0; times < 2; times += 1) {
      const resumed = await resumeWhenDue(estate)
      assert.equal(resumed.code, 4, resumed.stdout + resumed.stderr)
      assert.match(resumed.stdout, /stopped by chen@\S+: wrong totals/)
    }
    assert.ok(!(await types()).includes('host.started oa-prod'))
    assert.equal(await portalOn('oa-prod'), '1.0')

    const reason = ['--rollout', id, '--go-on', 'totals are right']
    await upkeep(['resume', ...reason], { estate: estate.path })
    const end = await resumeWhenDue(estate)
    assert.equal(end.code, 0, end.stdout + end.stderr)
    assert.equal(await portalOn('oa-prod'), '1.1')
    assert.match((await upkeep(['patch', 'status'], { estate: estate.path })).stdout, / {2}oa {2}done/)
  })

  // Fault 1, people: a person stops a rollout whose controller was killed.
  // Outcome: the host in flight is finished, and the rollout ends.
  test('after the controller was killed: stop itself finishes the host in flight, and ends the rollout', async () => {
    const production = await stateOf('oa-prod')
    const running = startUpkeep(['patch', 'run', '--plan', file], { estate: estate.path })
    assert.ok(await running.says(/oa-test send .* package files/), running.said())
    running.kill('SIGKILL')
    await running.ended
    const stopped = await upkeep(['stop', '--reason', 'wrong totals', '--end'], { estate: estate.path })
    assert.equal(stopped.code, 0, stopped.stdout + stopped.stderr)
    assert.match(stopped.stdout, /oa-test {2}test {8}done/)
    const events = await onDisk(estate)
    const ended = events.find(({ type }) => type === 'rollout.ended')
    assert.equal(ended?.data['outcome'], 'stopped')
    assert.match(String(ended.data['said']), /stopped by .*: wrong totals/)
    assert.equal(await portalOn('oa-test'), '1.1')
    const idle = await resumeWhenDue(estate)
    assert.match(idle.stdout, /no rollout is under way/)
    assert.deepEqual(await stateOf('oa-prod'), production)
  })

  test('a shortened soak lets production begin, its people are told, and it is open until another reviews it', async () => {
    await estate.change((changed) => {
      const oa = changed.systems['oa']
      assert.ok(oa)
      policy(oa, { soak: '30d' })
    })
    const { file: slow, plan } = await planPair(estate)
    await upkeep(['patch', 'run', '--plan', slow], { estate: estate.path })
    const soaking = await resumeWhenDue(estate)
    assert.match(soaking.stdout, /soaking until/)
    const li = { estate: estate.path, env: { SUDO_USER: 'li' } }
    const ran = await upkeep(['resume', '--rollout', plan.id, '--expedite', 'exploited flaw'], li)
    assert.equal(ran.code, 0, ran.stdout + ran.stderr)
    assert.equal(await portalOn('oa-prod'), '1.1')
    const mails = (await onDisk(estate)).filter(({ type }) => type === 'mail.ended')
    assert.deepEqual(
      mails.map(({ subject, data }) => [subject, data['sent']]),
      [
        ['before', true],
        ['sooner', true],
        ['after', true],
      ],
    )
    const words = ['patch', 'reviewed', '--rollout', plan.id, '--reason', 'it was right']
    assert.equal((await upkeep(words, li)).code, 4, 'not by the same person')
    const status = await upkeep(['patch', 'status'], li)
    assert.match(status.stdout, /Soak shortened by li@.*: exploited flaw\n.*Open until another person/)
    assert.equal((await upkeep(words, { ...li, env: { SUDO_USER: 'chen' } })).code, 0)
  })
})
