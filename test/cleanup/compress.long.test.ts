import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { chmodSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'node:test'
import { gunzipSync } from 'node:zlib'
import { held, host } from './host.ts'

const text = 'the same line again and again\n'.repeat(50_000)

test('a compressed file reads back as the old one, with its owner, mode and time; undo puts the old one back', (t) => {
  const h = host(t)
  h.file('app.log', text)
  execFileSync('chown', ['1234:4321', join(h.where, 'app.log')])
  chmodSync(join(h.where, 'app.log'), 0o640)
  const look = (name: string) =>
    execFileSync('stat', ['-c', '%u:%g %a %.Y', join(h.where, name)], { encoding: 'utf8' })
  const before = look('app.log')
  const run = h.clean({ do: 'compress', what: ['*.log'] })
  assert.deepEqual([run.takenFiles, h.names()], [1, ['app.log.gz']])
  assert.ok(run.takenBytes > 1_000_000 && run.takenBytes < run.bytes, `${run.takenBytes} of ${run.bytes}`)
  assert.equal(gunzipSync(readFileSync(join(h.where, 'app.log.gz'))).toString(), text)
  assert.equal(look('app.log.gz'), before)
  assert.equal(h.undo().back, 1)
  assert.deepEqual(h.names(), ['app.log'])
  assert.equal(readFileSync(join(h.where, 'app.log'), 'utf8'), text)
  assert.equal(look('app.log'), before)
})

test('what is open, compressed already, or has its compressed file there, stays', async (t) => {
  const h = host(t)
  for (const name of ['open', 'done.gz', 'twice', 'twice.gz', 'x'.repeat(253)]) h.file(name, text)
  await h.process(`import sys\nkept = open(sys.argv[1] + '/open', 'a')`)
  h.age(join(h.where, 'open'), 90_000)
  const before = h.names()
  const run = h.clean({ do: 'compress', what: ['*'] })
  assert.equal(run.takenFiles, 0)
  assert.deepEqual(held(run), {
    'compressed already': 2,
    'its compressed file stands there already': 1,
    'its name is too long for an ending': 1,
    open: 1,
  })
  assert.deepEqual(h.names(), before)
  assert.equal(readFileSync(join(h.where, 'twice.gz'), 'utf8'), text)
})

test('a regenerable file that was compressed is not kept beside it; nothing is left over', (t) => {
  const h = host(t)
  h.file('a', text)
  h.clean({ do: 'compress', regenerable: true })
  assert.deepEqual(h.names(), ['a.gz'])
  const left = spawnSync('find', [join(h.home, 'quarantine'), '-type', 'f', '-size', '+1k'], {
    encoding: 'utf8',
  })
  assert.equal(left.stdout, '')
})

test('the compressed file that undo takes away is the one that was made', (t) => {
  const h = host(t)
  h.file('a', text)
  h.clean({ do: 'compress' })
  execFileSync('rm', [join(h.where, 'a.gz')])
  writeFileSync(join(h.where, 'a.gz'), 'of somebody else')
  h.undo()
  assert.deepEqual(h.names(), ['a', 'a.gz'])
  assert.equal(readFileSync(join(h.where, 'a.gz'), 'utf8'), 'of somebody else')
})

test('a journal is rotated before anything of it is taken; where that fails, all of it stays', (t) => {
  const h = host(t)
  const bin = join(h.top, 'bin')
  mkdirSync(bin)
  const fake = (exit: number) => {
    writeFileSync(
      join(bin, 'journalctl'),
      `#!/bin/sh\necho "$@" >>${h.top}/said\nls ${h.where} >>${h.top}/said\nexit ${exit}\n`,
    )
    chmodSync(join(bin, 'journalctl'), 0o755)
  }
  h.file('system@1.journal')
  fake(1)
  const changes = { what: ['*@*.journal'], rotatesJournal: true, regenerable: true }
  const path = { PATH: `${bin}:${process.env['PATH'] ?? ''}` }
  assert.equal(h.clean(changes, {}, path).refused?.code, 'journald')
  assert.deepEqual(h.names(), ['system@1.journal'])
  fake(0)
  assert.equal(h.clean(changes, {}, path).takenFiles, 1)
  assert.equal(readFileSync(join(h.top, 'said'), 'utf8'), '--rotate\nsystem@1.journal\n'.repeat(2))
  h.file('system@2.journal')
  assert.equal(h.scan(changes).files, 1)
  assert.equal(
    readFileSync(join(h.top, 'said'), 'utf8').split('--rotate').length,
    3,
    'a plan rotates nothing',
  )
})

for (const [errno, says] of [
  ['ENOSPC', 'No space left on device'],
  ['EIO', 'Input/output error'],
] as const) {
  // Fault, clean up: the compressed file can not get its name, the disk is full for example. Outcome: the file itself is back in its place, and the rule says so.
  test(`where the compressed file can not get its name (${errno}), the file itself is back`, (t) => {
    const h = host(t)
    h.file('app.log', text)
    const meanwhile = `
whole = rename_new
def rename_new(name, fd, to, to_fd):
    if to.endswith(".gz"): raise OSError(errno.${errno}, os.strerror(errno.${errno}), name)
    whole(name, fd, to, to_fd)`
    const run = h.clean({ do: 'compress' }, { meanwhile })
    assert.deepEqual([run.takenFiles, run.putBack, run.kept, h.names()], [0, 1, 0, ['app.log']])
    assert.deepEqual(held(run), { 'its compressed file can not be put there': 1 })
    assert.deepEqual(run.failed, [{ why: says, count: 1, example: join(h.where, 'app.log') }])
    assert.equal(readFileSync(join(h.where, 'app.log'), 'utf8'), text)
    assert.deepEqual(readdirSync(join(h.home, 'quarantine')), [], 'nothing is left over')
  })
}

test('where a directory does not get onto the disk, its file is back, and no compressed one beside it', (t) => {
  const h = host(t)
  h.file('app.log', text)
  const meanwhile = `
synced = os.fsync
def failing(fd):
    if os.readlink("/proc/self/fd/%d" % fd) == "${h.where}": raise OSError(errno.EIO, "Input/output error")
    synced(fd)
os.fsync = failing`
  const run = h.clean({ do: 'compress' }, { meanwhile })
  assert.deepEqual([run.takenFiles, run.putBack, h.names()], [0, 1, ['app.log']])
})

for (const regenerable of [false, true]) {
  // Fault, clean up: the program is killed when it has taken a file, and what it made of it has no name yet. Outcome: undo brings it back, and no purge removes it.
  test(`killed between a file and what was made of it, the file is never purged (regenerable: ${regenerable})`, (t) => {
    const h = host(t)
    const rule = { do: 'compress', regenerable }
    const meanwhile = 'after("app.log", lambda: os.kill(os.getpid(), 9))'
    const quarantine = join(h.home, 'quarantine')
    h.file('app.log', text)
    assert.throws(() => h.clean(rule, { meanwhile }))
    assert.deepEqual(h.names(), [])
    assert.deepEqual([h.undo().back, h.names(), readdirSync(quarantine)], [1, ['app.log'], []])
    h.age(join(h.where, 'app.log'), 90_000)
    assert.throws(() => h.clean(rule, { meanwhile }))
    h.over()
    // Its name is taken: else the purge puts it back.
    h.file('app.log', 'newer')
    const { gone, strays } = h.purge()
    assert.deepEqual([gone, strays, readdirSync(quarantine)], [1, 1, ['kept']])
    assert.equal(readFileSync(join(quarantine, 'kept/run-1-00000000'), 'utf8'), text)
    const said = readFileSync(join(quarantine, 'kept/list'), 'utf8')
    assert.deepEqual(JSON.parse(said), { n: 'run-1-00000000', p: join(h.where, 'app.log') })
  })
}

test('a purge removes the file itself when what was made of it got its name, also when that is gone by then', (t) => {
  const h = host(t)
  h.file('a', text)
  h.clean({ do: 'compress' })
  execFileSync('rm', [join(h.where, 'a.gz')])
  h.over()
  assert.equal(h.purge().gone, 1)
  assert.deepEqual(readdirSync(join(h.home, 'quarantine')), [])
})
