import assert from 'node:assert/strict'
import { test } from 'node:test'
import { simulatedHost } from './fleet.ts'

test('after every reboot the automatic updaters are paused again before anything is checked, on every way', () => {
  for (const ring of ['test', 'production'] as const) {
    const { steps, back } = simulatedHost('p', ring, ['app'])
    const ways = { forward: steps, ...back }
    let reboots = 0
    for (const [way, track] of Object.entries(ways)) {
      const ids = track.map((step) => step.id)
      assert.equal(new Set(ids).size, ids.length, `${ring} ${way}: every step has an id of its own`)
      track.forEach((step, at) => {
        if (step.does !== 'host.reboot') return
        reboots += 1
        assert.equal(track[at + 1]?.does, 'updaters.pause', `${ring} ${way}: after ${step.id}`)
      })
    }
    assert.equal(reboots, ring === 'test' ? 5 : 2)
  }
})
