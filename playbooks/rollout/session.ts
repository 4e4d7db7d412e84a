import { join } from 'node:path'
import type { Fence } from '../../connect/fence.ts'
import { hostPool, type HostPool } from '../../connect/pool.ts'
import { readSecret } from '../../connect/secret.ts'
import { sanitiseAll } from '../../connect/text.ts'
import type { ResolvedEstate, ResolvedHost } from '../../core/estate/resolved.ts'
import { type Journal, openJournal } from '../../core/journal/open.ts'
import { isSurelyGone } from '../../core/lease/gone.ts'
import { type Lease, takeLease } from '../../core/lease/lease.ts'
import type { CleanupEvent } from '../../core/cleanup/events.ts'
import type { RolloutEvent, Told } from '../../core/run/events.ts'
import { type Store, storeOpen } from '../../core/store/store.ts'
import type { Event } from '../../schemas/event.ts'
import { ok, type Result } from '../../schemas/problem.ts'
import type { Shell } from '../command.ts'
import { startTimeOf, thisHolder } from './holder.ts'
import { pendingRequests, requestDone } from './requests.ts'
import { rolloutIds } from './rollouts.ts'
import { secretReferences } from './secret-references.ts'
import { type Secrets, targetsOf } from './targets.ts'
import { toTold } from './to-told.ts'

/** A lease lasts this long (ms) without being renewed; it is renewed three times as often. */
const leaseMs = 60_000
/** The journal keeps no more of one text; the whole output of a step stays on its host. */
const mostChars = 4_000

/** A controller at work on an estate: the only one, with its journal, its store and its connections. */
export type Session = {
  readonly estate: ResolvedEstate
  readonly journal: Journal
  readonly lease: Lease
  /** What this controller shows to hosts before it changes them. */
  readonly fence: Fence
  readonly store: Store
  readonly pool: HostPool
  readonly secrets: Secrets
  /** Every event so far, those that this session told included. */
  readonly events: () => readonly Event[]
  readonly tell: (event: RolloutEvent) => Promise<Told>
  /** The same for what is no rollout's. */
  readonly record: (event: CleanupEvent) => Promise<Event>
  readonly close: () => Promise<void>
}

/** Connections to hosts of the estate, closed by the caller. */
export function connections(estate: ResolvedEstate, secrets: Secrets): HostPool {
  const hosts: readonly ResolvedHost[] = Object.values(estate.systems).flatMap((system) => system.hosts)
  return hostPool(targetsOf(estate, hosts, secrets), { timeoutMs: 15_000 })
}

/** Becomes the controller of the estate. Problems: `lease/held`, `journal/...`, `store/...`. */
export async function openSession(shell: Shell, estate: ResolvedEstate): Promise<Result<Session>> {
  const here = thisHolder(shell)
  const taken = await takeLease({
    dir: join(estate.stateDir, 'lease'),
    holder: here,
    ttlMs: leaseMs,
    now: shell.now,
    alive: (holder) => !isSurelyGone(holder, here, startTimeOf),
  })
  if (!taken.ok) return taken
  const lease = taken.value
  const renewing = setInterval(() => void lease.renew(), leaseMs / 3)
  renewing.unref()
  const fence: Fence = {
    estate: estate.name,
    token: lease.token,
    holder: `${shell.user}-${shell.machine}-${shell.pid}-${shell.now()}`.replaceAll(/[^A-Za-z0-9._-]/g, '_'),
  }
  const learned: string[] = []
  let journal: Journal | null = null
  const secrets: Secrets = {
    env: shell.env,
    directory: estate.directory,
    learned(value) {
      learned.push(value)
      journal?.addSecret(value)
    },
  }
  const pool = connections(estate, secrets)

  async function close(): Promise<void> {
    clearInterval(renewing)
    pool.closeAll()
    await journal?.close()
    await lease.release()
  }

  const opened = await openJournal({
    dir: join(estate.stateDir, 'journal'),
    source: `upkeep/${estate.name}`,
    actor: `${shell.user}@${shell.machine}`,
    lease,
    now: shell.now,
    faults: killPoints(shell),
  })
  if (!opened.ok) {
    await close()
    return opened
  }
  journal = opened.value
  for (const value of learned) journal.addSecret(value)
  await learnSecrets(estate, secrets)
  const store = await storeOpen(join(estate.stateDir, 'store'))
  if (!store.ok) {
    await close()
    return store
  }
  const writer = opened.value
  const events: Event[] = [...writer.events]
  async function record(event: RolloutEvent | CleanupEvent): Promise<Event> {
    const { type, data } = event
    const written = await writer.append(type, {
      ...('subject' in event ? { subject: event.subject } : {}),
      data: harmless(data),
    })
    events.push(written)
    return written
  }
  async function tell(event: RolloutEvent): Promise<Told> {
    return toTold(await record(event))
  }
  // Who asked when no controller was at work any more, or one was about to leave, is heard by the next.
  for (const { event, path } of await pendingRequests(estate.stateDir)) {
    if (rolloutIds(events).some(({ id }) => id === event.data.rollout)) await tell(event)
    await requestDone(path)
  }
  return ok({
    events: () => events,
    estate,
    journal: writer,
    lease,
    fence,
    store: store.value,
    pool,
    secrets,
    tell,
    record,
    close,
  })
}

/** What hosts said, as it may be recorded: one line, no controls, no longer than a journal can bear. */
function harmless<T>(data: T): T {
  return sanitiseAll(data, { maxChars: mostChars, oneLine: true })
}

/**
 * Learns the estate's secrets before anything is recorded: a command may print one that is used much later, or never.
 * A command that gives a secret is not run for that, for it may ask a person; what can not be read is said at its use.
 */
async function learnSecrets(estate: ResolvedEstate, secrets: Secrets): Promise<void> {
  const references = secretReferences(estate, Object.values(estate.systems))
  const readable = references.filter((reference) => reference.kind !== 'command')
  await Promise.all(readable.map((reference) => readSecret(reference, secrets)))
}

/**
 * For tests: `UPKEEP_KILL=before:N` or `after:N` ends this process as by kill -9 around its N-th event about rollouts;
 * `UPKEEP_SUSPEND=HOST/STEP` suspends it between the announcement of that step and its doing.
 */
function killPoints(shell: Shell) {
  const suspend = shell.env['UPKEEP_SUSPEND']
  if (suspend !== undefined) return { afterAppend: (event: Event) => suspendAt(shell, suspend, event) }
  const [when, count] = (shell.env['UPKEEP_KILL'] ?? '').split(':')
  let events = 0
  async function at(point: string, event: Event): Promise<void> {
    if (event.type.startsWith('journal.')) return
    if (point === 'before') events += 1
    if (when !== point || events !== Number(count)) return
    shell.killSelf()
    // The signal is on its way: nothing more may be written meanwhile.
    await new Promise(() => {})
  }
  return when === 'before' || when === 'after'
    ? {
        beforeAppend: (event: Event) => at('before', event),
        afterAppend: (event: Event) => at('after', event),
      }
    : {}
}

function suspendAt(shell: Shell, step: string, event: Event): void {
  const isIt = event.type === 'step.started' && `${event.subject}/${String(event.data['step'])}` === step
  if (isIt) shell.suspendSelf()
}
