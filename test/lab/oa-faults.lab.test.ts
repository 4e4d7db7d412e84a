import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { local } from '../../connect/local.ts'
import { labPaths } from '../../lab/layout.ts'
import { startMachine, stopMachine } from '../../lab/machine.ts'
import { midUnpack, slowUnpack, upgradesOf } from './mid-unpack.ts'
import { freshPair, onDisk, onHost, planPair, policy, portalEstate, portalOn, stateOf } from './oa.ts'
import { labDir, type OwnEstate, startUpkeep, upkeep, upkeepCommand } from './upkeep.ts'

const paths = labPaths(labDir)

/** Waits until the host has booted, and has gone back because nobody confirmed. */
async function wentBack(): Promise<void> {
  for (let tries = 0; tries < 240; tries += 1) {
    const found = await onHost('oa-test', 'ls /var/lib/upkeep/guard/*/*/went-back').catch(() => '')
    if (found.includes('went-back')) return
    await sleep(500)
  }
  assert.fail('the host did not go back')
}

describe('in the middle of unpacking', () => {
  let estate: OwnEstate
  let run: readonly string[]

  beforeEach(async () => {
    await freshPair()
    estate = await portalEstate((oa) => policy(oa, { rehearsal: 'none', soak: '1ms', stepLimit: '25s' }), {
      soak: '1ms',
      notice: '1ms',
      observe: '1s',
    })
    run = ['patch', 'run', '--plan', join(estate.dir, 'plan.json')]
  })
  afterEach(() => estate.remove())

  async function ended(outcome: string): Promise<void> {
    for (let runs = 0; runs < 4; runs += 1) {
      const ran = await upkeep(['resume'], { estate: estate.path })
      assert.equal(ran.code, 0, ran.stdout + ran.stderr)
      if ((await onDisk(estate)).some(({ type }) => type === 'rollout.ended')) break
      await sleep(300)
    }
    const end = (await onDisk(estate)).find(({ type }) => type === 'rollout.ended')
    assert.equal(end?.data['outcome'], outcome)
    for (const host of ['oa-test', 'oa-prod']) {
      assert.equal(await portalOn(host), '1.1')
      assert.equal(await upgradesOf(host), 1, `${host}: nothing was done twice`)
    }
    const verified = await upkeep(['journal', 'verify'], { estate: estate.path })
    assert.equal(verified.code, 0, verified.stdout)
  }

  // Fault 3, links: the link is cut in the middle of unpacking.
  // Outcome: the work goes on, and its end is told truly.
  test('the link is cut for longer than a lost one is believed in: the work goes on, its end is told truly', async () => {
    await planPair(estate)
    await slowUnpack('oa-test', 10)
    const running = startUpkeep(run, { estate: estate.path })
    await midUnpack('oa-test')
    await local(['ip', 'link', 'set', 'vb-oa-test', 'down'])
    try {
      await sleep(20_000)
      const status = await upkeep(['patch', 'status'], { estate: estate.path })
      assert.match(status.stdout, /oa-test .*in apt\.install, outcome not known yet/)
      await sleep(25_000)
    } finally {
      await local(['ip', 'link', 'set', 'vb-oa-test', 'up'])
    }
    const ran = await running.ended
    assert.equal(ran.code, 0, ran.stdout + ran.stderr)
    await ended('done')
  })

  // Fault 5, hosts: a host goes down in the middle of unpacking and stays down.
  // Outcome: unknown; production is not begun; once it boots it goes back by itself: undone, as before.
  test('the host goes down and stays down: unknown, production is not begun; back, it has gone back by itself', async () => {
    await estate.change((whole) => {
      const oa = whole.systems['oa']
      assert.ok(oa)
      policy(oa, { stepLimit: '12s', confirmWithin: '5s' })
    })
    await planPair(estate)
    await slowUnpack('oa-test', 20)
    const before = await stateOf('oa-test')
    const running = startUpkeep(run, { estate: estate.path })
    await midUnpack('oa-test')
    await stopMachine(paths, 'oa-test', 'at once')
    const ran = await running.ended
    assert.equal(ran.code, 21, ran.stdout + ran.stderr)
    assert.match(ran.stdout, /oa-test: apt\.install/)
    assert.equal(
      (await onDisk(estate)).findLast(({ type }) => type === 'step.ended')?.data['outcome'],
      'unknown',
    )
    await startMachine(paths, 'oa-test')
    await wentBack()
    const again = await upkeep(['resume'], { estate: estate.path })
    assert.equal(again.code, 20, again.stdout + again.stderr)
    const events = await onDisk(estate)
    assert.ok(!events.some(({ subject }) => subject === 'oa-prod'))
    const end = events.find(({ type, subject }) => type === 'host.ended' && subject === 'oa-test')
    assert.equal(end?.data['outcome'], 'undone')
    assert.deepEqual(await stateOf('oa-test'), before)
  })

  // Fault 26, people: Ctrl-C once. Outcome: the host is finished and no more are started; resume goes on.
  test('one Ctrl-C finishes the host and starts no more; resume goes on', async () => {
    await planPair(estate)
    await slowUnpack('oa-test', 4)
    const running = startUpkeep(run, { estate: estate.path })
    await midUnpack('oa-test')
    running.kill('SIGINT')
    const ran = await running.ended
    assert.equal(ran.code, 130, ran.stdout + ran.stderr)
    assert.match(ran.stderr, /Starting no more hosts; the ones in flight are finished/)
    const events = await onDisk(estate)
    assert.equal(
      events.find(({ type, subject }) => type === 'host.ended' && subject === 'oa-test')?.data['outcome'],
      'done',
    )
    assert.ok(!events.some(({ subject }) => subject === 'oa-prod'))
    await ended('done')
  })

  // Fault 26, people: Ctrl-C twice.
  // Outcome: the controller leaves at once; the host finishes by itself, and resume finds that it did.
  test('two Ctrl-C leave at once; the host finishes by itself, and resume finds that it did', async () => {
    await planPair(estate)
    await slowUnpack('oa-test', 8)
    const running = startUpkeep(run, { estate: estate.path })
    await midUnpack('oa-test')
    running.kill('SIGINT')
    await running.says(/Ctrl-C again leaves/)
    const begun = Date.now()
    running.kill('SIGINT')
    const ran = await running.ended
    assert.equal(ran.code, 130, ran.stdout + ran.stderr)
    assert.ok(Date.now() - begun < 5_000, `left after ${Date.now() - begun} ms`)
    assert.match(ran.stderr, /`upkeep resume` takes over/)
    await ended('done')
  })

  // Fault 26, people: the reader of the output goes away. Outcome: the change goes on.
  test('the reader of its output goes away: the change goes on', async () => {
    await planPair(estate)
    await slowUnpack('oa-test', 3)
    const { program, argv } = upkeepCommand(run, estate.path)
    const child = spawn(program, argv, { stdio: ['ignore', 'pipe', 'pipe'] })
    await midUnpack('oa-test')
    child.stdout.destroy()
    child.stderr.destroy()
    const code = await new Promise((resolve) => void child.on('exit', resolve))
    assert.equal(code, 0)
    await ended('done')
  })
})
