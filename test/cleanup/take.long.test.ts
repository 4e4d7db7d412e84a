import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, linkSync, lstatSync, readdirSync, readFileSync, statfsSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import test from 'node:test'
import { held, host } from './host.ts'

test('a plan changes nothing, and a run takes what it named and no more', (t) => {
  const h = host(t)
  h.file('old.log')
  h.file('deep/er/old.log')
  h.file('young.log', 'x', 60)
  h.file('old.txt')
  const before = execFileSync('find', [h.top, '-printf', '%p %T@ %C@ %s\n'], { encoding: 'utf8' })
  const planned = h.scan({ what: ['**/*.log'] })
  assert.equal(execFileSync('find', [h.top, '-printf', '%p %T@ %C@ %s\n'], { encoding: 'utf8' }), before)
  assert.equal(planned.files, 2)
  assert.deepEqual(held(planned), { young: 1 })
  const run = h.clean({ what: ['**/*.log'] })
  assert.equal(run.takenFiles, 2)
  assert.equal(run.refused, null)
  assert.deepEqual(h.names(), ['deep', 'old.txt', 'young.log'])
  assert.deepEqual(readdirSync(join(h.where, 'deep/er')), [])
})

test('what comes back is as it was: content, owner, mode, times; and of the directory too', (t) => {
  const h = host(t)
  h.file('a/one.log', 'first')
  h.file('a/two.log', 'second')
  execFileSync('chown', ['1234:4321', join(h.where, 'a/one.log')])
  execFileSync('chmod', ['4640', join(h.where, 'a/one.log')])
  h.age(join(h.where, 'a'), 50_000)
  const look = () =>
    execFileSync('find', [h.where, '-mindepth', '1', '-printf', '%P %U %G %m %T@ %s %i\n'], {
      encoding: 'utf8',
    })
      .split('\n')
      .sort()
      .join('\n') + sha256(join(h.where, 'a/one.log'))
  const before = look()
  assert.equal(h.clean().takenFiles, 2)
  assert.deepEqual(readdirSync(join(h.where, 'a')), [])
  assert.equal(lstatSync(join(h.home, 'quarantine')).mode & 0o777, 0o700)
  assert.deepEqual(h.undo(), { found: true, back: 2, gone: 0, left: [], names: [] })
  assert.equal(look(), before)
  assert.deepEqual(readdirSync(join(h.home, 'quarantine')), [], 'nothing is left aside')
})

test('what is newer is never overwritten: the old one stays aside, and is named', (t) => {
  const h = host(t)
  h.file('a.log', 'old')
  h.file('b.log', 'old')
  h.clean()
  h.file('a.log', 'new', 0)
  const back = h.undo()
  assert.equal(back.back, 1)
  assert.deepEqual(back.names, [{ path: join(h.where, 'a.log'), why: 'something newer stands in its place' }])
  assert.equal(readFileSync(join(h.where, 'a.log'), 'utf8'), 'new')
  execFileSync('rm', [join(h.where, 'a.log')])
  assert.equal(h.undo().back, 1)
  assert.equal(readFileSync(join(h.where, 'a.log'), 'utf8'), 'old')
})

test('in use: open, mapped, locked, worked in; sockets, pipes, lock files and symbolic links: all stay', async (t) => {
  const h = host(t)
  for (const name of ['open', 'mapped', 'locked', 'app.lock', 'app.pid', 'free']) h.file(name)
  h.file('dir/tree/inner')
  symlinkSync('/etc/passwd', join(h.where, 'link'))
  execFileSync('touch', ['-h', '-d', '3 days ago', join(h.where, 'link')])
  execFileSync('mkfifo', [join(h.where, 'fifo')])
  execFileSync('touch', ['-d', '3 days ago', join(h.where, 'fifo')])
  await h.process(`
import ctypes, fcntl, os, socket, sys
os.chdir(sys.argv[1])
kept = open('open')
file = open('mapped', 'rb')
assert ctypes.CDLL(None).mmap(None, 4096, 1, 2, file.fileno(), 0) != -1
file.close()
lock = open('locked', 'r+')
fcntl.lockf(lock, fcntl.LOCK_EX)
server = socket.socket(socket.AF_UNIX)
server.bind('socket')
os.utime('socket', (1, 1))
os.chdir('dir/tree')`)
  const run = h.clean()
  assert.deepEqual(held(run), {
    'lock file': 2,
    mapped: 1,
    open: 2,
    'socket, pipe or device': 2,
    'symbolic link': 1,
  })
  assert.equal(
    run.takenFiles,
    2,
    'free, and inner: a file of a directory that is worked in, but not in use itself',
  )
  assert.deepEqual(h.names(), [
    'app.lock',
    'app.pid',
    'dir',
    'fifo',
    'link',
    'locked',
    'mapped',
    'open',
    'socket',
  ])
})

