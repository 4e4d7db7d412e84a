import assert from 'node:assert/strict'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'node:test'
import { host } from './host.ts'

// Fault, clean up: a process opens files in the instant between the last look and the taking. Outcome: they go back to their place.
test('what is opened while it is being moved is back in its place afterwards', async (t) => {
  const h = host(t)
  const count = 1500
  let wasPutBack = 0
  for (let round = 0; wasPutBack === 0; round++) {
    assert.ok(round < 25, 'nobody ever opened a file in that instant')
    for (let index = 0; index < count; index++) h.file(`f${index}`)
    // Opens one after the other, from the end, keeps all of them open, and writes down which it got.
    await h.process(`
import os, sys, threading, time
os.chdir(sys.argv[1])
got = os.open('../got-${round}', os.O_WRONLY | os.O_CREAT | os.O_APPEND)
kept = []
def go():
    time.sleep(${0.1 + (round % 10) * 0.03})
    for index in range(${count} - 1, -1, -1):
        try:
            kept.append(open('f%d' % index))
            os.write(got, b'f%d\\n' % index)
        except FileNotFoundError:
            pass
        time.sleep(0.0002)
    os.write(got, b'end\\n')
threading.Thread(target=go, daemon=True).start()`)
    const row = h.clean({}, { id: `run-${round}` })
    const said = join(h.top, `got-${round}`)
    while (!readFileSync(said, 'utf8').endsWith('end\n'))
      await new Promise((resolve) => setTimeout(resolve, 50))
    for (const name of readFileSync(said, 'utf8').split('\n').slice(0, -2))
      assert.ok(existsSync(join(h.where, name)), `${name} is open, and not in its place (round ${round})`)
    wasPutBack += row.putBack
    await h.killAll()
  }
})

// Fault, clean up: a young file takes the name of an old one in the instant between. Outcome: it goes back to its place.
test('a young file that changes places with an old one is never taken', async (t) => {
  const h = host(t)
  h.file('old', 'old')
  h.file('young', 'young', 0)
  const exchange = `
import ctypes, os, sys, threading
os.chdir(sys.argv[1])
libc = ctypes.CDLL(None)
number = {'x86_64': 316, 'aarch64': 276}[os.uname().machine]
def go():
    while True:
        libc.syscall(number, -100, b'old', -100, b'young', 2)
threading.Thread(target=go, daemon=True).start()`
  let met = 0
  for (let round = 0; met < 2; round++) {
    assert.ok(round < 120, 'it was never met in that instant')
    await h.process(exchange)
    await h.process(exchange)
    const row = h.clean({}, { id: `run-${round}` })
    met += row.putBack
    // Who reads both names while they change places reads one file twice.
    await h.killAll()
    const texts = h.names().map((name) => readFileSync(join(h.where, name), 'utf8'))
    assert.ok(texts.includes('young'), `round ${round}`)
    if (!texts.includes('old')) {
      // Whichever name is free now: both are back.
      const free = ['old', 'young'].find((name) => !h.names().includes(name)) ?? 'old'
      writeFileSync(join(h.where, free), 'old')
      h.age(join(h.where, free), 90_000)
    }
  }
})
