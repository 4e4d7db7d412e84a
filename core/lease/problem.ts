import type { Problem } from '../../schemas/problem.ts'
import { systemCode } from '../durable.ts'
import { type LeaseRecord, recordPath } from './record.ts'

/** The problem of a lease that another holds: who, where, since and until when; `here` is the host that asks. */
export function heldBy(record: LeaseRecord, here: string, dir: string): Problem {
  const { user, host, pid } = record.holder
  const isHere = host === here
  return {
    code: 'lease/held',
    what: `${user} is at work on this estate from ${host} (process ${pid}) since ${record.since}`,
    where: recordPath(dir, record.token),
    found: `held until ${record.expires}, and renewed as long as that controller runs`,
    expected: 'one controller at a time',
    fix: `Wait until it ends, or stop it ${isHere ? 'here' : `on ${host}`} (kill ${pid}) and resume; a controller that is gone for good loses the lease at ${record.expires}`,
  }
}

/** The problem of a lease that another took over. */
export function lostTo(dir: string, record: LeaseRecord | undefined): Problem {
  const by = record && `${record.holder.user} on ${record.holder.host} (process ${record.holder.pid})`
  return {
    code: 'lease/lost',
    what: 'Another controller took the lease over, so this one records and starts nothing more',
    where: dir,
    ...(by === undefined ? {} : { found: `${by} since ${record?.since}` }),
    fix: 'Follow the status there; work that is under way on the hosts goes on and is picked up by that controller',
  }
}

/** The problem of a lease that the system does not let us write; anything else is a bug and throws on. */
export function notWritten(dir: string, error: unknown): Problem {
  if (systemCode(error) === undefined) throw error
  return {
    code: 'lease/not-written',
    what: 'The lease can not be written',
    where: dir,
    found: error instanceof Error ? error.message : String(error),
    fix: 'Make room, or check the directory, its owner and the disk',
  }
}
