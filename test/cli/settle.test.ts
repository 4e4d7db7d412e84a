import assert from 'node:assert/strict'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { onlyDocument } from './document.ts'
import { eventsIn, ranRollout, writeEstateWithSnapshots } from './rollout.ts'
import { upkeep } from './upkeep.ts'

describe('settle', () => {
  test('refuses a host that is neither unknown nor stuck, in one sentence, and words that are not whole', async (context) => {
    const { cwd } = await ranRollout(context)
    const fine = upkeep(['settle', 'p', '--as', 'done', '--reason', 'seen'], { cwd })
    assert.equal(fine.code, 3)
    assert.match(
      fine.err,
      /^p {2}input\/not-unsettled\np is neither unknown nor stuck in rollout r1: it is done\.$/m,
    )
    assert.match(upkeep(['settle', 'p'], { cwd }).err, /input\/not-unsettled/)
    assert.match(upkeep(['settle', 'q'], { cwd }).err, /input\/unknown-host/)
    for (const words of [
      [],
      ['p', 'q'],
      ['p', '--as', 'done'],
      ['p', '--reason', 'x'],
      ['p', '--as', 'stuck', '--reason', 'x'],
    ]) {
      const bad = upkeep(['settle', ...words], { cwd })
      assert.equal(bad.code, 2, words.join(' '))
      assert.match(bad.err, /usage\/settle/)
    }
    assert.ok(!eventsIn(cwd).some(({ type }) => type === 'host.settled'))
  })

  test('shows first what is known of an unknown host, and records who said what', async (context) => {
    const { cwd } = await ranRollout(context, (host, step) =>
      host === 'p' && step.id === 'apt.install' ? 'unknown' : undefined,
    )
    const looked = upkeep(['settle', 'p'], { cwd })
    assert.equal(looked.code, 0, looked.err)
    assert.match(looked.out, /p {2}unknown in rollout r1\n {2}why +apt\.install/)
    assert.match(looked.out, /traffic +taken away, and NOT given back/)
    assert.match(looked.out, /snapshot +upkeep-r1 is held/)
    assert.match(looked.out, /way back +snapshot, rehearsed/)
    assert.ok(!eventsIn(cwd).some(({ type }) => type === 'host.settled'))

    const words = ['settle', 'p', '--as', 'undone', '--reason', 'seen on its console']
    const settled = upkeep(words, { cwd, env: { SUDO_USER: 'li' } })
    assert.equal(settled.code, 0, settled.err)
    assert.match(settled.out, /why +apt\.install[^]*settled +as undone by li@.*: seen on its\s+console/)
    assert.match(settled.out, /Next: upkeep resume\. The host goes back \(snapshot\)/)
    const [event] = eventsIn(cwd).filter(({ type }) => type === 'host.settled')
    assert.equal(event?.subject, 'p')
    assert.match(JSON.stringify(event?.data), /"as":"undone","by":"li@[^"]*","reason":"seen on its console"/)
    assert.match(upkeep(words, { cwd }).err, /neither unknown nor stuck in rollout r1: it is forward/)
  })

  test('of a stuck host it says what is left to the person, and what comes next', async (context) => {
    const { cwd } = await ranRollout(context, (host, step) =>
      host === 'p' && (step.id === 'check.verify' || step.id === 'snapshot.restore-back')
        ? 'failed'
        : undefined,
    )
    const json = onlyDocument(upkeep(['settle', 'p', '--json'], { cwd }).out)
    const known = json['known'] as { was: string; left: string[] }
    assert.equal(known.was, 'stuck')
    assert.ok(
      known.left.some((says) => says.includes('updaters')),
      known.left.join(),
    )
    const settled = upkeep(['settle', 'p', '--as', 'done', '--reason', 'put right by hand'], { cwd })
    assert.match(settled.out, /left to you +.*updaters/s)
    assert.match(settled.out, /resume --rollout r1 --go-on REASON, or upkeep rollback --rollout r1/)
    assert.match(upkeep(['patch', 'status'], { cwd }).out, /✔ p +production +done/)
  })

  test('a snapshot is settled as taken only where it is there, or nobody can be asked', async (context) => {
    const { cwd } = await ranRollout(context, (host, step) =>
      host === 'p' && step.id === 'snapshot.take' ? 'unknown' : undefined,
    )
    writeEstateWithSnapshots(cwd)
    const words = ['settle', 'p', '--as', 'done', '--reason', 'seen']
    const absent = upkeep(words, { cwd })
    assert.match(absent.err, /snapshot\/absent[^]*nothing was recorded[^]*upkeep-r1/)
    assert.ok(!eventsIn(cwd).some(({ type }) => type === 'host.settled'))
    mkdirSync(join(cwd, 'machines/snapshots/p/upkeep-r1'), { recursive: true })
    assert.equal(upkeep(words, { cwd }).code, 0)
  })
})
