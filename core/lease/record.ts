import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fail, ok, type Result } from '../../schemas/problem.ts'
import { systemCode } from '../durable.ts'

/**
 * Who holds a lease; `bootId` changes with each boot of the machine, `machineId` tells machines of one name apart,
 * `pidNamespace` says where `pid` counts, and `startTime` (ticks since the boot) tells a number that is used again.
 */
export type Holder = {
  readonly host: string
  readonly pid: number
  readonly bootId: string
  readonly user: string
  readonly machineId?: string
  readonly pidNamespace?: string
  readonly startTime?: string
}

/** One holding of the lease, as its file says; times are ISO 8601 in UTC. */
export type LeaseRecord = {
  /** Rises with each holder and is never used twice: hosts refuse a lower one. */
  readonly token: number
  readonly holder: Holder
  readonly since: string
  readonly expires: string
  readonly released?: string
  /** The highest token whose holder ran out of time and may still live; 0 when there is none. */
  readonly contested: number
}

/** The file of one holding: `<dir>/<token>.json`. */
export function recordPath(dir: string, token: number): string {
  return join(dir, `${token}.json`)
}

/** The tokens that have a file, highest first; none when there is no directory yet. */
export async function listTokens(dir: string): Promise<readonly number[]> {
  try {
    const names = await readdir(dir)
    return names
      .flatMap((name) => (/^[1-9]\d*\.json$/.test(name) ? [Number.parseInt(name, 10)] : []))
      .sort((a, b) => b - a)
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return []
    throw error
  }
}

/** The latest holding in `<state>/lease`, or undefined before the first; problem: `lease/unreadable`. */
export async function readLease(dir: string): Promise<Result<LeaseRecord | undefined>> {
  for (;;) {
    const token = (await listTokens(dir))[0]
    if (token === undefined) return ok(undefined)
    const path = recordPath(dir, token)
    try {
      const record: unknown = JSON.parse(await readFile(path, 'utf8'))
      const foreign = foreignKeys(record)
      if (foreign.length > 0)
        return unreadable(
          path,
          `another version of Upkeep wrote it: it has ${foreign.join(', ').slice(0, 200)}`,
        )
      return isRecord(record) && record.token === token ? ok(record) : unreadable(path, 'it is not a lease')
    } catch (error) {
      // A later holder has tidied it away since it was listed.
      if (systemCode(error) === 'ENOENT') continue
      return unreadable(path, error instanceof Error ? error.message : String(error))
    }
  }
}

const recordKeys = 'token holder since expires released contested'.split(' ')
const holderKeys = 'host pid bootId user machineId pidNamespace startTime'.split(' ')

/** What a record says beyond what this version knows; a lease that is understood in part may be held in the other part. */
function foreignKeys(value: unknown): readonly string[] {
  const beyond = (of: unknown, known: readonly string[]) =>
    typeof of === 'object' && of !== null ? Object.keys(of).filter((key) => !known.includes(key)) : []
  const holder = (value as Partial<LeaseRecord> | null)?.holder
  return [...beyond(value, recordKeys), ...beyond(holder, holderKeys)]
}

function isRecord(value: unknown): value is LeaseRecord {
  if (typeof value !== 'object' || value === null) return false
  const { token, since, expires, contested, holder } = value as Partial<LeaseRecord>
  return (
    Number.isSafeInteger(token) &&
    Number.isSafeInteger(contested) &&
    !Number.isNaN(Date.parse(String(since))) &&
    !Number.isNaN(Date.parse(String(expires))) &&
    typeof holder === 'object' &&
    typeof holder.host === 'string' &&
    typeof holder.user === 'string' &&
    typeof holder.bootId === 'string' &&
    Number.isSafeInteger(holder.pid) &&
    [holder.machineId, holder.pidNamespace, holder.startTime].every(
      (field) => field === undefined || typeof field === 'string',
    )
  )
}

function unreadable(path: string, found: string) {
  return fail({
    code: 'lease/unreadable',
    what: 'The lease can not be read, so it is not known whether another controller works',
    where: path,
    found,
    fix: 'Make sure that no controller works on this estate, then restore the file from the backup; one of another version is read by the Upkeep that wrote it',
  })
}
