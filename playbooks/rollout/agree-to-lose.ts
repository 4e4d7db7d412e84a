import { sanitise } from '../../connect/text.ts'
import type { CountedEngine } from '../../core/run/events.ts'
import type { Event } from '../../schemas/event.ts'
import type { Action, HostPlan, PatchPlan, Step } from '../../schemas/plan.ts'
import { fail, ok, type Problem, type Result } from '../../schemas/problem.ts'
import type { Shell } from '../command.ts'
import type { World } from '../perform/context.ts'
import { countLost, type Counted, dumpInWords, dumpLost, inWords } from '../perform/rows-count.ts'
import { counted as so } from '../show/count.ts'
import { personOf } from './person.ts'
import type { Rollout } from './rollouts.ts'
import type { Session } from './session.ts'

/** How many transactions a person agrees to lose with the snapshot of a host, by the step that counts them again. */
export type Agreed = Readonly<Record<string, number>>

/** What asking takes; `lose` is the number that the person gave beforehand, null for none. */
export type Asking = {
  readonly shell: Pick<Shell, 'json' | 'out' | 'ask' | 'env' | 'user' | 'machine'>
  readonly session: Pick<Session, 'events' | 'tell'>
  readonly world: World
  readonly rollout: Rollout
  readonly host: string
  readonly lose: number | null
}

/**
 * What the snapshot of a host would lose: counted, dumped to the controller, shown, journalled, and asked about. Agreed is
 * the number itself, typed at a terminal, or given as it was shown last. Problems: `gate/no-snapshot`,
 * `gate/rows-not-countable`, `gate/rows-not-agreed`, `snapshot/rows-uncounted`, `dump/..`, those of the connection.
 */
export async function agreeToLose(asking: Asking): Promise<Result<Agreed>> {
  const { shell, session, rollout, host, lose } = asking
  const { plan, state } = rollout
  const planned = plan.hosts.find((one) => one.host === host)
  if (planned === undefined || state.hosts[host]?.snapshot !== true) return fail(noSnapshot(plan, host))
  if (planned.stateless) return ok({})
  const engines = countingSteps(planned)
  if (engines.length === 0) return fail(notCountable(host))

  const shown = shownLast(session.events(), plan.id, host)
  if (lose !== null && lose > 0 && sum(shown) === lose && (await isWhole(asking.world, shown)))
    return ok(agreed(shown))

  const found = await lookAt(asking, planned, engines)
  if (!found.ok) return found
  const by = personOf(shell)
  const { timeMs, ...event } = await session.tell({
    type: 'rows.counted',
    subject: host,
    data: { rollout: plan.id, by, engines: found.value },
  })
  const total = sum(found.value)
  const time = new Date(timeMs).toISOString()
  if (shell.json) shell.out(JSON.stringify({ messageType: 'event', schemaVersion: 1, time, ...event }))
  else for (const line of inLines(host, found.value)) shell.out(line)
  if (total === 0 || total === lose) return ok(agreed(found.value))
  const question = `To lose ${so(total, 'transaction')} of ${host}, type the number: `
  const answer = shell.json || lose !== null ? null : await shell.ask(question)
  if (answer?.trim() === String(total)) return ok(agreed(found.value))
  return fail(notAgreed(plan, host, found.value))
}

type CountingStep = { readonly step: Step; readonly action: Extract<Action, { kind: 'rows.count' }> }

function countingSteps({ back }: HostPlan): readonly CountingStep[] {
  return back.snapshot.flatMap((step) =>
    step.action.kind === 'rows.count' ? [{ step, action: step.action }] : [],
  )
}

