import assert from 'node:assert/strict'
import { chmodSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import test from 'node:test'
import { namedRules } from '../../core/estate/cleanup.ts'
import { held, host } from './host.ts'

test('what was unpacked a moment ago with an old time is young, unless the rule asks for its content only', (t) => {
  const h = host(t)
  h.file('a')
  h.file('tree/b')
  for (const name of ['tree']) h.age(join(h.where, name), 90_000)
  assert.deepEqual(held(h.clean({ ageBy: 'ctime' })), { young: 2 })
  assert.deepEqual(held(h.clean({ ageBy: 'ctime', what: ['*/'] })), { young: 1 })
  assert.equal(h.scan().files, 2)
  assert.equal(h.scan({ what: ['*/'] }).trees, 1)
})

test('what was brought back, renamed or given another mode is young again', async (t) => {
  const h = host(t)
  const rule = { ageBy: 'ctime', olderThanS: 2 }
  const old = async () => {
    while (h.scan(rule).files === 0) await sleep(100)
  }
  h.file('a')
  assert.equal(h.scan(rule).files, 0)
  await old()
  chmodSync(join(h.where, 'a'), 0o600)
  assert.deepEqual(held(h.scan(rule)), { young: 1 })
  await old()
  assert.equal(h.clean(rule).takenFiles, 1)
  assert.equal(h.undo().back, 1)
  assert.deepEqual(held(h.scan(rule)), { young: 1 }, 'so the next run does not take it again')
})

test('a tree with something excluded in it stays as a whole', (t) => {
  const h = host(t)
  for (const name of ['kept/deep/er/licence.key', 'kept/x', 'gone/deep/x']) h.file(name)
  for (const name of ['kept/deep/er', 'kept/deep', 'kept', 'gone/deep', 'gone'])
    h.age(join(h.where, name), 90_000)
  const changes = { what: ['*/'], not: ['**/*.key'] }
  const row = h.clean(changes)
  assert.deepEqual([row.takenTrees, held(row)], [1, { 'excluded (in the tree)': 1 }])
  assert.deepEqual(row.held[0]?.example, join(h.where, 'kept'))
  assert.deepEqual(h.names(), ['kept'])
  assert.deepEqual(held(h.clean({ ...changes, not: ['kept/deep/'], regenerable: true })), {
    'excluded (in the tree)': 1,
  })
})

test('logs of log-ins and audit are not among rotated logs, and have a rule of their own', (t) => {
  const h = host(t)
  const security = [
    'auth.log.1',
    'auth.log.2.gz',
    'secure-20260101.gz',
    'wtmp.1',
    'btmp.1',
    'audit/audit.log.1',
    'x/auth.log.9',
  ]
  for (const name of [...security, 'syslog.2.gz', 'nginx/access.log.3.gz']) h.file(name)
  const of = (name: string) => ({ what: namedRules[name]?.what, not: namedRules[name]?.not })
  const rotated = h.scan(of('rotated-logs'))
  assert.equal(rotated.files, 2)
  assert.deepEqual(rotated.largest.map(({ path }) => path.slice(h.where.length + 1)).sort(), [
    'nginx/access.log.3.gz',
    'syslog.2.gz',
  ])
  assert.equal(h.scan(of('security-logs')).files, security.length)
})

test('a log that is written to is cut down to its end, and whoever writes to it goes on', async (t) => {
  const h = host(t)
  h.file('app.log', `${'x'.repeat(99)}\n`.repeat(60_000), 0)
  h.file('short.log', 'short')
  await h.process(`
import os, sys, threading, time
log = open(sys.argv[1] + '/app.log', 'a')
seek = open(sys.argv[1] + '/app.log', 'r+')
seek.seek(0, 2)
log.write('before\\n'); log.flush()
def go():
    while not os.path.exists(sys.argv[1] + '/../cut'): time.sleep(0.01)
    log.write('after\\n'); log.flush()
    open(sys.argv[1] + '/../written', 'w').close()
threading.Thread(target=go, daemon=True).start()`)
  const changes = { do: 'truncate', keepTail: 1 << 20, regenerable: true }
  const planned = h.scan(changes)
  assert.deepEqual([planned.files, held(planned)], [1, { short: 1 }])
  const row = h.clean(changes)
  assert.equal(row.takenFiles, 1)
  assert.ok(
    row.takenBytes > 4_000_000 && Math.abs(row.takenBytes - planned.bytes) <= 65_536,
    `${row.takenBytes}`,
  )
  h.file('../cut', '')
  while (!h.exists('../written')) await sleep(20)
  const text = readFileSync(join(h.where, 'app.log'), 'latin1')
  assert.ok(text.endsWith('x\nbefore\nafter\n'))
  assert.ok(text.slice(-(1 << 20)).replaceAll('\0', '').length >= (1 << 20) - 16, 'all of its end is there')
  assert.equal(h.clean(changes).takenFiles, 0, 'it is short now')
})
