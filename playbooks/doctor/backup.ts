import { durationText } from '../../core/duration.ts'
import type { ResolvedSystem } from '../../core/estate/resolved.ts'
import type { Check } from '../facts/doctor.ts'
import { askBackup } from '../rollout/backup.ts'

/** The backup command answers, and its last good backup is young enough for production to open. */
export async function backupHealth(
  system: ResolvedSystem,
  directory: string,
  now: () => number,
): Promise<readonly Check[]> {
  if (system.backup === undefined) return []
  const check = `backup ${system.name}`
  const { timeMs, said } = await askBackup(system, directory)
  if (timeMs === null) {
    return [
      { check, outcome: 'fail', said, fix: 'Production opens only with an answer: mend `backup.command`.' },
    ]
  }
  const { maxAgeMs } = system.backup
  if (now() - timeMs <= maxAgeMs) return [{ check, outcome: 'ok', said }]
  return [
    {
      check,
      outcome: 'warn',
      said: `${said}, older than ${durationText(maxAgeMs)}`,
      fix: 'Production opens only after a younger one: look at the backups.',
    },
  ]
}
