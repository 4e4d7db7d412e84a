import { link, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { fail, ok, type Result } from '../../schemas/problem.ts'
import { canonical } from '../canonical.ts'
import { makeDirectory, replaceFile, syncDirectory, systemCode, writeNew } from '../durable.ts'
import { heldBy, lostTo, notWritten } from './problem.ts'
import { type Holder, type LeaseRecord, listTokens, readLease, recordPath } from './record.ts'

/** The right to work on an estate, held by one controller at a time. */
export type Lease = {
  /** The fencing token: higher than that of every holder before. */
  readonly token: number
  /** The highest token whose holder ran out of time and may still live; 0 when there is none. */
  readonly contested: number
  /** True once it is known that another took over; it never becomes false again. */
  readonly lost: boolean
  /** Looks whether the lease is still ours, later than its time too as long as nobody took over. */
  readonly held: () => Promise<boolean>
  /** Makes it last for its whole time from now; problems: `lease/lost`, `lease/not-written` (it still runs then). */
  readonly renew: () => Promise<Result<void>>
  /** Gives it back; close the journal first. When the disk is full it runs out instead. */
  readonly release: () => Promise<void>
}

/**
 * `dir` is `<state>/lease`; times are in milliseconds, `now` since 1970. `alive` is asked about holders on this host
 * only, and answers false only when it is sure that the process is gone.
 */
export type LeaseOptions = {
  readonly dir: string
  readonly holder: Holder
  readonly ttlMs: number
  readonly now: () => number
  readonly alive: (holder: Holder) => boolean
}

/**
 * Takes the lease when it is free, given back, its holder dead or its time over.
 * Problems: `lease/held`, `lease/unreadable`, `lease/not-written`.
 */
export async function takeLease(options: LeaseOptions): Promise<Result<Lease>> {
  try {
    await makeDirectory(options.dir)
    return await contend(options)
  } catch (error) {
    return fail(notWritten(options.dir, error))
  }
}

async function contend(options: LeaseOptions): Promise<Result<Lease>> {
  for (;;) {
    const before = await readLease(options.dir)
    if (!before.ok) return before
    const state = stateOf(before.value, options)
    if (state === 'held' && before.value !== undefined)
      return fail(heldBy(before.value, options.holder.host, options.dir))
    const record = nextRecord(before.value, state, options)
    if (await claim(options.dir, record)) return ok(holdLease(record, options))
  }
}

type State = 'free' | 'dead' | 'expired' | 'held'

function stateOf(record: LeaseRecord | undefined, { holder, now, alive }: LeaseOptions): State {
  if (record === undefined || record.released !== undefined) return 'free'
  const isHere = record.holder.host === holder.host
  if (isHere && !alive(record.holder)) return 'dead'
  return now() >= Date.parse(record.expires) ? 'expired' : 'held'
}

function nextRecord(before: LeaseRecord | undefined, state: State, options: LeaseOptions): LeaseRecord {
  const now = options.now()
  return {
    token: (before?.token ?? 0) + 1,
    holder: options.holder,
    since: new Date(now).toISOString(),
    expires: new Date(now + options.ttlMs).toISOString(),
    contested: state === 'expired' ? (before?.token ?? 0) : (before?.contested ?? 0),
  }
}

let claims = 0

function temporaryPath(dir: string, { holder, token }: LeaseRecord): string {
  claims += 1
  return join(dir, `.${token}-${encodeURIComponent(holder.host)}-${holder.pid}-${claims}.new`)
}

/** Makes the token's file, which only one contender can; false when another was first. */
async function claim(dir: string, record: LeaseRecord): Promise<boolean> {
  const temporary = temporaryPath(dir, record)
  await rm(temporary, { force: true })
  await writeNew(temporary, canonical(record))
  try {
    await link(temporary, recordPath(dir, record.token))
  } catch (error) {
    if (systemCode(error) === 'EEXIST') return false
    throw error
  } finally {
    await rm(temporary, { force: true })
  }
  await syncDirectory(dir)
  // Whoever looked long ago may have made a token again that was tidied away since; the highest one counts.
  const [highest, ...older] = await listTokens(dir)
  if (highest !== record.token) {
    await rm(recordPath(dir, record.token), { force: true })
    return false
  }
  for (const token of older) await rm(recordPath(dir, token), { force: true })
  return true
}

function holdLease(record: LeaseRecord, { dir, ttlMs, now }: LeaseOptions): Lease {
  let lost = false
  let turn: Promise<unknown> = Promise.resolve()

  async function held(): Promise<boolean> {
    if (!lost) lost = (await listTokens(dir))[0] !== record.token
    return !lost
  }

  async function rewrite(changed: Partial<LeaseRecord>): Promise<void> {
    await replaceFile(
      recordPath(dir, record.token),
      temporaryPath(dir, record),
      canonical({ ...record, ...changed }),
    )
  }

  // A renewal that a timer started must not come after the release and undo it.
  function inTurn<T>(work: () => Promise<T>): Promise<T> {
    const done = turn.then(work)
    turn = done.catch(() => undefined)
    return done
  }

  async function renew(): Promise<Result<void>> {
    try {
      if (await held()) await rewrite({ expires: new Date(now() + ttlMs).toISOString() })
      if (await held()) return ok(undefined)
    } catch (error) {
      return fail(notWritten(dir, error))
    }
    const holder = await readLease(dir)
    return fail(lostTo(dir, holder.ok ? holder.value : undefined))
  }

  async function release(): Promise<void> {
    try {
      if (await held()) await rewrite({ released: new Date(now()).toISOString() })
    } catch (error) {
      if (systemCode(error) === undefined) throw error
    }
    lost = true
  }

  return {
    token: record.token,
    contested: record.contested,
    get lost() {
      return lost
    },
    held,
    renew: () => inTurn(renew),
    release: () => inTurn(release),
  }
}
