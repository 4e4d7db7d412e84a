import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdirSync, readdirSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'node:test'
import { host } from './host.ts'
import { inRoom } from './room.ts'

function inside(...argv: readonly string[]): void {
  const [around = '', ...words] = inRoom
  const ran = spawnSync(around, [...words, ...argv], { encoding: 'utf8' })
  assert.equal(ran.status, 0, ran.stderr)
}

// Fault, clean up: the program is killed with -9 at any moment of its work on a host. Outcome: undo brings back all of it.
test('killed at any moment, what it took comes back', async (t) => {
  const h = host(t)
  const count = 3000
  for (let index = 0; index < count; index++) h.file(`d${index % 7}/f${index}`, `content ${index}`)
  let halves = 0
  // Where the half way lies depends on how busy the machine is: from too early it goes later, from too late earlier.
  let ms = 150
  for (let tries = 0; halves < 3; tries++) {
    assert.ok(tries < 60, 'it was never killed half way')
    await h.killedAfter(ms)
    const left = files()
    ms *= left === count ? 1.2 : left === 0 ? 0.85 : 1.03
    if (left > 0 && left < count) halves += 1
    const back = h.undo()
    if (left === count) continue
    assert.equal(back.found, true)
    assert.deepEqual(back.left, [])
    assert.equal(files(), count, `${left} were left`)
  }

  function files(): number {
    return [0, 1, 2, 3, 4, 5, 6].reduce((sum, d) => sum + readdirSync(join(h.where, `d${d}`)).length, 0)
  }
})

// Fault 9, clean up: the disk is full, so that nothing can be put aside. Outcome: what may be deleted at once is, the rest stays.
test('on a full disk caches go, and what needs a quarantine stays and is named', (t) => {
  const h = host(t)
  inside('mount', '-t', 'tmpfs', '-o', 'mode=755,size=64k,nr_inodes=40', 'tmpfs', h.where)
  inside(
    'sh',
    '-c',
    'cd "$1" && mkdir c e && for i in 1 2 3; do echo x >c/$i; echo y >e/$i; done',
    'sh',
    h.where,
  )
  inside(
    'sh',
    '-c',
    'cd "$1" && dd if=/dev/zero of=full bs=1k count=64 2>/dev/null; i=0; while touch i$i; do i=$((i+1)); done 2>/dev/null; true',
    'sh',
    h.where,
  )
  inside('sh', '-c', 'touch -d "3 days ago" "$1"/c/* "$1"/e/*', 'sh', h.where)
  const exports = { ...h.rule, name: 'exports', where: [h.where], what: ['e/*'], mount: true }
  const refused = h.host('clean', [exports]).rules[0]
  assert.equal(refused?.takenFiles, 0)
  assert.match(JSON.stringify(refused?.failed), /No space left/)
  inside('test', '-f', join(h.where, 'e/1'))
  const cache = { ...h.rule, name: 'cache', where: [h.where], what: ['c/*'], mount: true, regenerable: true }
  const both = h.host('clean', [exports, cache]).rules
  assert.deepEqual(
    both.map(({ name, takenFiles }) => [name, takenFiles]),
    [
      ['cache', 3],
      ['exports', 0],
    ],
  )
})

test('another directory under the name of a rule, made between look and taking, is not touched', (t) => {
  const h = host(t)
  mkdirSync(join(h.top, 'other'))
  h.file('a')
  h.file('../other/a')
  const planned = h.scan()
  const [pin] = planned.directories
  assert.ok(pin)
  renameSync(h.where, join(h.top, 'moved'))
  renameSync(join(h.top, 'other'), h.where)
  const row = h.clean({ pinned: [{ path: pin.path, dev: pin.dev, ino: pin.ino }] })
  assert.equal(row.refused?.code, 'moved')
  assert.deepEqual(h.names(), ['a'])
})

test('another file in the quarantine is not taken for the one that was put aside', (t) => {
  const h = host(t)
  h.file('a')
  h.clean()
  const aside = join(h.home, 'quarantine/run-1/00000000')
  writeFileSync(`${aside}.new`, 'another')
  renameSync(`${aside}.new`, aside)
  const { back, names } = h.undo()
  assert.deepEqual([back, names[0]?.why], [0, 'another file lies in the quarantine'])
  assert.deepEqual(h.names(), [])
})

test('what lies in quarantine without a time, or can not be removed, is told and left', (t) => {
  const h = host(t)
  h.file('a')
  h.clean()
  writeFileSync(join(h.home, 'quarantine/run-1/until'), 'soon\n')
  assert.deepEqual(h.purge(), { gone: 0, kept: 0, untimed: 1, stuck: 0, strays: 0, bytes: 0 })
  assert.equal(h.undo().back, 1)
})