/** Every engine counted, and dumped where something would be lost; one that can not be ends it. */
async function lookAt(
  { world, rollout }: Asking,
  planned: HostPlan,
  engines: readonly CountingStep[],
): Promise<Result<readonly CountedEngine[]>> {
  const context = { rollout: rollout.plan.id, resume: false, state: rollout.state }
  const found: CountedEngine[] = []
  for (const { step, action } of engines) {
    const performing = { world, planned, step, context }
    const counted: Result<Counted> = await countLost(performing, action)
    if (!counted.ok) return counted
    const { transactions } = counted.value
    const dump = transactions === 0 ? ok(null) : await dumpLost(performing, action)
    if (!dump.ok) return dump
    found.push({ step: step.id, transactions, said: inWords(counted.value), dump: dump.value })
  }
  return ok(found)
}

/** What the journal says was shown last of a host: to a person, or where it was found before its snapshot was put back. */
function shownLast(events: readonly Event[], rollout: string, host: string): readonly CountedEngine[] {
  const found = new Map<string, CountedEngine>()
  for (const { type, subject, data } of events) {
    if (subject !== host || data['rollout'] !== rollout) continue
    if (type === 'rows.counted') {
      found.clear()
      for (const one of data['engines'] as readonly CountedEngine[]) found.set(one.step, one)
    }
    const step = String(data['step'])
    if (type !== 'step.ended' || data['outcome'] !== 'failed' || !step.startsWith('rows.count-')) continue
    const { transactions, dump } = (data['facts'] ?? {}) as Partial<CountedEngine>
    // One that could not be counted then says nothing about what was shown before.
    if (transactions === undefined) found.delete(step)
    else found.set(step, { step, transactions, said: '', dump: dump ?? null })
  }
  return [...found.values()]
}

/** Whether all that would be lost was dumped, and the dumps are there still; else they are made anew. */
async function isWhole({ files }: World, engines: readonly CountedEngine[]): Promise<boolean> {
  for (const { transactions, dump } of engines)
    if (transactions > 0 && (dump === null || !(await files.hasDump(dump)))) return false
  return true
}

function sum(engines: readonly CountedEngine[]): number {
  return engines.reduce((total, { transactions }) => total + transactions, 0)
}

function agreed(engines: readonly CountedEngine[]): Agreed {
  return Object.fromEntries(engines.map(({ step, transactions }) => [step, transactions]))
}

function inLines(host: string, engines: readonly CountedEngine[]): readonly string[] {
  return engines.flatMap(({ step, said, dump }) => [
    `${host}: ${said} (engine on port ${step.replace('rows.count-', '')}).`,
    ...(dump === null ? [] : [`  All its rows are kept in ${sanitise(dumpInWords(dump), 600)}`]),
  ])
}

function noSnapshot(plan: PatchPlan, host: string): Problem {
  return {
    code: 'gate/no-snapshot',
    what: 'Of this host no snapshot is held from this rollout, or it has begun to expire.',
    where: host,
    fix: `Go back by the old packages: upkeep rollback --rollout ${plan.id} --host ${host} --reason TEXT.`,
  }
}

function notCountable(host: string): Problem {
  return {
    code: 'gate/rows-not-countable',
    what: 'What the snapshot of this host would lose can not be counted: its plan names no PostgreSQL database on it.',
    where: host,
    expected: 'hosts of a role that is the primary of a PostgreSQL database, and hosts of stateless roles',
    fix: 'Go back by the old packages (leave --way out). Where nothing is kept on such hosts, say `stateless: true` of their role.',
  }
}

function notAgreed(plan: PatchPlan, host: string, engines: readonly CountedEngine[]): Problem {
  const total = sum(engines)
  const dumps = engines.flatMap(({ dump }) => (dump === null ? [] : [dumpInWords(dump)]))
  return {
    code: 'gate/rows-not-agreed',
    what: 'The snapshot would lose committed transactions, and nobody agreed to that; nothing was done.',
    where: host,
    found: `${total} would be lost; dumped to ${dumps.join(', ')}`,
    expected: `--lose ${total}`,
    fix: `The old packages lose no row (leave --way out). To lose them all the same: upkeep rollback --rollout ${plan.id} --host ${host} --way snapshot --lose ${total} --reason TEXT. The host is closed first; if more was committed by then, it ends stuck and you are asked again.`,
  }
}
