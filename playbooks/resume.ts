import type { ResolvedEstate } from '../core/estate/resolved.ts'
import { type ExitName, worstExit } from '../core/exit.ts'
import { type Shell, textOption } from './command.ts'
import { systemNamed } from './estate-file.ts'
import { inSession } from './in-session.ts'
import { runAsScript } from './main.ts'
import { expireWhenIdle } from './rollout/expire-verb.ts'
import { type Asked, letGoOn } from './rollout/let-go-on.ts'
import { busyHosts } from './rollout/other-rollouts.ts'
import { personOf } from './rollout/person.ts'
import { rolloutById, rolloutIds } from './rollout/rollouts.ts'
import { carryOn, exitOf } from './rollout/run.ts'
import type { Session } from './rollout/session.ts'
import { snapshotsOf } from './rollout/world.ts'
import { showEnd } from './show/end.ts'
import { zoneOf } from './show/when.ts'
import { refuse } from './told.ts'

/** Goes on with every rollout that has not ended, or with one: made to be called by a timer at any time. */
export async function run(shell: Shell): Promise<ExitName> {
  return inSession(shell, (estate, session) => resumeAll(shell, estate, session))
}

async function resumeAll(shell: Shell, estate: ResolvedEstate, session: Session): Promise<ExitName> {
  const wanted = textOption(shell, 'rollout')
  const open = rolloutIds(session.events()).filter((one) =>
    wanted === undefined ? !one.ended : one.id === wanted,
  )
  const ids = wanted === undefined ? open.map((one) => one.id) : [wanted]
  const asked = { goOn: textOption(shell, 'go-on')?.trim(), expedite: textOption(shell, 'expedite')?.trim() }
  const isAsked = asked.goOn !== undefined || asked.expedite !== undefined
  if (isAsked && (ids.length !== 1 || asked.goOn === '' || asked.expedite === '')) {
    const what = 'What a person asks is asked of one rollout, with a reason: --rollout ID --go-on REASON.'
    return refuse(shell, [{ code: 'usage/resume', what }])
  }
  if (ids.length === 0) {
    if (shell.json)
      shell.out(JSON.stringify({ messageType: 'idle', schemaVersion: 1, said: 'no rollout is under way' }))
    else shell.out('Nothing to resume: no rollout is under way.')
    await expireWhenIdle(shell, estate, session)
    return 'ok'
  }
  const exit = await oneByOne(shell, ids, (id) => resumeOne(shell, estate, session, id, asked))
  if (wanted === undefined && exit !== 'interrupted') await expireWhenIdle(shell, estate, session)
  return exit
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
  asked: Asked,
): Promise<ExitName> {
  const rollout = await rolloutById(estate, session.events(), id)
  if (!rollout.ok) return refuse(shell, rollout.problems)
  const system = systemNamed(estate, rollout.value.plan.system)
  if (!system.ok) return refuse(shell, system.problems)
  const events = letGoOn(rollout.value, asked, personOf(shell))
  if (!events.ok) return refuse(shell, events.problems)
  // While it stood, another rollout may have begun on its hosts.
  const busy = asked.goOn === undefined ? [] : await busyHosts(estate, session.events(), rollout.value.plan)
  if (busy.length > 0) return refuse(shell, busy)
  for (const event of events.value) await session.tell(event)
  const end = await carryOn(shell, session, system.value, rollout.value.plan)
  const shown = { timeZone: zoneOf(estate, system.value.name), snapshots: snapshotsOf(system.value) }
  showEnd(shell, rollout.value.plan, end, shown)
  return exitOf(end)
}

void runAsScript(import.meta.url, 'resume')
