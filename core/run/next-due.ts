import type { Wait } from './next.ts'

/**
 * When (epoch ms) the next run has something to do: as soon as the gates of the whole rollout are open and one of its
 * hosts may start. Null when nothing is waited for, or when only a person can open what is shut.
 */
export function nextDue(waits: readonly Wait[]): number | null {
  const ofAll = waits.filter((wait) => wait.host === undefined || wait.gate === 'unknown')
  const ofHosts = waits.filter((wait) => !ofAll.includes(wait)).flatMap(({ untilMs }) => untilMs ?? [])
  const isShut =
    ofAll.some((wait) => wait.untilMs === null) || (ofHosts.length === 0 && ofAll.length < waits.length)
  if (isShut || waits.length === 0) return null
  const firstHostMs = ofHosts.length === 0 ? [] : [Math.min(...ofHosts)]
  return Math.max(...ofAll.flatMap(({ untilMs }) => untilMs ?? []), ...firstHostMs)
}
