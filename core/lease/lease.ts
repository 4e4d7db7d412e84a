import { link, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { fail, ok, type Problem, type Result } from '../../schemas/problem.ts'
import { canonical } from '../canonical.ts'
import { makeDirectory, replaceFile, syncDirectory, systemCode, writeNew } from '../durable.ts'
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
  /** Makes it last for its whole time from now; problem: `lease/lost`. */
  readonly renew: () => Promise<Result<void>>
  /** Gives it back; close the journal first. */
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
  readonly alive: (pid: number, bootId: string) => boolean
}

/** Takes the lease when it is free, given back, its holder dead or its time over. Problems: `lease/held`, `lease/unreadable`. */
export async function takeLease(options: LeaseOptions): Promise<Result<Lease>> {
  const { dir } = options
  await makeDirectory(dir)
  for (;;) {
    const before = await readLease(dir)
    if (!before.ok) return before
    const state = stateOf(before.value, options)
    if (state === 'held' && before.value !== undefined) return fail(heldBy(before.value, options))
    const record = nextRecord(before.value, state, options)
    if (await claim(dir, record)) return ok(holdLease(record, options))
  }
}

type State = 'free' | 'dead' | 'expired' | 'held'

function stateOf(record: LeaseRecord | undefined, { holder, now, alive }: LeaseOptions): State {
  if (record === undefined || record.released !== undefined) return 'free'
  const isHere = record.holder.host === holder.host
  if (isHere && !alive(record.holder.pid, record.holder.bootId)) return 'dead'
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

  async function renew(): Promise<Result<void>> {
    if (await held()) await rewrite({ expires: new Date(now() + ttlMs).toISOString() })
    if (await held()) return ok(undefined)
    const holder = await readLease(dir)
    return fail(lostTo(dir, holder.ok ? holder.value : undefined))
  }

  async function release(): Promise<void> {
    if (await held()) await rewrite({ released: new Date(now()).toISOString() })
    lost = true
  }

  return {
    token: record.token,
    contested: record.contested,
    get lost() {
      return lost
    },
    held,
    renew,
    release,
  }
}

function heldBy(record: LeaseRecord, { dir, holder }: LeaseOptions): Problem {
  const { user, host, pid } = record.holder
  const isHere = host === holder.host
  return {
    code: 'lease/held',
    what: `${user} is at work on this estate from ${host} (process ${pid}) since ${record.since}`,
    where: recordPath(dir, record.token),
    found: `held until ${record.expires}, and renewed as long as that controller runs`,
    expected: 'one controller at a time',
    fix: `Wait until it ends, or stop it ${isHere ? 'here' : `on ${host}`} (kill ${pid}) and resume; a controller that is gone for good loses the lease at ${record.expires}`,
  }
}

function lostTo(dir: string, record: LeaseRecord | undefined): Problem {
  const by = record && `${record.holder.user} on ${record.holder.host} (process ${record.holder.pid})`
  return {
    code: 'lease/lost',
    what: 'Another controller took the lease over, so this one records and starts nothing more',
    where: dir,
    ...(by === undefined ? {} : { found: `${by} since ${record?.since}` }),
    fix: 'Follow the status there; work that is under way on the hosts goes on and is picked up by that controller',
  }
}
