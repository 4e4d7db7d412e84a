import assert from 'node:assert/strict'
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { freshDirectory } from '../journal/open-state.ts'
import type { Answer, Ask } from './contender-process.ts'

const program = join(import.meta.dirname, 'contender-process.ts')
const ends = ['released', 'dead', 'expired'] as const

async function asked(child: ChildProcess | undefined, ask: Ask): Promise<Answer> {
  assert.ok(child)
  const answer = once(child, 'message')
  child.send(ask)
  return (await answer)[0] as Answer
}

// Fault 12, controllers: eight processes contend for the lease.
// Outcome: exactly one wins each time, with the next token.
test('8 processes contend 200 times: each time exactly one wins, with the next token', async (context) => {
  const dir = await freshDirectory(context)
  const children = Array.from({ length: 8 }, () => fork(program, [dir]))
  context.after(() => children.forEach((child) => child.kill()))
  await Promise.all(children.map((child) => once(child, 'message')))
  const winners = new Set<number>()
  let now = Date.UTC(2026, 0, 1)
  let dead = 0
  for (let round = 1; round <= 200; round += 1) {
    const pids = children.map((_, index) => round * 10 + index)
    const answers = await Promise.all(
      children.map((child, index) => asked(child, { now, dead, pid: pids[index] ?? 0 })),
    )
    const won = answers.findIndex(({ token }) => token !== undefined)
    assert.deepEqual(
      answers.filter(({ token }) => token !== undefined),
      [{ token: round }],
    )
    assert.equal(answers.filter(({ code }) => code === 'lease/held').length, 7)
    winners.add(won)
    const end = ends[round % 3]
    if (end === 'released') await asked(children[won], 'release')
    if (end === 'dead') dead = pids[won] ?? 0
    if (end === 'expired') now += 1000
  }
  assert.ok(winners.size > 1)
  assert.deepEqual(await readdir(dir), ['200.json'])
})
