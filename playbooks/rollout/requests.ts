import { readdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { makeDirectory, replaceFile, syncDirectory, systemCode } from '../../core/durable.ts'
import type { RolloutEvent } from '../../core/run/events.ts'

/** A stop that a person asked for while a controller was at work, and the file that holds it until it is journalled. */
export type StopRequest = { readonly path: string; readonly event: StopEvent }

type StopEvent = Extract<RolloutEvent, { type: 'stop.asked' }>

/** Lays a request where the controller that is at work looks, on the disk before it resolves. */
export async function leaveRequest(
  stateDir: string,
  event: StopEvent,
  from: { readonly nowMs: number; readonly pid: number },
): Promise<void> {
  const directory = join(stateDir, 'requests')
  await makeDirectory(directory)
  const name = `${from.nowMs}-${from.pid}-${event.data.rollout}.json`
  await replaceFile(join(directory, name), join(directory, `.${name}`), JSON.stringify(event))
}

/** The requests that nobody has journalled yet, oldest first; what is no request is passed over. */
export async function pendingRequests(stateDir: string): Promise<readonly StopRequest[]> {
  const directory = join(stateDir, 'requests')
  const names = await readdir(directory).catch(ifThere<readonly string[]>([]))
  const files = names.filter((name) => name.endsWith('.json') && !name.startsWith('.')).sort()
  const found = await Promise.all(
    files.map(async (name) => {
      const path = join(directory, name)
      const event = stopEvent(await readFile(path, 'utf8').catch(ifThere('')))
      return event === null ? [] : [{ path, event }]
    }),
  )
  return found.flat()
}

/** Takes a request away, once it is in the journal. */
export async function requestDone(path: string): Promise<void> {
  await rm(path, { force: true })
  await syncDirectory(join(path, '..'))
}

function ifThere<T>(otherwise: T): (error: unknown) => T {
  return (error) => {
    if (systemCode(error) === 'ENOENT') return otherwise
    throw error
  }
}

function stopEvent(text: string): StopEvent | null {
  try {
    const { type, data } = JSON.parse(text) as Partial<StopEvent>
    if (type !== 'stop.asked' || typeof data !== 'object') return null
    const { rollout, reason, by, end } = data
    const isWhole = [rollout, reason, by].every((value) => typeof value === 'string')
    return isWhole && typeof end === 'boolean' ? { type, data: { rollout, reason, by, end } } : null
  } catch {
    return null
  }
}