test('a tree is as old as the youngest thing in it, and goes or stays as a whole', async (t) => {
  const h = host(t)
  for (const name of ['old', 'half', 'used', 'locked']) {
    h.file(`${name}/sub/a`)
    h.file(`${name}/sub/b`)
  }
  h.file('half/sub/young', 'x', 10)
  h.file('locked/sub/.lock')
  symlinkSync('/etc', join(h.where, 'old/link'))
  execFileSync('touch', ['-h', '-d', '3 days ago', join(h.where, 'old/link')])
  for (const name of ['old', 'half', 'used', 'locked']) {
    h.age(join(h.where, name, 'sub'), 90_000)
    h.age(join(h.where, name), 90_000)
  }
  await h.process(`import os, sys\nos.chdir(sys.argv[1] + '/used/sub')`)
  const planned = h.scan({ what: ['*/'] })
  assert.deepEqual([planned.trees, planned.files], [1, 2])
  assert.deepEqual(held(planned), { 'lock file (in the tree)': 1, 'open (in the tree)': 1, young: 1 })
  assert.equal(h.clean({ what: ['*/'] }).takenTrees, 1)
  assert.deepEqual(h.names(), ['half', 'locked', 'used'])
  assert.ok(existsSync('/etc/passwd'))
  assert.equal(h.undo().back, 1)
  assert.deepEqual(readdirSync(join(h.where, 'old')).sort(), ['link', 'sub'])
})

test('bytes are those that come back: not of sparse files, and of hard links only with the last', (t) => {
  const h = host(t)
  h.file('full', 'x'.repeat(1 << 20))
  h.file('sparse')
  execFileSync('truncate', ['-s', '1G', join(h.where, 'sparse')])
  h.age(join(h.where, 'sparse'), 90_000)
  h.file('twice', 'y'.repeat(1 << 20))
  linkSync(join(h.where, 'twice'), join(h.where, 'twice-too'))
  h.file('elsewhere', 'z'.repeat(1 << 20))
  linkSync(join(h.where, 'elsewhere'), join(h.top, 'link'))
  const { bytes, files } = h.scan()
  assert.equal(files, 5)
  assert.ok(bytes >= 2 << 20 && bytes < (2 << 20) + 65_536, `${bytes}: "full" and "twice", once each`)
  const run = h.clean({ regenerable: true })
  assert.equal(run.takenBytes, bytes)
  assert.equal(run.aside, false)
  assert.ok(existsSync(join(h.top, 'link')))
  assert.deepEqual(h.names(), [])
})

test('names of any bytes are taken, brought back, and shown so that no terminal obeys them', (t) => {
  const h = host(t)
  const names = [
    Buffer.from('line\nbreak'),
    Buffer.from('\u001b[31mred\u001b[0m'),
    Buffer.from('-rf'),
    Buffer.from('--'),
    Buffer.from('*'),
    Buffer.from(' '),
    Buffer.from('back\\slash'),
    Buffer.from('quote\'"`$(reboot)'),
    Buffer.from('x'.repeat(255)),
    Buffer.from([0xff, 0xfe, 0x80]),
    Buffer.from('\u4e2d\u6587'),
  ]
  for (const name of names) h.file(name)
  const list = () =>
    readdirSync(Buffer.from(h.where), { encoding: 'buffer' })
      .map((one) => one.toString('hex'))
      .sort()
  const before = list()
  const run = h.clean()
  assert.equal(run.takenFiles, names.length)
  assert.doesNotMatch(JSON.stringify(run), /[\u0000-\u001f]/)
  assert.deepEqual(h.names(), [])
  assert.equal(h.undo().back, names.length)
  assert.deepEqual(list(), before)
})

