import assert from 'node:assert/strict'
import { readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'node:test'
import { held, host } from './host.ts'

const ways = [
  { says: 'put aside', regenerable: false },
  { says: 'deleted at once', regenerable: true },
] as const

function tree(h: ReturnType<typeof host>, name: string, ageS = 90_000): void {
  h.file(`${name}/sub/file`, name, ageS)
  for (const path of [`${name}/sub`, name]) h.age(join(h.where, path), ageS)
}

for (const { says, regenerable } of ways) {
  // Fault, clean up: another tree takes the name of an old one in the instant before it is taken. Outcome: it is back in its place.
  test(`a tree that changes places with the one to be ${says} is back, whole`, (t) => {
    const h = host(t)
    tree(h, 'old')
    tree(h, 'young', 0)
    const row = h.clean(
      { what: ['old/'], regenerable },
      {
        meanwhile: `before("old", lambda: (_rename("${h.where}/old", "${h.top}/aside"), _rename("${h.where}/young", "${h.where}/old")))`,
      },
    )
    assert.deepEqual([row.takenTrees, row.putBack, held(row)], [0, 1, { 'changed meanwhile': 1 }])
    assert.equal(readFileSync(join(h.where, 'old/sub/file'), 'utf8'), 'young')
  })

  const troubles = {
    'gets a young file': ['open(p + "/old/sub/new", "w").close()', 'young meanwhile'],
    'gets an open file': ['KEPT_OPEN.append(open(p + "/old/sub/file"))', 'opened meanwhile'],
    'gets a lock file': ['open(p + "/old/sub/x.lock", "w").close()', 'lock file (in the tree) meanwhile'],
    'gets a mount': [
      'subprocess.check_call(["mount", "-t", "tmpfs", "tmpfs", p + "/old/sub"])',
      'mount (in the tree) meanwhile',
    ],
    'becomes a database': ['open(p + "/old/PG_VERSION", "w").close()', 'database (in the tree)'],
  } as const
  for (const [what, [python, why]] of Object.entries(troubles)) {
    // Fault, clean up: a tree changes or comes into use in the instant before it is taken. Outcome: all of it is back in its place.
    test(`a tree that ${what} in the instant before it is ${says} is back, whole`, (t) => {
      const h = host(t)
      tree(h, 'old')
      const meanwhile = `p = "${h.where}"\nbefore("old", lambda: ${python})`
      const row = h.clean({ what: ['*/'], regenerable }, { meanwhile })
      assert.deepEqual([row.takenTrees, row.takenBytes, row.putBack], [0, 0, 1])
      assert.deepEqual(held(row), { [why]: 1 })
      assert.equal(readFileSync(join(h.where, 'old/sub/file'), 'utf8'), 'old')
    })
  }

  test(`a file that is written to in the instant before it is ${says} is in its place`, (t) => {
    const h = host(t)
    h.file('a', 'old')
    const meanwhile = `before("a", lambda: open("${h.where}/a", "a").write(" and new"))`
    const row = h.clean({ regenerable }, { meanwhile })
    assert.deepEqual([row.takenFiles, row.putBack], [0, regenerable ? 0 : 1])
    assert.deepEqual(held(row), { 'changed meanwhile': 1 })
    assert.equal(readFileSync(join(h.where, 'a'), 'utf8'), 'old and new')
  })

  // Fault, clean up: the host refuses in the middle of a rule. Outcome: what was taken before is told.
  test(`what was ${says} before a rule is refused half way is told`, (t) => {
    const h = host(t)
    for (const name of ['a', 'b', 'c']) h.file(`${name}/x`)
    const meanwhile = `
def refuse():
    raise Refused("mount-unknown", "Half way.", "x")
count = [0]
whole, _unlink = Taking.take, os.unlink
def take(self, *words):
    count[0] += 1
    if count[0] == 3: refuse()
    return whole(self, *words)
Taking.take = take
def unlink(name, **where):
    if os.fsdecode(name) == "x": count[0] += 1
    if count[0] == 3: refuse()
    _unlink(name, **where)
os.unlink = unlink`
    const row = h.clean({ regenerable }, { meanwhile })
    assert.deepEqual([row.refused?.code, row.takenFiles], ['mount-unknown', 2])
    const left = ['a', 'b', 'c'].flatMap((name) => readdirSync(join(h.where, name))).length
    assert.equal(left, 1)
    if (!regenerable) assert.equal(h.undo().back, 2)
  })
}

// Fault, clean up: what was swapped in can not go back, since its name is taken again. Outcome: it is kept for ever, and named.
test('what was swapped in where an old file was to be put aside, and can not go back, is kept for ever', (t) => {
  const h = host(t)
  h.file('a', 'old')
  const meanwhile = `
def swap():
  os.unlink("${h.where}/a")
  open("${h.where}/a", "w").write("precious")
before("a", swap)
after("a", lambda: open("${h.where}/a", "w").write("newest"))`
  const row = h.clean({}, { meanwhile })
  assert.deepEqual([row.takenFiles, row.kept, row.putBack], [0, 1, 0])
  const [name] = row.keptNames
  assert.equal(name?.path, join(h.where, 'a'))
  assert.equal(readFileSync(name.place, 'utf8'), 'precious')
  assert.equal(readFileSync(join(h.where, 'a'), 'utf8'), 'newest')
  h.purge()
  assert.equal(readFileSync(name.place, 'utf8'), 'precious')
  assert.deepEqual(h.host('scan').keptForEver, [{ place: join(h.home, 'quarantine/kept'), count: 1 }])
  assert.match(readFileSync(join(h.home, 'quarantine/kept/list'), 'utf8'), /"p": .*where\/a"/)
})

// Fault, clean up: another file takes the name of one that is being compressed. Outcome: it stays, and nothing is made of the old one.
test('a file that changes places with the one that was compressed stays, and no compressed one stands beside it', (t) => {
  const h = host(t)
  h.file('a', 'old '.repeat(10_000))
  h.file('b', 'young', 0)
  const row = h.clean(
    { do: 'compress', what: ['a'] },
    { meanwhile: `before("a", lambda: _rename("${h.where}/b", "${h.where}/a"))` },
  )
  assert.deepEqual([row.takenFiles, row.putBack], [0, 1])
  assert.deepEqual(h.names(), ['a'])
  assert.equal(readFileSync(join(h.where, 'a'), 'utf8'), 'young')
})

test('a file that is opened while it is compressed stays as it is', (t) => {
  const h = host(t)
  h.file('a', 'old '.repeat(10_000))
  const meanwhile = `before("a", lambda: KEPT_OPEN.append(open("${h.where}/a")))`
  const row = h.clean({ do: 'compress' }, { meanwhile })
  assert.deepEqual([row.takenFiles, row.takenBytes, held(row)], [0, 0, { 'opened meanwhile': 1 }])
  assert.deepEqual(h.names(), ['a'])
})

test('each thing is in the manifest, on the disk, before it is moved', (t) => {
  const h = host(t)
  for (let index = 0; index < 5; index++) h.file(`d/f${index}`)
  const meanwhile = `
def look():
    text = open("${h.home}/quarantine/run-1/manifest").read()
    assert text.endswith("\\n") and all('"f%d"' % n in text for n in range(5)), text
for n in range(5): before("f%d" % n, look)`
  assert.equal(h.clean({}, { meanwhile }).takenFiles, 5)
})

test('what lies in a quarantine and is not what its manifest says is kept when its time is over', (t) => {
  const h = host(t)
  h.file('a')
  h.file('b')
  h.clean()
  const run = join(h.home, 'quarantine/run-1')
  writeFileSync(join(run, 'a-stranger'), 'precious')
  // Another file under the name of one that was put aside.
  writeFileSync(join(run, 'new'), 'precious too')
  renameSync(join(run, 'new'), join(run, '00000001'))
  h.over()
  const { gone, strays, stuck } = h.purge()
  assert.deepEqual([gone, strays, stuck], [1, 2, 0])
  const kept = join(h.home, 'quarantine/kept')
  assert.deepEqual(readdirSync(kept).sort(), ['list', 'run-1-00000001', 'run-1-a-stranger'])
})
