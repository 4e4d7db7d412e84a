import assert from 'node:assert/strict'
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import test from 'node:test'
import { host } from './host.ts'

/** A rename that never replaces another file, on a file system that does not have it: OpenZFS before 2.2 answers like that. */
const refusing = `
def rename_new(name, fd, to, to_fd):
    raise OSError(errno.EINVAL, os.strerror(errno.EINVAL), name)`

const rules = {
  'puts aside': {},
  'deletes whole directories at once': { what: ['*/'], regenerable: true },
  'takes whole directories': { what: ['*/'] },
  compresses: { what: ['a'], do: 'compress' },
  archives: { do: 'archive' },
} as const
for (const [does, changes] of Object.entries(rules)) {
  // Fault, clean up: the file system can not rename without replacing, so that nothing could come back. Outcome: the rule is refused there, and nothing of it is taken.
  test(`where nothing could come back, a rule that ${does} is refused, and leaves nothing over`, (t) => {
    const h = host(t)
    h.file('a')
    h.file('tree/b')
    h.age(join(h.where, 'tree'), 90_000)
    const row = h.clean(changes, { meanwhile: refusing })
    assert.deepEqual(
      [row.refused?.code, row.refused?.found.replace(/.*: /, ''), row.takenFiles],
      ['no-way-back', 'Invalid argument', 0],
    )
    assert.deepEqual([h.names(), h.exists('tree/b')], [['a', 'tree'], true])
    assert.deepEqual(readdirSync(join(h.home, 'quarantine')), [])
    assert.equal(h.clean(changes).refused, null)
  })
}

test('a rule that deletes files at once, where they are, needs no way back', (t) => {
  const h = host(t)
  h.file('a')
  const row = h.clean({ regenerable: true }, { meanwhile: refusing })
  assert.deepEqual([row.refused, row.takenFiles, h.names()], [null, 1, []])
  assert.equal(existsSync(join(h.home, 'quarantine')), false)
})

test('a system call of the same number that does something else is no such rename', (t) => {
  const h = host(t)
  h.file('a')
  const row = h.clean({}, { meanwhile: 'def rename_new(name, fd, to, to_fd): pass' })
  assert.equal(row.refused?.code, 'no-way-back')
  assert.deepEqual(h.names(), ['a'])
})

test('a kernel without such a rename is found by the plan already, which writes nothing', (t) => {
  const h = host(t)
  h.file('a')
  const rules = [{ ...h.rule, where: [h.where] }]
  const meanwhile = '_RENAMEAT2 = None'
  const planned = h.ask({ verb: 'scan', rules, meanwhile }) as ReturnType<typeof h.host>
  assert.deepEqual(
    [planned.rules[0]?.refused?.code, planned.rules[0]?.refused?.found],
    ['no-way-back', 'Function not implemented'],
  )
  assert.deepEqual(readdirSync(h.home), [])
  assert.equal(h.clean({}, { meanwhile }).refused?.code, 'no-way-back')
  assert.deepEqual([h.names(), existsSync(join(h.home, 'quarantine'))], [['a'], false])
})