test('the newest stay, and a cap takes the oldest until the rest is below it', (t) => {
  const h = host(t)
  const block = 1 << 20
  for (const [name, days] of [
    ['a', 9],
    ['b', 7],
    ['c', 5],
    ['d', 3],
    ['e', 1],
  ] as const)
    h.file(name, 'x'.repeat(block), days * 86_400)
  assert.deepEqual(held(h.scan({ keepNewest: 3 })), { 'among the newest': 3 })
  const capped = h.scan({ olderThanS: 8 * 86_400, capBytes: 2.5 * block })
  assert.equal(capped.files, 3)
  assert.deepEqual(held(capped), { 'below the cap': 2 })
  h.clean({ olderThanS: 8 * 86_400, capBytes: 2.5 * block })
  assert.deepEqual(h.names(), ['d', 'e'])
})

test('a cap never takes what is younger than an hour', (t) => {
  const h = host(t)
  h.file('now', 'x'.repeat(1 << 20), 60)
  assert.deepEqual(held(h.scan({ olderThanS: 86_400, capBytes: 1 })), { young: 1 })
})

test('over its budget a rule takes nothing at all', (t) => {
  const h = host(t)
  for (let index = 0; index < 5; index++) h.file(`f${index}`, 'x'.repeat(10_000))
  const byFiles = h.clean({ budget: { files: 4, bytes: 1e12 } })
  assert.equal(byFiles.refused?.code, 'budget')
  assert.match(byFiles.refused?.found ?? '', /^5 files/)
  assert.equal(h.clean({ budget: { files: 100, bytes: 20_000 } }).refused?.code, 'budget')
  assert.equal(h.scan({ budget: { files: 4, bytes: 1e12 } }).over, true)
  assert.equal(h.names().length, 5)
})

test('a rule for an emergency does nothing on a file system that is not that full', (t) => {
  const h = host(t)
  h.file('a')
  const { blocks, bfree, bavail } = statfsSync(h.where)
  const full = Math.ceil((100 * (blocks - bfree)) / (blocks - bfree + bavail))
  const calm = h.clean({ onlyAbove: full + 1 })
  assert.deepEqual([calm.takenFiles, calm.below], [0, [{ path: h.where, usedPercent: full }]])
  assert.deepEqual(h.names(), ['a'])
  assert.equal(h.clean({ onlyAbove: full }).takenFiles, 1)
})

test('what is excluded stays', (t) => {
  const h = host(t)
  h.file('keep/a')
  h.file('b')
  assert.deepEqual(held(h.scan({ not: ['keep/'] })), { excluded: 1 })
  h.clean({ not: ['keep/'] })
  assert.deepEqual(h.names(), ['keep'])
})

test('a quarantine goes when its time is over, and not before', (t) => {
  const h = host(t)
  h.file('a', 'x'.repeat(1 << 20))
  const { timer, aside } = h.host('clean', [{ ...h.rule, where: [h.where] }])
  assert.match(timer ?? '', /^(set|failed: )/)
  assert.deepEqual([aside[0]?.id, aside[0]?.entries], ['run-1', 1])
  assert.deepEqual(h.purge(), { gone: 0, kept: 1, untimed: 0, stuck: 0, strays: 0, bytes: 0 })
  h.over()
  assert.equal(h.purge().gone, 1)
  assert.deepEqual(readdirSync(join(h.home, 'quarantine')), [])
  assert.deepEqual(h.undo().found, false)
})

test('files that are gone and still open are named with their process', async (t) => {
  const h = host(t)
  h.file('huge', 'x'.repeat(1 << 20))
  await h.process(`import os, sys\nos.chdir(sys.argv[1])\nkept = open('huge')\nos.unlink('huge')`)
  const { deletedButOpen } = h.host('scan')
  const row = deletedButOpen.processes.find(
    (one: { largest: string }) => one.largest === join(h.where, 'huge'),
  )
  assert.equal(row?.command, 'python3')
  assert.ok((row?.bytes ?? 0) >= 1 << 20)
})

function sha256(path: string): string {
  return createHash('sha256').update(readFileSync(path)).digest('hex')
}
