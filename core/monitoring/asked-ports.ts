import type { ResolvedEstate, ResolvedMail } from '../estate/resolved.ts'
import { databaseTargets, nodeTargets, probeTargets } from './targets.ts'

/** The ports at which the monitoring host asks the hosts of the estate, each once, in their order. */
export function askedPorts(estate: ResolvedEstate): readonly number[] {
  const targets = [...nodeTargets(estate), ...databaseTargets(estate), ...probeTargets(estate)]
  return [...new Set(targets.map(({ address }) => portOf(address)))].toSorted((a, b) => a - b)
}

/** The port of the mail server; that for log-ins where the estate names none. */
export function mailPort({ smtp }: ResolvedMail): number {
  const { port, protocol } = new URL(smtp)
  if (port !== '') return Number(port)
  return protocol === 'smtps:' ? 465 : 587
}

function portOf(address: string): number {
  const isWeb = /^https?:/.test(address)
  const { port, protocol } = new URL(isWeb ? address : `tcp://${address}`)
  if (port !== '') return Number(port)
  return protocol === 'https:' ? 443 : 80
}
