import assert from 'node:assert/strict'
import { appendFileSync, linkSync, readFileSync, statSync, truncateSync } from 'node:fs'
import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import test from 'node:test'
import { CleanupAnswer } from '../../schemas/cleanup-answer.ts'
import { conforms } from '../../schemas/load.ts'
import { held, host } from './host.ts'

test('the answer about a hundred rules and names of 255 hostile bytes is read whole', (t) => {
  const h = host(t)
  const names = [Buffer.alloc(255, 0xff), Buffer.from('\u4e2d'.repeat(85)), Buffer.from('\u001b'.repeat(255))]
  const rules = Array.from({ length: 100 }, (_, index) => {
    const dir = `${'\u6570'.repeat(70)}${index}`
    for (const name of ['kept.lock', 'link']) h.file(`${dir}/${name}`)
    for (const name of names) h.file(Buffer.concat([Buffer.from(`${dir}/`), name]))
    return { ...h.rule, name: `rule-${'x'.repeat(50)}-${index}`, where: [join(h.where, dir)] }
  })
  const refused = { ...h.rule, name: 'refused', where: ['/etc/x'] }
  const answer = h.host('clean', [...rules.slice(1), refused])
  assert.ok(h.length() <= 65_536, `${h.length()} bytes`)
  assert.ok(conforms(CleanupAnswer, answer))
  assert.equal(answer.shortened, true)
  for (const rule of answer.rules.filter(({ name }) => name !== 'refused')) assert.equal(rule.takenFiles, 4)
  assert.equal(answer.rules.find(({ name }) => name === 'refused')?.refused?.code, 'protected')
  const few = h.host('clean', rules.slice(0, 1))
  assert.equal(few.shortened, undefined)
  const planned = h.host('scan', rules)
  assert.equal(planned.rules[7]?.directories?.length, 1, 'a plan keeps what it pins')
})

