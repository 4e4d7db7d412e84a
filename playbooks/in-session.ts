import type { ResolvedEstate } from '../core/estate/resolved.ts'
import type { ExitName } from '../core/exit.ts'
import type { Shell } from './command.ts'
import { openEstate } from './estate-file.ts'
import { openSession, type Session } from './rollout/session.ts'
import { refuse } from './told.ts'

/** Does work as the only controller of the estate that the command line names, and leaves whatever happens. */
export async function inSession(
  shell: Shell,
  work: (estate: ResolvedEstate, session: Session) => Promise<ExitName>,
): Promise<ExitName> {
  const estate = await openEstate(shell)
  if (!estate.ok) return refuse(shell, estate.problems)
  const session = await openSession(shell, estate.value)
  if (!session.ok) return refuse(shell, session.problems)
  try {
    return await work(estate.value, session.value)
  } finally {
    await session.value.close()
  }
}
