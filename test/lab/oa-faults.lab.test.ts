import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { local } from '../../connect/local.ts'
import { labPaths } from '../../lab/layout.ts'
import { startMachine, stopMachine } from '../../lab/machine.ts'
import { unitName } from '../../playbooks/perform/script.ts'
import { freshPair, onDisk, onHost, planPair, policy, portalEstate, portalOn, stateOf } from './oa.ts'
import { labDir, type OwnEstate, startUpkeep, upkeep, upkeepCommand } from './upkeep.ts'

const paths = labPaths(labDir)

/** dpkg stops for so many seconds when the new portal is unpacked and not configured. */
async function slowUnpack(seconds: number): Promise<void> {
  const hook = [
    '#!/bin/sh',
    `[ "$(dpkg-query -W -f '\${db:Status-Status}' oa-portal)" = unpacked ] || exit 0`,
    'touch /run/mid-unpack',
    `sleep ${seconds}`,
  ]
  await onHost(
    'oa-test',
    `cat >/usr/local/sbin/slow <<'HOOK'\n${hook.join('\n')}\nHOOK
     chmod 755 /usr/local/sbin/slow; echo 'post-invoke=/usr/local/sbin/slow' >/etc/dpkg/dpkg.cfg.d/slow`,
  )
}

async function midUnpack(): Promise<void> {
  for (let tries = 0; tries < 300; tries += 1) {
    if ((await onHost('oa-test', 'ls /run/mid-unpack 2>/dev/null || true')) !== '') return
    await sleep(100)
  }
  assert.fail('the package was never unpacked')
}

/** Waits until the host has booted, and has gone back because nobody confirmed. */
async function wentBack(): Promise<void> {
  for (let tries = 0; tries < 240; tries += 1) {
    const found = await onHost('oa-test', 'ls /var/lib/upkeep/guard/*/*/went-back').catch(() => '')
    if (found.includes('went-back')) return
    await sleep(500)
  }
  assert.fail('the host did not go back')
}

async function upgradesOf(host: string): Promise<number> {
  return Number(await onHost(host, `grep -c ' upgrade oa-portal:all 1.0 1.1$' /var/log/dpkg.log || true`))
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
    await slowUnpack(10)
    const running = startUpkeep(run, { estate: estate.path })
    await midUnpack()
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
    await slowUnpack(20)
    const before = await stateOf('oa-test')
    const running = startUpkeep(run, { estate: estate.path })
    await midUnpack()
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
    await slowUnpack(4)
    const running = startUpkeep(run, { estate: estate.path })
    await midUnpack()
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
    await slowUnpack(8)
    const running = startUpkeep(run, { estate: estate.path })
    await midUnpack()
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
    await slowUnpack(3)
    const { program, argv } = upkeepCommand(run, estate.path)
    const child = spawn(program, argv, { stdio: ['ignore', 'pipe', 'pipe'] })
    await midUnpack()
    child.stdout.destroy()
    child.stderr.destroy()
    const code = await new Promise((resolve) => void child.on('exit', resolve))
    assert.equal(code, 0)
    await ended('done')
  })

  // Fault 9, controllers: the controller's disk is full.
  // Outcome: it stops before the next effect, and goes on when there is room.
  test('the controller has no room for its journal: it stops before the next effect, and goes on when there is', async () => {
    await mkdir(estate.state, { recursive: true })
    await local(['mount', '-t', 'tmpfs', '-o', 'size=4m', 'upkeep-test', estate.state])
    try {
      await planPair(estate)
      await slowUnpack(4)
      const running = startUpkeep(run, { estate: estate.path })
      await midUnpack()
      const filler = join(estate.state, 'filler')
      await local(['dd', 'if=/dev/zero', `of=${filler}`, 'bs=4096'])
      const ran = await running.ended
      assert.equal(ran.code, 8, ran.stdout + ran.stderr)
      assert.match(ran.stderr, /journal\/[a-z-]+/)
      // The journal's last page has room for some events more; whatever the host was asked for is among them.
      const events = await onDisk(estate)
      assert.ok(!events.some(({ type }) => type === 'host.ended'), 'it stopped')
      const announced = events.flatMap(({ type, data }) =>
        type === 'step.started' ? [unitName(String(data['rollout']), String(data['step']))] : [],
      )
      const units = (await onHost('oa-test', 'cd /var/lib/upkeep; ls -d */output | cut -d / -f 1'))
        .trim()
        .split('\n')
      assert.ok(
        units.some((unit) => unit.includes('apt.install')),
        units.join(' '),
      )
      for (const unit of units) assert.ok(announced.includes(unit), `${unit} was not announced`)
      await rm(filler)
      await ended('done')
    } finally {
      await local(['umount', '--lazy', estate.state])
    }
  })
})
