import { quoteAll } from '../../connect/quote.ts'
import { sanitise } from '../../connect/text.ts'
import type { CountedEngine } from '../../core/run/events.ts'
import type { Action, HostPlan } from '../../schemas/plan.ts'
import { fail, ok, type Problem, type Result } from '../../schemas/problem.ts'
import { scriptText } from '../steps/script.ts'
import { act, ask } from './ask.ts'
import { done, type Ended, failed, type Performing } from './context.ts'

type Named<K> = Extract<Action, { kind: K }>

/** So many transactions, read from the engine's `log`, or counted by their `ids`, with the engine's own among them. */
export type Counted = { readonly transactions: number; readonly how: 'log' | 'ids' }

/** Where the dump of an engine lies on the controller. */
export type Dump = NonNullable<CountedEngine['dump']>

/** A dump that nobody asked for may take so long (ms): the old packages, which lose no row, wait for it. */
const unaskedDumpMs = 600_000

/**
 * The last look before the snapshot of a host is put back: fails where more was committed since than a person has agreed
 * to lose (nobody asked: nothing), after that was dumped to the controller. On a test host it is only recorded. Problems:
 * `snapshot/rows-lost`, `snapshot/rows-uncounted`, those of the connection.
 */
export async function countRows(performing: Performing, action: Named<'rows.count'>): Promise<Ended> {
  const { planned, step, context } = performing
  if (planned.stateless) return done('the estate says that nothing is kept on this host')
  const counted = await countLost(performing, action)
  if (!counted.ok) {
    const [problem] = counted.problems
    const isRecorded = planned.ring === 'test' && problem?.code === 'snapshot/rows-uncounted'
    return isRecorded ? done(`not counted, on a test host: ${problem.found ?? ''}`) : failed(counted.problems)
  }
  const { transactions, how } = counted.value
  const facts = { transactions, how }
  const mayLose = context.state.hosts[planned.host]?.mayLose?.transactions[step.id] ?? 0
  if (planned.ring === 'test') return done(`${inWords(counted.value)}; on a test host they may go`, facts)
  if (transactions <= mayLose) {
    return done(
      transactions === 0
        ? 'nothing that the engine logs was committed since the snapshot'
        : inWords(counted.value),
      facts,
    )
  }
  const isAsked = (context.state.hosts[planned.host]?.mayLose ?? null) !== null
  const limitMs = isAsked ? step.limitMs : Math.min(step.limitMs, unaskedDumpMs)
  const dumped = await dumpLost({ ...performing, step: { ...step, limitMs } }, action)
  const end = failed([wouldBeLost(performing, action, counted.value, mayLose, dumped)])
  return { ...end, facts: { ...facts, dump: dumped.ok ? dumped.value : null } }
}

/** How many transactions were committed in an engine since before the snapshot. Problems: `snapshot/rows-uncounted`, those of the connection. */
export async function countLost(
  { world, planned, step, context }: Performing,
  { port, database }: Named<'rows.count'>,
): Promise<Result<Counted>> {
  const where = `${planned.host} engine on port ${port}`
  const before = context.state.hosts[planned.host]?.ended[`schema.take-${database}`]?.facts
  const [since, place, open] = [before?.['transaction'], before?.['place'], before?.['open']]
  if (typeof since !== 'string' || typeof place !== 'string' || typeof open !== 'string') {
    return fail(uncounted(where, 'nobody recorded where the engine stood before the snapshot'))
  }
  const args = [String(port), database, since, place, open]
  const ran = await ask(world, planned.host, scriptText('rows-count.sh'), args, step.limitMs)
  if (!ran.ok) {
    const [problem] = ran.problems
    return problem?.code === 'host/refused' ? fail(uncounted(where, problem.found ?? '')) : ran
  }
  const found = /^(?<count>\d{1,15}) (?<how>log|ids)$/.exec(ran.value.stdout.trim())?.groups
  if (found === undefined) return fail(uncounted(where, ran.value.stdout.trim()))
  return ok({ transactions: Number(found['count']), how: found['how'] === 'log' ? 'log' : 'ids' })
}

