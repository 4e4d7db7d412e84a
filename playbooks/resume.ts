import type { ResolvedEstate } from '../core/estate/resolved.ts'
import { type ExitName, worstExit } from '../core/exit.ts'
import { type Shell, textOption } from './command.ts'
import { openEstate, systemNamed } from './estate-file.ts'
import { runAsScript } from './main.ts'
import { rolloutById, rolloutIds } from './rollout/rollouts.ts'
import { carryOn, exitOf } from './rollout/run.ts'
import { snapshotsOf } from './rollout/world.ts'
import { openSession, type Session } from './rollout/session.ts'
import { showEnd } from './show/end.ts'
import { refuse } from './told.ts'

/** Goes on with every rollout that has not ended, or with one: made to be called by a timer at any time. */
export async function run(shell: Shell): Promise<ExitName> {
  const estate = await openEstate(shell)
  if (!estate.ok) return refuse(shell, estate.problems)
  const session = await openSession(shell, estate.value)
  if (!session.ok) return refuse(shell, session.problems)
  try {
    return await resumeAll(shell, estate.value, session.value)
  } finally {
    await session.value.close()
  }
}

async function resumeAll(shell: Shell, estate: ResolvedEstate, session: Session): Promise<ExitName> {
  const wanted = textOption(shell, 'rollout')
  const open = rolloutIds(session.events()).filter((one) =>
    wanted === undefined ? !one.ended : one.id === wanted,
  )
  if (open.length === 0 && wanted === undefined) {
    if (shell.json)
      shell.out(JSON.stringify({ messageType: 'idle', schemaVersion: 1, said: 'no rollout is under way' }))
    else shell.out('Nothing to resume: no rollout is under way.')
    return 'ok'
  }
  const ids = wanted === undefined ? open.map((one) => one.id) : [wanted]
  return oneByOne(shell, ids, (id) => resumeOne(shell, estate, session, id))
}

/** Goes on with one rollout after the other; after an interrupt none is begun any more. Gives the worst exit. */
export async function oneByOne(
  shell: Shell,
  ids: readonly string[],
  resume: (id: string) => Promise<ExitName>,
): Promise<ExitName> {
  let interrupts = 0
  const noMoreInterrupts = shell.onInterrupt((count) => (interrupts = count))
  const exits: ExitName[] = []
  try {
    for (const id of ids) {
      if (interrupts > 0) break
      exits.push(await resume(id))
    }
  } finally {
    noMoreInterrupts()
  }
  const left = ids.slice(exits.length)
  if (left.length === 0) return worstExit(exits)
  shell.note(`Interrupted: not gone on with ${left.join(', ')}.`)
  return worstExit([...exits, 'interrupted'])
}

async function resumeOne(
  shell: Shell,
  estate: ResolvedEstate,
  session: Session,
  id: string,
): Promise<ExitName> {
  const rollout = await rolloutById(estate, session.events(), id)
  if (!rollout.ok) return refuse(shell, rollout.problems)
  const system = systemNamed(estate, rollout.value.plan.system)
  if (!system.ok) return refuse(shell, system.problems)
  const end = await carryOn(shell, session, system.value, rollout.value.plan)
  showEnd(shell, rollout.value.plan, end, snapshotsOf(system.value))
  return exitOf(end)
}

void runAsScript(import.meta.url, 'resume')
