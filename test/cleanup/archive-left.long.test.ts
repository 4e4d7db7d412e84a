import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test, { type TestContext } from 'node:test'
import { connectSsh } from '../../connect/ssh.ts'
import { pendingArchives } from '../../core/cleanup/archive.ts'
import type { CleanupEvent } from '../../core/cleanup/events.ts'
import { archive } from '../../playbooks/cleanup/archive.ts'
import { cleanupQuestion } from '../../playbooks/facts/cleanup/ask.ts'
import { cleanupProgram, cleanupScript } from '../../playbooks/facts/cleanup/program.ts'
import type { Session } from '../../playbooks/rollout/session.ts'
import type { Event } from '../../schemas/event.ts'
import { ok } from '../../schemas/problem.ts'
import { startServer } from '../connect/sshd.ts'
import { mayMount } from '../core/tiny-disk.ts'

const timeoutMs = 60_000

/** A host with processes, a directory of Upkeep's own and a disk that it alone sees, and a place for archives. */
async function source(context: TestContext) {
  const top = mkdtempSync(join(tmpdir(), 'upkeep-left-'))
  context.after(() => rmSync(top, { recursive: true, force: true }))
  const disk = join(top, 'disk')
  const directory = join(top, 'archive')
  mkdirSync(disk)
  mkdirSync(directory, { mode: 0o700 })
  const own = `mount -t tmpfs upkeep-test /var/lib && mkdir -m 700 /var/lib/upkeep
mount -t tmpfs -o mode=755 upkeep-test ${disk} && exec "$@"`
  const room = ['unshare', '--mount', '--pid', '--fork', '--kill-child', '--mount-proc']
  const server = await startServer({ around: [...room, 'sh', '-ec', own, 'sh'] })
  context.after(() => server.stop())
  const open = await connectSsh(server.target('erp-1'), { timeoutMs })
  assert.ok(open.ok, JSON.stringify(open))
  context.after(() => open.value.close())
  return { host: open.value, disk, directory }
}

// Fault, clean up: the controller is killed at work on a host, and nobody ever asks how that ended. Outcome: what was put aside is archived by the next run.
test(
  'what was put aside and never heard of is archived, and goes',
  {
    skip: !mayMount && 'needs root',
  },
  async (context) => {
    const { host, disk, directory } = await source(context)
    const run = async (script: string, args: readonly string[] = []) => {
      const ran = await host.run(script, { root: true, args, timeoutMs })
      assert.ok(ran.ok && ran.value.code === 0, JSON.stringify(ran))
      return ran.value.stdout
    }
    // A new file system in memory counts its inodes from 1, and so do others, whose files may be locked.
    await run(
      'cd "$1" && seq 999 | xargs touch && rm -- * && echo first >a.csv && touch -d "2 days ago" a.csv',
      [disk],
    )
    const to = { host: 'store', directory }
    const rule = {
      name: 'exports',
      where: [disk],
      what: ['*.csv'],
      not: [],
      olderThanMs: 3_600_000,
      ageBy: 'mtime',
      keepNewest: 0,
      capBytes: null,
      onlyAbovePercent: null,
      budget: { files: 10, bytes: 1 << 20 },
      do: 'archive',
      archiveTo: to,
      keepTailBytes: null,
      kernels: false,
      regenerable: false,
      rotatesJournal: false,
      mount: true,
      roles: null,
    } as const
    const asked = { id: 'c-1', quarantineMs: 86_400_000, rules: [{ rule, pinned: null }] }
    const said = await run(await cleanupScript(), [await cleanupProgram(), cleanupQuestion('clean', asked)])
    assert.equal(await run('ls "$1"', [disk]), '', said)

    const events = [
      { type: 'cleanup.started', data: { cleanup: 'c-1', system: 'erp' } },
      {
        type: 'cleanup.host.started',
        subject: 'erp-1',
        data: {
          cleanup: 'c-1',
          ring: 'test',
          rules: [{ name: rule.name, digest: '0'.repeat(64), archiveTo: to }],
        },
      },
    ] as unknown as Event[]
    const session = {
      fence: { estate: 'left', token: 1, holder: 'next' },
      pool: { get: () => Promise.resolve(ok(host)) },
      record(event: CleanupEvent) {
        events.push(event as unknown as Event)
        return Promise.resolve(event)
      },
    } as unknown as Session
    const [pending] = pendingArchives(events, 'erp')
    assert.ok(pending)
    const end = await archive(session, pending)
    assert.deepEqual([end.outcome, end.problem], ['done', undefined])
    assert.deepEqual(readdirSync(directory), ['c-1_erp-1_exports.tar.gz'])
    assert.equal(await run(`tar -xzOf "$1"`, [join(directory, 'c-1_erp-1_exports.tar.gz')]), 'first\n')
    assert.equal(await run('ls -A "$1/.upkeep-quarantine"', [disk]), '')
    assert.deepEqual(
      events.slice(2).map(({ type }) => type),
      ['cleanup.archive.started', 'cleanup.archived', 'cleanup.archive.ended'],
    )
    assert.deepEqual(pendingArchives(events, 'erp'), [])
  },
)
