import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { createHash } from 'node:crypto'
import { join } from 'node:path'
import { describe, test, type TestContext } from 'node:test'
import { cleanupProgram, cleanupScript } from '../../playbooks/facts/cleanup/program.ts'
import { host } from './host.ts'
import { inRoom } from './room.ts'

const program = await cleanupProgram()
const script = await cleanupScript()
const id = 'run-1.archive.rule'

/** What `pack` prints, and the last line of its errors. */
function packed(h: ReturnType<typeof host>) {
  const [around = '', ...words] = inRoom
  const question = JSON.stringify({ verb: 'pack', home: h.home, id })
  const text = `set -- "$1" "$2"\n${script}`
  const ran = spawnSync(around, [...words, 'sh', '-c', text, 'sh', program, question], { maxBuffer: 1 << 28 })
  const last = ran.stderr.toString().trim().split('\n').at(-1) ?? ''
  return { code: ran.status, archive: ran.stdout, last }
}

function drop(h: ReturnType<typeof host>, manifest: string) {
  return h.ask({ verb: 'drop', id, manifest }) as { gone: number; strays: number; trouble: string | null }
}

function filled(t: TestContext) {
  const h = host(t)
  h.file('one.csv', 'first')
  h.file('deep/zwei ü.csv', 'second')
  h.file(Buffer.from('bad-\xff\xfe\n.csv', 'latin1'), 'third')
  execFileSync('chown', ['1234:4321', join(h.where, 'one.csv')])
  execFileSync('chmod', ['4640', join(h.where, 'one.csv')])
  mkdirSync(join(h.where, 'session-1/in'), { recursive: true })
  writeFileSync(join(h.where, 'session-1/in/x'), 'in a tree')
  symlinkSync('../../../etc/passwd', join(h.where, 'session-1/link'))
  for (const name of ['session-1/in/x', 'session-1/in', 'session-1']) h.age(join(h.where, name), 86_400)
  execFileSync('touch', ['-h', '-d', '2 days ago', join(h.where, 'session-1/link')])
  h.age(join(h.where, 'session-1'), 86_400)
  return h
}

const look = (directory: string) =>
  execFileSync('sh', [
    '-c',
    'cd "$1" && find . -mindepth 1 -printf "%P %y %U %G %m %T@ %s %l\\n" | sort',
    'sh',
    directory,
  ])
    .toString('latin1')
    .replaceAll(/^(\S+ d .*) \d+ $/gm, '$1')

test('an archive is a tar that others read: content, owner, mode, times, names of any bytes, trees; only then it goes', (t) => {
  const h = filled(t)
  const before = look(h.where)
  const run = h.clean({ do: 'archive', what: ['**/*.csv', 'session-*/'] })
  assert.deepEqual([run.takenFiles, run.takenTrees, run.aside, run.refused], [4, 1, true, null])
  assert.deepEqual(h.names(), ['deep'])
  const { code, archive, last } = packed(h)
  assert.equal(code, 0, last)
  const said = JSON.parse(last) as { sha256: string; bytes: number; entries: number; manifest: string }
  assert.equal(said.sha256, createHash('sha256').update(archive).digest('hex'))
  assert.deepEqual([said.bytes, said.entries], [archive.length, 7])
  const to = join(h.top, 'out')
  mkdirSync(to)
  execFileSync('tar', ['-xzpf', '-', '-C', to, '--same-owner', '--delay-directory-restore'], {
    input: archive,
  })
  const out = look(join(to, h.where))
  for (const line of before.split('\n').filter((one) => !one.startsWith('deep d')))
    assert.ok(out.includes(line), `${line}\n${out}`)
  // The same bytes when it is asked for again: a try that was broken off is known by its digest.
  assert.deepEqual(packed(h).archive, archive)
  assert.deepEqual(h.purge(), { gone: 0, kept: 0, untimed: 1, stuck: 0, strays: 0, bytes: 0 })
  assert.deepEqual(drop(h, said.manifest), { gone: 1, strays: 0, trouble: null })
  assert.deepEqual(readdirSync(join(h.home, 'quarantine')), [])
  assert.deepEqual(drop(h, said.manifest), { gone: 0, strays: 0, trouble: null }, 'and again')
})

test('until it is archived, undo brings all of it back, and no time empties the quarantine', (t) => {
  const h = filled(t)
  const before = look(h.where)
  h.clean({ do: 'archive', what: ['**/*.csv', 'session-*/'] }, { quarantineS: -10 })
  assert.equal(h.purge().untimed, 1)
  assert.equal(h.undo().back, 4)
  assert.equal(look(h.where), before)
  const { code, last } = packed(h)
  assert.equal(code, 0)
  assert.equal((JSON.parse(last) as { entries: number }).entries, 0)
})

