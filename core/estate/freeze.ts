import type { Freeze } from '../../schemas/window.ts'
import { instantOf, wallOf } from '../gate/wall-clock.ts'

const dayMs = 86_400_000

/** A freeze's wall clock readings, `to` not included; undefined where there is no such day or time. A bare date in `to` means its end. */
export function freezeWalls(freeze: Freeze): {
  readonly from: number | undefined
  readonly to: number | undefined
} {
  const to = wallOf(freeze.to)
  return { from: wallOf(freeze.from), to: to === undefined || freeze.to.includes('T') ? to : to + dayMs }
}

/** A freeze in epoch milliseconds, `toMs` not included; of an hour that clocks show twice, both are frozen. */
export function freezeSpan(
  freeze: Freeze,
  timeZone: string,
): { readonly fromMs: number; readonly toMs: number } {
  const { from, to } = freezeWalls(freeze)
  if (from === undefined || to === undefined) throw new Error(`freeze "${freeze.name}" was not checked`)
  const zone = freeze.timeZone ?? timeZone
  return { fromMs: instantOf(from, zone), toMs: instantOf(to, zone, 'last') }
}
