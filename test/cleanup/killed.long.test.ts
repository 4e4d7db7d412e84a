import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'node:test'
import { host } from './host.ts'

// All is moved aside by then, and nothing of it looked at again.
const meanwhile = 'Taking.settle = lambda self: os.kill(os.getpid(), 9)'

/** Two old trees: files that can be had again are never moved. */
function trees(h: ReturnType<typeof host>): void {
  for (const name of ['a', 'b']) {
    h.file(`${name}/x`, name)
    h.age(join(h.where, name), 86_400)
  }
}

for (const regenerable of [false, true]) {
  const says = regenerable ? 'deleted at once' : 'put aside'

  // Fault, clean up: a run is killed when it has moved things aside and not looked at them again. Outcome: the plan says so, and the next clean-up puts them back.
  test(`what a killed run did not look at again (${says}) is told, and back with the next clean-up`, (t) => {
    const h = host(t)
    trees(h)
    assert.throws(() => h.clean({ regenerable, what: ['*/'] }, { meanwhile }))
    assert.deepEqual([h.names(), h.host('scan').aside[0]?.unjudged], [[], 2])
    const next = h.ask({ verb: 'clean', id: 'run-2', rules: [] }) as ReturnType<typeof h.host>
    assert.deepEqual(next.unjudged, { back: 2, left: 0 })
    assert.deepEqual([h.names(), h.exists('b/x')], [['a', 'b'], true])
    assert.equal(h.host('scan').aside[0]?.unjudged ?? 0, 0)
  })

  // Fault, clean up: nobody cleans up after a run that was killed, and the time of its quarantine is over. Outcome: the purge puts back what nobody has judged, and keeps for ever what can not go back.
  test(`a purge removes nothing that a killed run did not look at again (${says})`, (t) => {
    const h = host(t)
    trees(h)
    assert.throws(() => h.clean({ regenerable, what: ['*/'] }, { meanwhile }))
    h.file('b/x', 'newer')
    h.over()
    assert.deepEqual([h.purge().strays, h.names()], [1, ['a', 'b']])
    assert.equal(readFileSync(join(h.where, 'b/x'), 'utf8'), 'newer')
    const quarantine = join(h.home, 'quarantine')
    const [kept = ''] = readdirSync(join(quarantine, 'kept')).filter((name) => name !== 'list')
    assert.equal(readFileSync(join(quarantine, 'kept', kept, 'x'), 'utf8'), 'b')
    assert.deepEqual(readdirSync(quarantine), ['kept'])
    assert.equal(h.host('scan').keptForEver[0]?.count, 1)
  })
}

test('what was looked at again before a run was killed goes when its time is over', (t) => {
  const h = host(t)
  h.file('a')
  h.clean()
  h.file('c')
  assert.throws(() => h.clean({}, { meanwhile }))
  assert.equal(h.host('scan').aside[0]?.unjudged, 1)
  h.over()
  assert.deepEqual([h.purge().gone, h.names()], [1, ['c']])
  assert.deepEqual(readdirSync(join(h.home, 'quarantine')), [])
})
