import { digestOf } from '../../core/digest.ts'

/** The longest name of a system in an id: an id has at most 40 characters, and its time stamp takes 16. */
const mostOfName = 24

/**
 * The id of a rollout, "oa-20261121-220000": its system and the second (UTC) in which its plan was made. A long name is
 * cut, and tells itself apart from others by 4 digits of its SHA-256; the time stamp is always whole.
 */
export function rolloutId(system: string, created: Date): string {
  const stamp = created.toISOString().replace(/[-:]/g, '').replace('T', '-').slice(0, 15)
  const name =
    system.length <= mostOfName
      ? system
      : `${system.slice(0, mostOfName - 5)}-${digestOf(system).slice(0, 4)}`
  return `${name}-${stamp}`
}
