import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import test from 'node:test'
import { host } from './host.ts'

/** A process that holds the lock of clean-up, as an archive of hours does; it ends when `release` is there. */
const holding = `
import fcntl, os, sys, threading, time
opened = os.open(sys.argv[1] + '/../home', os.O_RDONLY)
fcntl.flock(opened, fcntl.LOCK_EX)
def go():
    while not os.path.exists(sys.argv[1] + '/../release'): time.sleep(0.05)
    fcntl.flock(opened, fcntl.LOCK_UN)
threading.Thread(target=go, daemon=True).start()`

// Fault, clean up: a timer comes to empty a quarantine while a clean-up, an undo or an archive is at work. Outcome: it waits for its turn; where none comes, the unit fails, which inspections find.
test('a purge waits for whoever is at work, and fails where its turn never comes', async (t) => {
  const h = host(t)
  h.file('a')
  h.clean()
  h.over()
  await h.process(holding)
  assert.throws(() => h.ask({ verb: 'purge', lockS: 1 }), /Another clean-up of this host is at work/)
  let isOver = false
  const waiting = h.later({ verb: 'purge', lockS: 86_400 }).then((code) => {
    isOver = true
    return code
  })
  await sleep(1500)
  assert.ok(!isOver && h.host('scan').aside.length === 1, 'nothing is gone while somebody is at work')
  h.file('../release')
  assert.equal(await waiting, 0)
  assert.deepEqual(h.host('scan').aside, [])
})