test('a manifest that a full disk or a crash has cut is read as far as it goes, and written on', (t) => {
  const h = host(t)
  for (const name of ['a', 'b']) h.file(`d/${name}`)
  h.clean({ what: ['d/*'] })
  const manifest = join(h.home, 'quarantine/run-1/manifest')
  const whole = statSync(manifest).size
  appendFileSync(manifest, '{"n":2,"d":"/tmp","e":[["cut')
  assert.equal(h.host('scan').aside[0]?.entries, 2)
  h.file('e/c')
  h.clean({ what: ['e/*'] })
  // Of each what was moved, and that it was looked at again.
  const kinds = readFileSync(manifest, 'utf8').match(/^\{"(n|judged)"/gm)
  assert.deepEqual(kinds, ['{"n"', '{"judged"', '{"n"', '{"judged"'])
  assert.deepEqual([h.undo().back, h.names()], [3, ['d', 'e']])
  h.clean()
  truncateSync(manifest, 0)
  appendFileSync(manifest, 'x'.repeat(whole))
  assert.equal(h.undo().back, 0)
})

// Fault, clean up: the disk gets full while a manifest is written. Outcome: what its whole lines name comes back; nothing was moved without one.
test('a manifest that can not be written moves nothing, and all that was moved comes back', (t) => {
  const h = host(t)
  for (let index = 0; index < 6; index++) for (let file = 0; file < 50; file++) h.file(`d${index}/f${file}`)
  const meanwhile = `
whole, count = write_synced, [0]
def write_synced(fd, data):
    if data.startswith(b'{"n"'):
        count[0] += 1
        if count[0] == 4:
            os.write(fd, data[:len(data) // 2])
            raise OSError(errno.ENOSPC, "No space left on device")
    whole(fd, data)`
  const row = h.clean({}, { meanwhile })
  assert.equal(row.takenFiles, 150)
  assert.match(JSON.stringify(row.failed), /No space left/)
  const lines = readFileSync(join(h.home, 'quarantine/run-1/manifest'), 'utf8').split('\n')
  assert.deepEqual(
    [lines.length, lines.at(-1)],
    [5, ''],
    'three whole lines, and that all of them was looked at',
  )
  assert.match(lines[3] ?? '', /^\{"judged":\[0,150\]\}$/)
  assert.deepEqual([h.undo().back, h.scan().files], [150, 300])
})

test('undo goes back the newest first: what a later rule made of it stands in nobody\u2019s way', (t) => {
  const h = host(t)
  h.file('a', 'text '.repeat(10_000))
  const first = { ...h.rule, name: 'first', where: [h.where], what: ['a'], do: 'compress' }
  const second = { ...h.rule, name: 'second', where: [h.where], what: ['*.gz'] }
  const taken = h.host('clean', [first, second]).rules.map(({ takenFiles }) => takenFiles)
  assert.deepEqual([taken, h.names()], [[1, 1], []])
  const { back, left } = h.undo()
  assert.deepEqual([back, left, h.names()], [2, [], ['a']])
})

test('while one is at work in the quarantine, nobody else is; its end lets the others in', async (t) => {
  const h = host(t)
  h.file('a')
  h.clean()
  await h.process(`
import fcntl, os, sys
lock = os.open(sys.argv[1] + '/../home', os.O_RDONLY)
fcntl.flock(lock, fcntl.LOCK_EX)`)
  for (const verb of ['undo', 'clean'])
    assert.match(
      JSON.stringify(h.ask({ verb, lockS: 0, rules: [{ ...h.rule, where: [h.where] }] })),
      /Another clean-up/,
    )
  // Nobody reads what it says: its unit fails.
  assert.throws(() => h.ask({ verb: 'purge', lockS: 0 }), /Another clean-up/)
  assert.equal(h.host('scan').aside[0]?.entries, 1, 'a plan waits for nobody')
  await h.killAll()
  assert.equal(h.undo().back, 1)
})

test('files with holes are not compressed: whole they may take more room', (t) => {
  const h = host(t)
  h.file('full', 'x'.repeat(1 << 20))
  h.file('holes', 'x'.repeat(1 << 20))
  truncateSync(join(h.where, 'holes'), 1 << 30)
  h.age(join(h.where, 'holes'), 90_000)
  const row = h.clean({ do: 'compress' })
  assert.deepEqual([row.takenFiles, held(row)], [1, { sparse: 1 }])
})

test('a cap counts a file with several links once', (t) => {
  const h = host(t)
  const block = 1 << 20
  for (const name of ['a', 'b', 'c']) h.file(name, 'x'.repeat(block), 7200)
  for (let index = 0; index < 5; index++) linkSync(join(h.where, 'c'), join(h.where, `c${index}`))
  assert.equal(h.scan({ olderThanS: 86_400, capBytes: 3.5 * block }).files, 0)
  assert.ok(h.scan({ olderThanS: 86_400, capBytes: 2.5 * block }).files >= 1)
})

test('what a walk holds does not grow with the files it meets', (t) => {
  const h = host(t)
  const peak = join(h.top, 'peak')
  const meanwhile = `
import atexit
atexit.register(lambda: open("${peak}", "w").write(str(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)))`
  const budget = { files: 1_000_000, bytes: 1e12 }
  const peakOf = (count: number, verb: 'scan' | 'clean'): number => {
    execFileSync('python3', [
      '-c',
      `
import os, sys
for n in range(${count}):
    p = "%s/d%d" % (sys.argv[1], n % 3)
    os.makedirs(p, exist_ok=True)
    f = "%s/file-with-a-name-of-usual-length-%d" % (p, n)
    os.close(os.open(f, os.O_CREAT | os.O_WRONLY)); os.utime(f, (10 ** 9, 10 ** 9))`,
      h.where,
    ])
    const [row] = (
      h.ask({ verb, meanwhile, rules: [{ ...h.rule, where: [h.where], budget }] }) as CleanupAnswer
    ).rules
    assert.equal(verb === 'scan' ? row?.files : row?.takenFiles, count)
    return Number(readFileSync(peak, 'utf8'))
  }
  const few = peakOf(1000, 'scan')
  const many = peakOf(60_000, 'scan')
  assert.ok(many - few < 4096, `${few} kB, then ${many} kB: ${((many - few) * 1024) / 59_000} bytes a file`)
  const taken = peakOf(60_000, 'clean')
  t.diagnostic(`scan of 1,000: ${few} kB, of 60,000: ${many} kB; clean of 60,000: ${taken} kB`)
  assert.ok(taken - few < 24_576, `${taken} kB: only a handful is held`)
})
