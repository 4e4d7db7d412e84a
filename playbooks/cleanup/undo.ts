import { runUnit } from '../../connect/unit.ts'
import { hostSoFar } from '../../core/cleanup/evidence.ts'
import type { CleanupEvent } from '../../core/cleanup/events.ts'
import type { ResolvedEstate } from '../../core/estate/resolved.ts'
import { type ExitName, exitNameOf, worstExit } from '../../core/exit.ts'
import { leaseLostError } from '../../core/run/execute.ts'
import { UndoAnswer } from '../../schemas/cleanup-answer.ts'
import { didYouMean } from '../../schemas/nearest.ts'
import { fail, ok, type Problem, type Result } from '../../schemas/problem.ts'
import { type Shell, textOption } from '../command.ts'
import { isNoInterpreter, lastLine, noInterpreter, undoQuestion, unreadable } from '../facts/cleanup/ask.ts'
import { cleanupProgram, cleanupScript } from '../facts/cleanup/program.ts'
import type { Session } from '../rollout/session.ts'
import { counted } from '../show/count.ts'
import { refuse } from '../told.ts'
import { unitName } from '../perform/script.ts'
import { listOption } from './run.ts'
import { showTakenBack } from './show.ts'

const limitMs = 30 * 60_000

type Ended = Extract<CleanupEvent, { type: 'cleanup.undo.ended' }>['data']

/** Brings back what a clean-up has put aside, host by host; each is announced before and told after. */
export async function takeBack(shell: Shell, estate: ResolvedEstate, session: Session): Promise<ExitName> {
  const cleanup = textOption(shell, 'cleanup')
  const reason = textOption(shell, 'reason')
  if (cleanup === undefined || reason === undefined) {
    return refuse(shell, [
      { code: 'usage/cleanup-undo', what: 'Name the clean-up and the reason: --cleanup ID --reason TEXT.' },
    ])
  }
  const hosts = hostsOf(session, cleanup, listOption(shell, 'host'))
  if (!hosts.ok) return refuse(shell, hosts.problems)
  const gone = hosts.value.filter(
    (host) => !Object.values(estate.systems).some((one) => one.hosts.some(({ name }) => name === host)),
  )
  if (gone.length > 0) return refuse(shell, [noHost(cleanup, gone, hosts.value)])
  const ends: { readonly host: string; readonly end: Ended }[] = []
  for (const host of hosts.value) ends.push({ host, end: await backOn(session, cleanup, host, reason) })
  showTakenBack(shell, cleanup, ends)
  return worstExit(
    ends.map(({ end }) =>
      end.outcome === 'unknown' ? 'unknown' : end.problem === undefined ? 'ok' : exitNameOf(end.problem.code),
    ),
  )
}

async function backOn(session: Session, cleanup: string, host: string, reason: string): Promise<Ended> {
  const { undos, isUndoOpen } = hostSoFar(session.events(), cleanup, host)
  // One whose end is not known is asked for again under its own name; it does its work once.
  const attempt = isUndoOpen ? undos : undos + 1
  await session.record({ type: 'cleanup.undo.started', subject: host, data: { cleanup, attempt, reason } })
  const end = { cleanup, attempt, ...(await undoneOn(session, cleanup, host, attempt)) }
  if (end.problem?.code === 'host/fenced') throw leaseLostError(end.problem)
  await session.record({ type: 'cleanup.undo.ended', subject: host, data: end })
  return end
}

async function undoneOn(
  session: Session,
  cleanup: string,
  host: string,
  attempt: number,
): Promise<Pick<Ended, 'outcome' | 'said' | 'problem'>> {
  const end = await runUnit(() => session.pool.get(host), {
    unit: unitName(cleanup, `undo-${attempt}`),
    script: await cleanupScript(),
    args: [await cleanupProgram(), undoQuestion(cleanup)],
    timeoutMs: limitMs,
    fence: session.fence,
  })
  if (!end.ok) return failed(end.problems[0])
  if (end.value.state !== 'ended') {
    const why = end.value.state === 'unknown' ? end.value.why : 'it is still at work on the host'
    return { outcome: 'unknown', said: why }
  }
  const value = lastLine(end.value.output)
  if (isNoInterpreter(value)) return failed(noInterpreter(host))
  const { conforms } = await import('../../schemas/load.ts')
  if (!conforms(UndoAnswer, value)) return failed(unreadable(host, end.value.output))
  const { found, back, left, names } = value
  if (value.refused !== undefined) return failed(busy(host, value.refused))
  if (!found) return failed(nothingAside(host, cleanup))
  const said = `${counted(back, 'entry')} brought back`
  if (left.length === 0) return { outcome: 'undone', said }
  const problem: Problem = {
    code: 'cleanup/left-aside',
    what: `Some of what the clean-up ${cleanup} took was not brought back; it stays in quarantine until its time is over.`,
    where: host,
    found: `${left.map(({ why, count }) => `${count}: ${why}`).join('; ')}. ${names.map(({ path }) => path).join(', ')}`,
    fix: 'Move away what stands there, or make the directory again, then ask once more.',
  }
  return { outcome: 'failed', said: `${said}, not all of them`, problem }
}

function failed(problem: Problem | undefined): Pick<Ended, 'outcome' | 'said' | 'problem'> {
  return { outcome: 'failed', said: problem?.what ?? '', ...(problem === undefined ? {} : { problem }) }
}

function busy(where: string, found: string): Problem {
  return {
    code: 'cleanup/busy',
    what: 'The host could not begin to bring things back; nothing was moved.',
    where,
    found,
    fix: 'Ask again when that is over.',
  }
}

function nothingAside(where: string, cleanup: string): Problem {
  return {
    code: 'cleanup/nothing-aside',
    what: `Nothing of the clean-up ${cleanup} is in quarantine on this host: its time is over, it came back already, it was archived, or all of it was regenerable.`,
    where,
    fix: 'What was archived is in the file that `upkeep journal show --cleanup` names; all else comes back from a backup only.',
  }
}

function hostsOf(session: Session, cleanup: string, wanted: readonly string[]): Result<readonly string[]> {
  const events = session.events()
  const own = events.filter(({ data }) => data['cleanup'] === cleanup)
  if (own.length === 0) {
    const ids = events.flatMap(({ type, data }) =>
      type === 'cleanup.started' ? [String(data['cleanup'])] : [],
    )
    const near = didYouMean(cleanup, ids)
    return fail({
      code: 'input/cleanup',
      what: 'The journal knows no clean-up of this name.',
      found: cleanup,
      expected: `${ids.slice(-5).join(', ') || 'none has begun yet'}${near === undefined ? '' : `. ${near}`}`,
    })
  }
  const touched = own.flatMap(({ type, subject }) =>
    type === 'cleanup.host.started' && subject !== undefined ? [subject] : [],
  )
  const hosts = [...new Set(touched)]
  const unknown = wanted.filter((host) => !hosts.includes(host))
  if (unknown.length > 0) return fail(noHost(cleanup, unknown, hosts))
  return ok(wanted.length === 0 ? hosts : wanted)
}

function noHost(cleanup: string, found: readonly string[], hosts: readonly string[]): Problem {
  return {
    code: 'input/cleanup-host',
    what: 'The clean-up was not at work on such a host of the estate.',
    where: cleanup,
    found: found.join(', '),
    expected: hosts.join(', '),
  }
}
