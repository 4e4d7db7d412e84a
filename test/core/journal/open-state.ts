import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { type Journal, type JournalOptions, openJournal } from '../../../core/journal/open.ts'
import type { Result } from '../../../schemas/problem.ts'

/** A lease that nobody contends for. */
export const soleLease = { token: 1, contested: 0, lost: false, held: async () => true } as const

/** A new directory that is removed when the test ends. */
export async function freshDirectory(context: TestContext): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'upkeep-test-'))
  context.after(() => rm(dir, { recursive: true, force: true }))
  return dir
}

/** Opens a journal with a clock that moves one second at each event. */
export function openForTest(dir: string, options: Partial<JournalOptions> = {}): Promise<Result<Journal>> {
  let time = Date.UTC(2026, 0, 31, 23, 59, 50)
  const now = () => (time += 1000)
  return openJournal({ dir, source: 'upkeep/test', actor: 'ada@ops-1', lease: soleLease, now, ...options })
}

/** The value of a result that must be a success. */
export function valueOf<T>(result: Result<T>): T {
  if (!result.ok) throw new Error(result.problems.map((problem) => problem.what).join('\n'))
  return result.value
}

/** Writes a journal of `count` events with text in several scripts, and closes it. */
export async function writeJournal(dir: string, count: number, options: Partial<JournalOptions> = {}) {
  const journal = valueOf(await openForTest(dir, options))
  for (let index = 0; index < count; index += 1) {
    const data = {
      index,
      note: `升级完成 \u{1f6e0} "done" \ufffd`,
      ratio: 1 / 3,
      hosts: ['erp-app-1', null, true],
    }
    await journal.append('step.done', { subject: 'r-1', data })
  }
  await journal.close()
}