// Fault, clean up: a file is exchanged in the quarantine while it is archived. Outcome: no archive, and what lies there is kept.
test('what is not what was put aside is neither archived nor removed', (t) => {
  const h = host(t)
  h.file('a.csv', 'first')
  h.file('b.csv', 'second')
  h.clean({ do: 'archive' })
  const aside = join(h.home, 'quarantine', id)
  const { last } = packed(h)
  const { manifest } = JSON.parse(last) as { manifest: string }
  writeFileSync(join(aside, '00000000'), 'another')
  assert.notEqual(packed(h).code, 0)
  assert.match(packed(h).last, /another file lies in the quarantine/)
  assert.equal(
    drop(h, '0'.repeat(64)).trouble,
    'The list of what was put aside is another one than that of the archive.',
  )
  assert.equal(readFileSync(join(aside, '00000001'), 'utf8').length > 0, true)
  assert.deepEqual(drop(h, manifest), { gone: 1, strays: 1, trouble: null })
  assert.deepEqual(
    readdirSync(join(h.home, 'quarantine/kept')).filter((name) => name !== 'list'),
    [`${id}-00000000`],
  )
})

test('no verb of an archive touches the quarantine of another rule', (t) => {
  const h = host(t)
  h.file('a.csv')
  h.clean()
  assert.throws(() => h.ask({ verb: 'drop', id: 'run-1', manifest: '' }), /no quarantine of an archive/)
  assert.throws(() => h.ask({ verb: 'pack', id: 'run-1' }), /no quarantine of an archive/)
  assert.equal(h.undo().back, 1)
})

// Fault, clean up: the host kills the work before it has looked at what it moved to be archived. Outcome: all of it is archived, once nobody has it open.
test('what a run that was killed has moved is archived, and not while somebody has it open', async (t) => {
  const h = host(t)
  h.file('a.csv', 'first')
  h.file('b.csv', 'second')
  const meanwhile = `after('a.csv', lambda: os._exit(9))`
  assert.throws(() => h.clean({ do: 'archive' }, { meanwhile }))
  const aside = join(h.home, 'quarantine', id)
  const moved = readdirSync(aside).filter((name) => /^\d{8}$/.test(name))
  assert.equal(moved.length + h.names().length, 2)
  await h.process(`import sys\nkept = open(${JSON.stringify(join(aside, moved[0] ?? ''))}, 'a')`)
  const held = packed(h)
  assert.notEqual(held.code, 0)
  assert.match(held.last, /somebody still has it open/)
  await h.killAll()
  const { code, last } = packed(h)
  assert.equal(code, 0, last)
  const { entries, manifest } = JSON.parse(last) as { entries: number; manifest: string }
  assert.equal(entries, moved.length)
  // What was packed was looked at by that.
  assert.deepEqual(drop(h, manifest), { gone: 1, strays: 0, trouble: null })
})

describe('a rule over two file systems', () => {
  const words = ['**/*.csv']

  /** The second one is mounted in the room alone, and stays whole while it is not. */
  function two(t: TestContext) {
    const h = host(t)
    const held = join(h.top, 'held')
    const disk = join(h.top, 'disk')
    const inside = (text: string) => {
      const [around = '', ...more] = inRoom
      execFileSync(around, [...more, 'sh', '-ec', text, 'sh', held, disk])
    }
    mkdirSync(held)
    mkdirSync(disk)
    inside('mount -t tmpfs -o mode=755 upkeep-test "$1"; mount --bind "$1" "$2"')
    inside('echo second >"$2/b.csv"; touch -d "2 days ago" "$2/b.csv"')
    h.file('a.csv', 'first')
    const run = h.clean({ do: 'archive', what: words, where: [h.where, disk], mount: true })
    assert.deepEqual([run.takenFiles, run.refused, run.failed], [2, null, []])
    return { ...h, inside }
  }

  // Fault, clean up: one of two file systems can not be written to when what was archived is removed. Outcome: the other is done, and the next try does the rest.
  test('what one of them can not do now, the next try does', (t) => {
    const h = two(t)
    const { code, last } = packed(h)
    assert.equal(code, 0, last)
    const { entries, manifest } = JSON.parse(last) as { entries: number; manifest: string }
    assert.equal(entries, 2)
    h.inside('mount -o remount,bind,ro "$2"')
    const half = drop(h, manifest)
    assert.deepEqual([half.gone, half.strays], [1, 0])
    assert.match(half.trouble ?? '', /Read-only/)
    h.inside('mount -o remount,bind,rw "$2"')
    assert.deepEqual(drop(h, manifest), { gone: 1, strays: 0, trouble: null })
    h.inside('[ -z "$(ls -A "$2/.upkeep-quarantine")" ]')
  })

  // Fault, clean up: a file system is not mounted when what was put aside there is to be archived, or to be removed after it was. Outcome: nothing passes for done.
  test('one that is not mounted keeps the archive waiting', (t) => {
    const h = two(t)
    h.inside('umount "$2"')
    const without = packed(h)
    assert.notEqual(without.code, 0)
    assert.match(without.last, /is that file system mounted\? .*\/disk\/\.upkeep-quarantine/)
    h.inside('mount --bind "$1" "$2"')
    const { code, last } = packed(h)
    assert.equal(code, 0, last)
    const { entries, manifest } = JSON.parse(last) as { entries: number; manifest: string }
    assert.equal(entries, 2)
    h.inside('umount "$2"')
    const half = drop(h, manifest)
    assert.equal(half.gone, 1)
    assert.match(half.trouble ?? '', /is that file system mounted/)
    h.inside('mount --bind "$1" "$2"')
    assert.deepEqual(drop(h, manifest), { gone: 1, strays: 0, trouble: null })
    assert.equal(readFileSync(join(h.home, 'cleanup/archives'), 'utf8'), '')
  })
})
