import type { ResolvedEstate, ResolvedSystem } from '../core/estate/resolved.ts'
import type { Shell } from './command.ts'

/** What every plan begins with: of which estate and system it was made, when (ISO 8601, UTC) and by whom. */
export function planHead(
  shell: Shell,
  estate: ResolvedEstate,
  system: ResolvedSystem,
  { id, created }: { readonly id: string; readonly created: Date },
) {
  return {
    schemaVersion: 1 as const,
    id,
    estate: estate.name,
    estateDigest: estate.digest,
    system: system.name,
    createdAt: created.toISOString(),
    createdBy: `${shell.user}@${shell.machine}`,
  }
}
