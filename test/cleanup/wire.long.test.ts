import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import test from 'node:test'
import { connectSsh, type Host } from '../../connect/ssh.ts'
import type { ResolvedCleanupRule } from '../../core/estate/resolved.ts'
import { wouldCleanUp } from '../../playbooks/facts/cleanup/ask.ts'
import { startServer } from '../connect/sshd.ts'
import { valueOf } from '../core/journal/open-state.ts'
import { host } from './host.ts'
import { inRoom } from './room.ts'

const few = 1000
const many = 200_000
/** What an answer says more about many files than about few: longer figures. */
const mostMoreBytes = 200
/** What it may cost the controller's memory; a list of these names alone would be as large. */
const mostMoreMemory = 16e6

/** Makes files up to so many, with names of one length, and all so old that they go. */
function filled(where: string, from: number, to: number): void {
  execFileSync('python3', [
    '-c',
    `
import os, sys
for n in range(${from}, ${to}):
    p = "%s/d%03d" % (sys.argv[1], n % 200)
    if n % 1000 < 200: os.makedirs(p, exist_ok=True)
    f = "%s/file-with-a-name-of-usual-length-and-number-%06d" % (p, n)
    os.close(os.open(f, os.O_CREAT | os.O_WRONLY)); os.utime(f, (10 ** 9, 10 ** 9))`,
    where,
  ])
}

/** Asks as a plan does, over SSH; gives what came over the wire, and the most memory that was held meanwhile. */
async function asked(to: Host, rule: ResolvedCleanupRule) {
  let wireBytes = 0
  const before = process.memoryUsage().rss
  let most = before
  const watching = setInterval(() => (most = Math.max(most, process.memoryUsage().rss)), 10)
  const counting: Host = {
    ...to,
    async run(...words) {
      const ran = await to.run(...words)
      if (ran.ok) wireBytes += ran.value.stdout.length + ran.value.stderr.length
      return ran
    },
  }
  const question = { id: 'run', quarantineMs: 86_400_000, rules: [{ rule, pinned: null }] }
  const answer = valueOf(await wouldCleanUp(counting, question, Date.now))
  clearInterval(watching)
  return { files: answer.rules[0]?.files, wireBytes, moreMemory: most - before }
}

test('what a host says of 200,000 files is no longer than what it says of 1,000, and no memory of the controller grows', async (t) => {
  const server = await startServer({ around: inRoom })
  t.after(() => server.stop())
  const connection = valueOf(await connectSsh(server.target('app'), { timeoutMs: 20_000 }))
  t.after(() => connection.close())
  const h = host(t)
  const budget = { files: 1_000_000, bytes: 1e12 }
  const rule: ResolvedCleanupRule = {
    ...{ name: 'rule', where: [h.where], what: ['**/*'], not: [], olderThanMs: 3_600_000, ageBy: 'mtime' },
    ...{ keepNewest: 0, capBytes: null, onlyAbovePercent: null, budget, do: 'delete', keepTailBytes: null },
    ...{ kernels: false, regenerable: false, rotatesJournal: false, mount: false, roles: null },
  }
  filled(h.where, 0, few)
  await asked(connection, rule)
  const first = await asked(connection, rule)
  filled(h.where, few, many)
  const second = await asked(connection, rule)
  assert.deepEqual([first.files, second.files], [few, many])
  t.diagnostic(`plan of 1,000: ${first.wireBytes} bytes, of 200,000: ${second.wireBytes}`)
  t.diagnostic(`memory of the controller: ${first.moreMemory} bytes more, then ${second.moreMemory}`)
  assert.ok(
    second.wireBytes - first.wireBytes <= mostMoreBytes,
    `${first.wireBytes}, then ${second.wireBytes}`,
  )
  assert.ok(second.moreMemory - first.moreMemory < mostMoreMemory, `${second.moreMemory}`)

  // Of a run the same: all of it put aside, and all of it back.
  const row = h.clean({ budget })
  assert.equal(row.takenFiles, many)
  const ran = h.length()
  const { back } = h.undo()
  assert.equal(back, many)
  t.diagnostic(`run: ${ran} bytes; undo: ${h.length()}`)
  assert.ok(ran <= 4096 && h.length() <= 4096, `${ran}, ${h.length()}`)
  assert.ok(h.exists(join('d199', 'file-with-a-name-of-usual-length-and-number-000199')))
})
