import type { Holder } from './record.ts'

/**
 * Whether a holder is sure to be gone, as seen from `here`: only a process of the same machine, boot and process
 * namespace can be looked at, and its number may be another's by now. `startOf` gives when the process of a number began,
 * null when there is none and undefined when nobody can say. A record without these fields tells nothing.
 */
export function isSurelyGone(
  holder: Holder,
  here: Holder,
  startOf: (pid: number) => string | null | undefined,
): boolean {
  const isSame = (['host', 'bootId', 'machineId', 'pidNamespace'] as const).every(
    (field) => isKnown(holder[field]) && holder[field] === here[field],
  )
  if (!isSame || !isKnown(holder.startTime)) return false
  const start = startOf(holder.pid)
  return start === null || (start !== undefined && start !== holder.startTime)
}

function isKnown(value: string | undefined): boolean {
  return value !== undefined && value !== ''
}
