import assert from 'node:assert/strict'
import { chmodSync, linkSync, mkdirSync, readFileSync, readdirSync, statSync, utimesSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import test from 'node:test'
import { held, host } from './host.ts'

const rule = { regenerable: true }

/** Python that puts another directory, with a link to the same file and another file, in the place of one. */
const exchanged = (h: ReturnType<typeof host>) => {
  h.file('../other/y', 'precious')
  return `
def exchange():
    os.link("${h.where}/d/x", "${h.top}/other/x")
    _rename("${h.where}/d", "${h.top}/aside")
    _rename("${h.top}/other", "${h.where}/d")
then(exchange)`
}

const changes = {
  'is written to': ['open(p, "a").write(" and new")', 'changed meanwhile', 'old and new'],
  'is another one, as old': [
    '(os.unlink(p), _rename(p + "-too", p), os.utime(p, ns=(0, was.st_mtime_ns)))',
    'changed meanwhile',
    'too',
  ],
  'has become a link': ['(os.unlink(p), os.symlink(p + "-too", p))', 'changed meanwhile', 'too'],
  'is open': ['KEPT_OPEN.append(open(p))', 'opened meanwhile', 'old'],
  'is mapped': [
    '(KEPT_OPEN.append(os.open(p, 0)), _libc.mmap(None, 4096, 1, 2, KEPT_OPEN[0], 0), os.close(KEPT_OPEN[0]))',
    'mapped meanwhile',
    'old',
  ],
} as const
for (const [what, [python, why, text]] of Object.entries(changes)) {
  // Fault, clean up: a file that is to be deleted at once changes or comes into use after it was counted. Outcome: it stays.
  test(`a file that ${what} after it was counted is not deleted`, (t) => {
    const h = host(t)
    h.file('a', 'old')
    h.file('a-too', 'too')
    const meanwhile = `p = "${h.where}/a"\nwas = os.stat(p)\nthen(lambda: ${python})`
    const row = h.clean({ ...rule, what: ['a'] }, { meanwhile })
    assert.deepEqual([row.files, row.takenFiles, held(row)], [1, 0, { [why]: 1 }])
    assert.equal(readFileSync(join(h.where, 'a'), 'utf8'), text)
  })
}

test('a file that is given another mode after it was counted is young, where the rule goes by that', async (t) => {
  const h = host(t)
  h.file('a')
  const asked = { ...rule, ageBy: 'ctime', olderThanS: 2 }
  while (h.scan(asked).files === 0) await sleep(100)
  const row = h.clean(asked, { meanwhile: `then(lambda: os.chmod("${h.where}/a", 0o600))` })
  assert.deepEqual([row.takenFiles, held(row)], [0, { 'young meanwhile': 1 }])
})

test('all links of a file go, though the last is younger for each that went before', async (t) => {
  const h = host(t)
  h.file('a', 'x'.repeat(1 << 20))
  for (const name of ['b', 'c']) linkSync(join(h.where, 'a'), join(h.where, name))
  const asked = { ...rule, ageBy: 'ctime', olderThanS: 2 }
  while (h.scan(asked).files === 0) await sleep(100)
  const row = h.clean(asked)
  assert.deepEqual([row.takenFiles, h.names()], [3, []])
  assert.equal(row.takenBytes, row.bytes)
  assert.ok(row.bytes >= 1 << 20 && row.bytes < 2 << 20, `${row.bytes}`)
})

const swaps = {
  'for a link to another file': ['os.symlink(p + "-too", p)', 1, ['a-too'], undefined],
  'for another link of a file': ['os.link(p + "-too", p)', 1, ['a-too'], undefined],
  'for a directory': ['os.mkdir(p)', 0, ['a', 'a-too'], 1],
} as const
for (const [what, [python, taken, left, changed]] of Object.entries(swaps)) {
  // Fault, clean up: another user swaps a name between the last look at it and the deletion. Outcome: only the name that he made goes.
  test(`a name that is swapped ${what} after the last look takes no file of others along`, (t) => {
    const h = host(t)
    h.file('a', 'old')
    h.file('a-too', 'precious', 0)
    const meanwhile = `p = "${h.where}/a"\nbetween("a", lambda: (os.unlink(p), ${python}))`
    const row = h.clean(rule, { meanwhile })
    assert.deepEqual([row.takenFiles, h.names(), row.failed], [taken, left, []])
    assert.equal(held(row)['changed meanwhile'], changed)
    assert.equal(readFileSync(join(h.where, 'a-too'), 'utf8'), 'precious')
  })
}

// Fault, clean up: another directory, with a link to the same file, takes the place of one that was counted. Outcome: it is left alone.
test('another directory in the place of one that was counted is left alone', (t) => {
  const h = host(t)
  for (const name of ['x', 'y']) h.file(`d/${name}`, 'old')
  h.file('e/z')
  const row = h.clean(rule, { meanwhile: exchanged(h) })
  assert.deepEqual([row.files, row.takenFiles, held(row)], [3, 1, { 'changed meanwhile': 2 }])
  for (const one of [join(h.top, 'aside'), join(h.where, 'd')])
    assert.deepEqual(readdirSync(one).sort(), ['x', 'y'])
})

// Fault, clean up: a link, or a mount, takes the place of a directory that was counted. Outcome: it is not entered.
test('neither a link nor a mount in the place of a directory that was counted is entered', (t) => {
  const h = host(t)
  for (const name of ['d/x', 'e/x', '../other/x']) h.file(name, 'precious')
  mkdirSync(join(h.top, 'bound'))
  const meanwhile = `
def swap():
    _rename("${h.where}/d", "${h.top}/aside")
    os.symlink("${h.top}/aside", "${h.where}/d")
    subprocess.check_call(["mount", "--bind", "${h.where}/e", "${h.where}/e"])
then(swap)`
  const row = h.clean(rule, { meanwhile })
  assert.deepEqual([row.files, row.takenFiles], [2, 0])
  assert.equal(held(row)['mount'], 1)
  assert.deepEqual(
    ['aside/x', 'where/e/x', 'other/x'].map((name) => readFileSync(join(h.top, name), 'utf8')),
    ['precious', 'precious', 'precious'],
  )
})

// Fault, clean up: a file is opened while those of other directories are being deleted. Outcome: what is in use is asked again, and it stays.
test('what is in use is asked again while files are deleted', (t) => {
  const h = host(t)
  for (const name of ['d/x', 'e/y']) h.file(name)
  const meanwhile = `
FRESH_S = FRESH_TIMES = 0
between("x", lambda: KEPT_OPEN.append(open("${h.where}/e/y")) if "x" in os.listdir("${h.where}/d") and not KEPT_OPEN else None)
between("y", lambda: KEPT_OPEN.append(open("${h.where}/d/x")) if "y" in os.listdir("${h.where}/e") and not KEPT_OPEN else None)`
  const row = h.clean(rule, { meanwhile })
  assert.deepEqual([row.takenFiles, held(row)], [1, { 'opened meanwhile': 1 }])
})

test('more files than are kept in mind are found by a second walk, and go all the same', (t) => {
  const h = host(t)
  for (const name of ['d/x', 'd/y', 'z']) h.file(name)
  chmodSync(h.where, 0o755)
  const meanwhile = 'MOST_LISTED = 0\ndef delete_listed(*_): raise ValueError("listed")'
  const row = h.clean(rule, { meanwhile })
  assert.deepEqual([row.refused, row.takenFiles, h.names()], [null, 3, ['d']])
})

test('of more files than were counted none goes above the budget', (t) => {
  const h = host(t)
  for (const name of ['a', 'b']) h.file(name)
  const more = `
def more():
    for name in "cd":
        open("${h.where}/" + name, "w").close()
        os.utime("${h.where}/" + name, (10 ** 9, 10 ** 9))
then(more)`
  const row = h.clean(
    { ...rule, budget: { files: 2, bytes: 1e12 } },
    { meanwhile: `MOST_LISTED = 0\n${more}` },
  )
  assert.deepEqual([row.takenFiles, held(row), h.names().length], [2, { 'above the budget meanwhile': 2 }, 2])
})

test('lock files stay, also where their names are written in other letters', (t) => {
  const h = host(t)
  for (const name of ['a', 'app.LOCK', 'app.pid', '.lock-x', 'k/x.LC\u212a', 'p/b.pıd', '\u6570'])
    h.file(name)
  const row = h.clean(rule)
  assert.deepEqual([row.takenFiles, held(row)], [2, { 'lock file': 5 }])
  assert.deepEqual(held(h.scan({ not: ['none'] })), { 'lock file': 5 }, 'one by one too')
})

test('a file whose number a file of another disk has, which is in use, goes like any other', (t) => {
  const h = host(t)
  for (const name of ['a', 'b']) h.file(name)
  const meanwhile = `
_in_use = in_use
def in_use():
    seen = _in_use()
    seen.open.add((1, os.stat("${h.where}/a").st_ino if os.path.exists("${h.where}/a") else 1))
    return seen`
  const row = h.clean(rule, { meanwhile })
  assert.deepEqual([row.files, row.takenFiles, held(row), h.names()], [2, 2, {}, []])
})

/** Python that calls `do()` in the instant after the last look at the first of two files, whichever that is. */
const onceAfter = (...names: readonly string[]) =>
  `DONE = []\n${names.map((name) => `between("${name}", lambda: DONE or (DONE.append(1), do("${name}")))`).join('\n')}`

// Fault, clean up: a file is opened while others of its directory are being deleted. Outcome: what is in use is asked again, and it stays.
test('what is in use is asked again within a directory too', (t) => {
  const h = host(t)
  for (const name of ['x', 'y']) h.file(name)
  const meanwhile = `
FRESH_S = FRESH_TIMES = 0
def do(name): KEPT_OPEN.append(open("${h.where}/" + ("y" if name == "x" else "x")))
${onceAfter('x', 'y')}`
  const row = h.clean(rule, { meanwhile })
  assert.deepEqual([row.takenFiles, held(row)], [1, { 'opened meanwhile': 1 }])
})

// Fault, clean up: a directory is moved away while its files are being deleted. Outcome: what is left in it stays.
test('a directory that is moved away half way keeps what is left in it', (t) => {
  const h = host(t)
  for (const name of ['d/x', 'd/y']) h.file(name)
  const meanwhile = `
CHUNK = 1
def do(_): _rename("${h.where}/d", "${h.top}/rescued")
${onceAfter('x', 'y')}`
  const row = h.clean(rule, { meanwhile })
  assert.deepEqual([row.takenFiles, held(row)], [1, { 'changed meanwhile': 1 }])
  assert.equal(readdirSync(join(h.top, 'rescued')).length, 1)
})

test('what lay in a directory of the rule that is gone is told', (t) => {
  const h = host(t)
  for (const name of ['a', 'd/b', 'd/c']) h.file(name)
  const row = h.clean(rule, { meanwhile: `then(lambda: _rename("${h.where}", "${h.top}/gone"))` })
  assert.deepEqual([row.files, row.takenFiles, held(row)], [3, 0, { 'changed meanwhile': 3 }])
})

test('the last link of a file that somebody changes after the first has gone is young', async (t) => {
  const h = host(t)
  h.file('a')
  linkSync(join(h.where, 'a'), join(h.where, 'b'))
  const asked = { ...rule, ageBy: 'ctime', olderThanS: 2 }
  while (h.scan(asked).files === 0) await sleep(100)
  const meanwhile = `
def change(p):
    if os.stat(p).st_nlink == 1:
        time.sleep(0.1)
        os.chmod(p, 0o600)
for name in "ab": before(name, lambda name=name: change("${h.where}/" + name))`
  const row = h.clean(asked, { meanwhile })
  assert.deepEqual([row.takenFiles, held(row)], [1, { 'young meanwhile': 1 }])
})

test('a directory from which nothing went keeps the time that others gave it', (t) => {
  const h = host(t)
  h.file('d/a')
  utimesSync(join(h.where, 'd'), 1e9, 1e9)
  const meanwhile = `before("a", lambda: (open("${h.where}/d/a", "a").write("new"), open("${h.where}/d/new", "w")))`
  const row = h.clean(rule, { meanwhile })
  assert.deepEqual([row.takenFiles, held(row)], [0, { 'changed meanwhile': 1 }])
  assert.ok(statSync(join(h.where, 'd')).mtimeMs > 1e12)
})

test('a directory whose times can not be given back is named, and the others are cleaned', (t) => {
  const h = host(t)
  for (const name of ['d/x', 'e/y']) h.file(name)
  const meanwhile = `
def utime(*_, **__): raise PermissionError(errno.EPERM, "no")
then(lambda: setattr(os, "utime", utime))`
  const row = h.clean(rule, { meanwhile })
  assert.deepEqual([row.takenFiles, row.failed.map(({ count }) => count)], [2, [2]])
})
