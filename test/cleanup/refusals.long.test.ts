import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdirSync, readdirSync, statSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import test from 'node:test'
import { whyNoGlob } from '../../core/estate/cleanup-path.ts'
import { held, host } from './host.ts'
import { inRoom } from './room.ts'

function inside(...argv: readonly string[]): void {
  const [around = '', ...words] = inRoom
  const ran = spawnSync(around, [...words, ...argv], { encoding: 'utf8' })
  assert.equal(ran.status, 0, ran.stderr)
}

const never = [
  ['', 'path'],
  ['/', 'path'],
  ['//', 'path'],
  ['/x', 'path'],
  ['tmp/x', 'path'],
  ['/tmp/../etc', 'path'],
  ['/tmp/./x', 'path'],
  ['/tmp/x/', 'path'],
  ['/etc', 'path'],
  ['/etc/ssl', 'protected'],
  ['/usr/lib/x', 'protected'],
  ['/home/somebody', 'protected'],
  ['/var/lib', 'protected'],
  ['/var/lib/postgresql/15/main', 'protected'],
  ['/var/lib/upkeep/packages', 'protected'],
  ['/run/lock', 'protected'],
] as const
for (const [path, code] of never) {
  test(`the host itself refuses ${JSON.stringify(path)}, whatever it is told`, (t) => {
    const row = host(t).clean({ where: [path], mount: true })
    assert.equal(row.refused?.code, code)
    assert.equal(row.takenFiles, undefined)
  })
}

test("a database's data directory is refused, whatever its name; below a directory it is left alone", (t) => {
  const h = host(t)
  h.file('pg/PG_VERSION', '15')
  h.file('pg/base/1')
  h.file('free')
  const inIt = h.clean({ where: [join(h.where, 'pg/base')] })
  assert.deepEqual([inIt.refused?.code, inIt.refused?.found], ['database', join(h.where, 'pg')])
  const above = h.clean()
  assert.deepEqual(held(above), { database: 1 })
  assert.equal(above.takenFiles, 1)
  assert.deepEqual(h.names(), ['pg'])
  const asTree = h.clean({ what: ['*/'] })
  assert.deepEqual([asTree.takenTrees, held(asTree)], [0, { database: 1 }])
})

test('no mount is crossed, one of the same file system neither; nor is one taken with a tree around it', (t) => {
  const h = host(t)
  h.file('tree/tmpfs/.keep')
  h.file('tree/bound/.keep')
  mkdirSync(join(h.top, 'precious'))
  h.file('../precious/file')
  inside('mount', '-t', 'tmpfs', 'tmpfs', join(h.where, 'tree/tmpfs'))
  inside(
    'sh',
    '-c',
    'touch -d "3 days ago" "$1" "$2"',
    'sh',
    join(h.where, 'tree/tmpfs/a'),
    join(h.where, 'tree/tmpfs'),
  )
  inside('mount', '--bind', join(h.top, 'precious'), join(h.where, 'tree/bound'))
  for (const name of ['tree', '../precious']) h.age(join(h.where, name), 90_000)
  assert.deepEqual(held(h.clean()), { mount: 2 })
  inside('umount', join(h.where, 'tree/tmpfs'))
  h.age(join(h.where, 'tree/tmpfs'), 90_000)
  assert.deepEqual(held(h.clean({ what: ['*/'] })), { 'mount (in the tree)': 1 })
  assert.equal(h.scan({ regenerable: true, what: ['*/'] }).trees, 0)
  assert.deepEqual(readdirSync(join(h.top, 'precious')), ['file'])
})

test('what is shown elsewhere by a mount, and the file of a disk, are in use though no process has them open', (t) => {
  const h = host(t)
  h.file('shown/a')
  h.file('free/a')
  h.file('disk.img')
  for (const name of ['shown', 'free']) h.age(join(h.where, name), 90_000)
  mkdirSync(join(h.top, 'elsewhere'))
  inside('mount', '--bind', join(h.where, 'shown'), join(h.top, 'elsewhere'))
  const trees = h.clean({ what: ['*/'] })
  assert.deepEqual([trees.takenTrees, held(trees)], [1, { 'mounted elsewhere (in the tree)': 1 }])
  assert.deepEqual(h.names(), ['disk.img', 'shown'])
  inside('truncate', '-s', '1M', join(h.where, 'disk.img'))
  h.age(join(h.where, 'disk.img'), 90_000)
  const ran = spawnSync('losetup', ['--find', '--show', join(h.where, 'disk.img')], { encoding: 'utf8' })
  assert.equal(ran.status, 0, ran.stderr)
  t.after(() => spawnSync('losetup', ['--detach', ran.stdout.trim()]))
  assert.deepEqual(held(h.clean({ what: ['*'] })), { open: 1 })
})

