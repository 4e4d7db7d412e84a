import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'node:test'
import { held, host } from './host.ts'

const blind = {
  'a second look that fails': `
def failing(*_): raise OSError(errno.EIO, "Input/output error")
Taking.second_look = failing`,
  'a second look without memory': `
def failing(*_): raise MemoryError()
Taking.second_look = failing`,
  'no answer to what is open by then': `
looks, asked = in_use, [0]
def in_use():
    asked[0] += 1
    if asked[0] > 2: raise OSError(errno.EMFILE, "Too many open files")
    return looks()`,
} as const
for (const [what, meanwhile] of Object.entries(blind)) {
  // Fault, clean up: what was moved aside can not be looked at again. Outcome: nobody has judged it, so all of it is back in its place.
  test(`${what}: what was to be put aside is back, since nobody has judged it`, (t) => {
    const h = host(t)
    for (const name of ['a', 'b']) h.file(name)
    const row = h.clean({}, { meanwhile })
    assert.deepEqual([row.takenFiles, row.putBack, row.kept], [0, 2, 0])
    assert.deepEqual(held(row), { 'can not be looked at again': 2 })
    assert.equal(row.failed[0]?.count, 2)
    assert.deepEqual(h.names(), ['a', 'b'])
  })
}

const unlooked = {
  'a last look that fails': {
    meanwhile: `
def failing(*_, dir_fd=None): raise OSError(errno.EIO, "Input/output error")
os.lstat = failing`,
    failed: [['Input/output error', 2]],
    refused: undefined,
  },
  'a last look without memory': {
    meanwhile: `
def failing(name, dir_fd=None):
    if dir_fd is not None: raise MemoryError()
    raise OSError(errno.ENOENT, "No such file")
os.lstat = failing`,
    failed: [],
    refused: 'trouble',
  },
  'no answer to what is open by then': {
    meanwhile: `
looks, asked = in_use, [0]
def in_use():
    asked[0] += 1
    if asked[0] > 1: raise OSError(errno.EMFILE, "Too many open files")
    return looks()`,
    failed: [['Too many open files', 1]],
    refused: undefined,
  },
  'processes that can not be seen by then': {
    meanwhile: `
looks, asked = in_use, [0]
def in_use():
    asked[0] += 1
    seen = looks()
    if asked[0] > 1: seen.blind = [1]
    return seen`,
    failed: [],
    refused: 'blind',
  },
} as const
for (const [what, { meanwhile, failed, refused }] of Object.entries(unlooked)) {
  // Fault, clean up: what was to be deleted at once can not be looked at a last time. Outcome: nobody has judged it, so it stays.
  test(`${what}: what was to be deleted at once stays, since nobody has judged it`, (t) => {
    const h = host(t)
    for (const name of ['a', 'b']) h.file(name)
    const row = h.clean({ regenerable: true }, { meanwhile })
    assert.deepEqual([row.takenFiles, row.putBack, row.refused?.code], [0, 0, refused])
    assert.deepEqual(
      row.failed.map(({ why, count }) => [why, count]),
      failed,
    )
    assert.deepEqual(h.names(), ['a', 'b'])
  })
}

/** A file is opened in the instant before it is taken, and no rename out of the quarantine works, of one directory neither if `all`. */
const full = (h: ReturnType<typeof host>, all: boolean) => `
before("a", lambda: KEPT_OPEN.append(open("${h.where}/a")))
whole = rename_new
def rename_new(name, fd, to, to_fd):
    if name.startswith("0") and (${all ? 'True' : 'False'} or fd != to_fd): raise OSError(errno.ENOSPC, "No space left on device")
    whole(name, fd, to, to_fd)`

// Fault, clean up: what must go back can neither go back nor be kept elsewhere, on a full disk. Outcome: no purge removes it.
test('what can go nowhere at all is hidden from every purge', (t) => {
  const h = host(t)
  const quarantine = join(h.home, 'quarantine')
  h.file('a', 'opened meanwhile')
  h.file('b')
  const row = h.clean({}, { meanwhile: full(h, false) })
  assert.deepEqual([row.takenFiles, row.kept], [1, 1])
  assert.match(row.keptNames[0]?.place ?? '', /quarantine\/run-1\/s\d{7}$/)
  h.over()
  assert.deepEqual([h.purge().strays, readdirSync(quarantine)], [1, ['kept']])
  const kept = readdirSync(join(quarantine, 'kept')).filter((name) => name !== 'list')
  assert.equal(readFileSync(join(quarantine, 'kept', kept[0] ?? ''), 'utf8'), 'opened meanwhile')
})

// Fault, clean up: what must go back can not even be renamed. Outcome: its quarantine loses its time, and undo still brings it back.
test('where it can not even be hidden, its quarantine has no time any more, and gets no other one', (t) => {
  const h = host(t)
  h.file('a', 'opened meanwhile')
  h.file('b')
  const row = h.clean({}, { meanwhile: full(h, true) })
  assert.deepEqual([row.takenFiles, row.kept], [1, 1])
  assert.equal(h.purge().untimed, 1)
  h.file('c')
  assert.equal(h.clean().takenFiles, 1)
  assert.deepEqual([h.purge().untimed, h.purge().gone], [1, 0])
  assert.deepEqual([h.undo().back, h.names()], [3, ['a', 'b', 'c']])
})
