import { local } from '../../connect/local.ts'
import { sanitise } from '../../connect/text.ts'
import type { ResolvedSystem } from '../../core/estate/resolved.ts'

/** The command may take this long (ms). */
const limitMs = 60_000

/** Asks the estate's command, run in the estate's `directory`, for time and place of the last good backup; no clear answer is no backup. */
export async function askBackup(
  system: ResolvedSystem,
  directory: string,
): Promise<{ readonly timeMs: number | null; readonly said: string }> {
  if (system.backup === undefined) return { timeMs: null, said: 'the estate names no backup command' }
  const ran = await local(system.backup.command, { timeoutMs: limitMs, cwd: directory })
  if (ran.code !== 0) {
    const said = sanitise(ran.stderr.trim(), 200)
    return {
      timeMs: null,
      said: `the command answered with ${ran.timedOut ? 'silence' : `exit ${ran.code ?? 'unknown'}`}: ${said}`,
    }
  }
  try {
    const answer: unknown = JSON.parse(ran.stdout)
    if (
      typeof answer === 'object' &&
      answer !== null &&
      'time' in answer &&
      typeof answer.time === 'string'
    ) {
      const timeMs = Date.parse(answer.time)
      const place = 'place' in answer && typeof answer.place === 'string' ? answer.place : 'somewhere'
      if (!Number.isNaN(timeMs)) return { timeMs, said: sanitise(`of ${answer.time} in ${place}`, 200) }
    }
  } catch {
    // Falls through: what is not JSON says nothing about a backup.
  }
  return { timeMs: null, said: `the answer is not {"time": .., "place": ..}: ${sanitise(ran.stdout, 120)}` }
}