test('a mount point is refused unless the rule says that it is meant; then its quarantine lies on it', (t) => {
  const h = host(t)
  inside('mount', '-t', 'tmpfs', '-o', 'mode=755', 'tmpfs', h.where)
  inside('touch', '-d', '3 days ago', join(h.where, 'a'))
  assert.equal(h.clean().refused?.code, 'mount-point')
  assert.equal(h.clean({ mount: true }).takenFiles, 1)
  inside('test', '-f', join(h.where, '.upkeep-quarantine/run-1/00000000'))
  assert.equal(h.clean({ mount: true }).files, 0, 'what was put aside is not found again')
  assert.equal(h.undo().back, 1)
  inside('test', '-f', join(h.where, 'a'))
})

test('a file system whose top belongs to a user has no safe place for a quarantine', (t) => {
  const h = host(t)
  inside('mount', '-t', 'tmpfs', '-o', 'mode=777', 'tmpfs', h.where)
  inside('touch', '-d', '3 days ago', join(h.where, 'a'))
  assert.equal(h.clean({ mount: true }).refused?.code, 'quarantine')
  inside('chmod', '1777', h.where)
  // Whoever was first with the name gets nothing out of it.
  inside('sh', '-c', 'mkdir -m 0777 "$1" && chown 65534 "$1"', 'sh', join(h.where, '.upkeep-quarantine'))
  assert.equal(h.clean({ mount: true }).refused?.code, 'quarantine')
  inside('test', '-f', join(h.where, 'a'))
})

test('foreign and read-only file systems are refused', (t) => {
  const h = host(t)
  inside('mount', '-t', 'proc', 'proc', h.where)
  assert.equal(h.clean({ mount: true }).refused?.code, 'file-system')
  inside('umount', h.where)
  inside('mount', '-t', 'tmpfs', '-o', 'ro', 'tmpfs', h.where)
  assert.equal(h.clean({ mount: true }).refused?.code, 'read-only')
})

test('no name on the way may be a symbolic link', (t) => {
  const h = host(t)
  mkdirSync(join(h.top, 'real'))
  h.file('../real/a')
  symlinkSync(join(h.top, 'real'), join(h.top, 'link'))
  const row = h.clean({ where: [join(h.top, 'link')] })
  assert.deepEqual([row.refused?.code, row.refused?.found], ['not-a-directory', join(h.top, 'link')])
  assert.deepEqual(readdirSync(join(h.top, 'real')), ['a'])
})

test('another directory than the one that was planned is refused', (t) => {
  const h = host(t)
  h.file('a')
  const { dev, ino } = statSync(h.where)
  const pinned = [{ path: h.where, dev, ino: ino + 1 }]
  assert.equal(h.clean({ pinned }).refused?.code, 'moved')
  assert.equal(h.clean({ pinned: [{ path: h.where, dev, ino }] }).takenFiles, 1)
})

test('where open files of a process can not be seen, nothing is taken', async (t) => {
  const h = host(t)
  h.file('a')
  await h.process(`import sys\nkept = open(sys.argv[1] + '/a')`)
  // Root, but without the right to look into a process that has more rights.
  const row = h.clean({}, {}, { AS: 'setpriv --bounding-set -sys_ptrace' })
  assert.equal(row.refused?.code, 'blind')
  assert.deepEqual(h.names(), ['a'])
})

test('a directory that is not there is told, and is no trouble', (t) => {
  const h = host(t)
  const row = h.clean({ where: [join(h.top, 'none')] })
  assert.deepEqual([row.refused, row.files, row.absent], [null, 0, [join(h.top, 'none')]])
})

test('a glob is good for the estate exactly when the host can read it; one that is not stops its own rule only', (t) => {
  const h = host(t)
  h.file('old.log')
  const characters = ['a', 'z', '-', '!', '^', ']', '[', '\\', '\u{1F600}']
  const pairs = characters.flatMap((one) => characters.map((other) => [one, other] as const))
  const bodies = [
    ...characters,
    ...pairs.map(([one, other]) => one + other),
    ...pairs.map(([one, other]) => `${one}-${other}`),
    ...pairs.map(([one, other]) => `!${one}-${other}`),
    'a-z-a',
    'a-a-z',
    'z-a-z',
    '!]',
    '',
  ]
  const globs = ['[z-a].log', '[!]x', ...bodies.map((body) => `x[${body}]y`)]
  const rules = globs.map((glob) => ({ ...h.rule, name: glob, where: [h.where], what: [glob] }))
  const good = { ...h.rule, name: 'good', where: [h.where], not: ['[]'] }
  const answer = h.host('scan', [...rules, good]).rules
  for (const [index, glob] of globs.entries())
    assert.equal(
      answer[index]?.refused?.code,
      whyNoGlob(glob) === undefined ? undefined : 'glob',
      `${glob}: ${whyNoGlob(glob) ?? 'good'}`,
    )
  assert.equal(answer.find(({ name }) => name === 'good')?.files, 1)
  assert.ok(answer.filter(({ refused }) => refused !== null).length > 20)
  assert.match(h.scan({ not: ['[z-a]'] }).refused?.found ?? '', /^\[z-a\]: bad character range/)
})