/** Dumps all databases of an engine and brings that to the controller; the host keeps no copy. */
export async function dumpLost(
  { world, planned, step, context }: Performing,
  { port, database }: Named<'rows.count'>,
): Promise<Result<Dump>> {
  const directory = `/var/lib/upkeep/dumps/${context.rollout}`
  const seconds = String(Math.ceil(step.limitMs / 1000))
  const args = [String(port), database, directory, seconds]
  const ran = await act(world, planned.host, scriptText('rows-dump.sh'), args, step.limitMs)
  if (!ran.ok) return ran
  const line = /^(?<sha256>[0-9a-f]{64}) (?<bytes>\d{1,15}) (?<path>\/.+)$/
  const found = line.exec(ran.value.stdout.trim())?.groups
  if (found === undefined) {
    return fail(uncounted(`${planned.host} engine on port ${port}`, ran.value.stdout.trim()))
  }
  const { sha256 = '', path = '' } = found
  const bytes = Number(found['bytes'])
  const kept = await world.files.keepDump(planned.host, path, {
    name: `${planned.host}-${port}-${sha256.slice(0, 12)}.sql.gz`,
    sha256,
    bytes,
    timeoutMs: step.limitMs,
  })
  if (!kept.ok) return kept
  // It would be gone with this state of the host anyway, or lie there with all rows for nobody.
  const removed = await act(world, planned.host, 'rm -f -- "$1"', [path], step.limitMs)
  return removed.ok ? ok({ file: kept.value, bytes, sha256 }) : removed
}

/** So many transactions, and what is in that number. */
export function inWords({ transactions, how }: Counted): string {
  const counted = `${transactions} transaction${transactions === 1 ? ' was' : 's were'} committed since before the snapshot`
  return how === 'log'
    ? `${counted}, those of unlogged tables not counted`
    : `${counted}, the engine's own work among them`
}

/** A dump in words: file, size, digest. */
export function dumpInWords({ file, bytes, sha256 }: Dump): string {
  return `${file} (${bytes} bytes, SHA-256 ${sha256})`
}

/** What nobody can count is not nothing. */
export function uncounted(where: string, found: string): Problem {
  return {
    code: 'snapshot/rows-uncounted',
    what: 'What the snapshot would lose can not be counted, and unknown is not nothing.',
    where,
    found: sanitise(found, 600),
    fix: 'Let psql and pg_waldump answer as postgres on the host, or go back by the old packages, which lose no row.',
  }
}

function wouldBeLost(
  { planned, context }: Performing,
  { port }: Named<'rows.count'>,
  counted: Counted,
  mayLose: number,
  dumped: Result<Dump>,
): Problem {
  const rows = dumped.ok
    ? `all rows are in ${dumpInWords(dumped.value)} on the controller`
    : `they could not be dumped: ${dumped.problems.map(({ what, found }) => `${what} ${found ?? ''}`).join('; ')}`
  const agreed = mayLose === 0 ? '' : `, and only ${mayLose} were agreed to`
  return {
    code: 'snapshot/rows-lost',
    what: 'The snapshot would lose what was committed since it was taken, so it was not put back.',
    where: `${planned.host} engine on port ${port}`,
    found: `${inWords(counted)}${agreed}; ${rows}`,
    fix: `To lose them: upkeep rollback --rollout ${context.rollout} --host ${planned.host} --way snapshot --reason TEXT, which asks for the number. The old packages lose no row. If it ends stuck, traffic stays closed; to open it as it is: ${opening(planned)}; then: upkeep settle ${planned.host} --as done --reason TEXT.`,
  }
}

/** What gives a host its traffic back. */
function opening({ back }: HostPlan): string {
  const opens = back.untouched.flatMap(({ action }) =>
    action.kind === 'traffic' ? action.hosts.map((on) => `on ${on}: ${quoteAll(action.run)}`) : [],
  )
  return opens.length === 0 ? 'nothing, it was not closed' : opens.join('; ')
}
