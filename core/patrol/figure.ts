import type { PatrolItem } from '../../schemas/patrol.ts'
import type { PatrolMemory } from '../../schemas/patrol-memory.ts'

/**
 * One thing that an inspection looked at on a host: `of` names the disk, the service, ... (empty where a host has one).
 * `seen`: its value, in the unit of its item; with `calm` the value is told, and no limit is held against it. `unknown`: it
 * could not be measured, and why, never taken for good; with `gone` the thing itself is not there any more. `absent`: the host does not have or show it.
 */
export type Figure = { readonly item: PatrolItem; readonly of: string } & (
  | { readonly state: 'seen'; readonly value: number; readonly calm?: true; readonly said?: string }
  | { readonly state: 'unknown'; readonly why: string; readonly gone?: true }
  | { readonly state: 'absent'; readonly why: string }
)

/** What one inspection saw of a host, or why it saw nothing of it. */
export type Look = {
  readonly host: string
  readonly figures: readonly Figure[]
  /** Whose figures of processor and memory these are: the machine's, or those of the container alone. */
  readonly scope: 'host' | 'cgroup' | 'unknown'
  readonly uptimeS: number | null
  /** What the next inspection goes on from: counters since the boot (`oomKills`: processes ended for want of memory), ... */
  readonly memory: PatrolMemory
}

/** A figure that could not be measured. */
export function unknownFigure(item: PatrolItem, why: string, of = ''): Figure {
  return { item, of, state: 'unknown', why }
}

/** A figure of what was there and is not any more. */
export function goneFigure(item: PatrolItem, of: string, why: string): Figure {
  return { item, of, state: 'unknown', why, gone: true }
}

/** A figure that the host does not show. */
export function absentFigure(item: PatrolItem, why = 'not shown by this host'): Figure {
  return { item, of: '', state: 'absent', why }
}

/** A figure with its value. */
export function seenFigure(
  item: PatrolItem,
  value: number,
  o: { readonly of?: string; readonly calm?: boolean; readonly said?: string } = {},
): Figure {
  if (!Number.isFinite(value)) return unknownFigure(item, 'the host gave no usable number', o.of)
  return {
    item,
    of: o.of ?? '',
    state: 'seen',
    value,
    ...(o.calm === true ? { calm: true } : {}),
    ...(o.said === undefined ? {} : { said: o.said }),
  }
}
