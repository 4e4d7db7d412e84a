import { type Figure, type Look, seenFigure, unknownFigure } from './figure.ts'
import type { PatrolMemory } from '../../schemas/patrol-memory.ts'

/** Processes ended for want of memory since the last inspection; since the boot, where that was later or there was none. */
export function oomFigure(look: Look, last: PatrolMemory | undefined): Figure {
  const { oomKills, bootId } = look.memory
  if (oomKills === null) return unknownFigure('oomKills', 'the host did not give the counter')
  const before = last?.oomKills ?? null
  const isSameBoot = bootId !== null && last?.bootId === bootId
  // A counter that is less than it was is another one: of a container that was made anew.
  if (!isSameBoot || before === null || before > oomKills)
    return seenFigure('oomKills', oomKills, oomKills === 0 ? {} : { said: 'since the boot' })
  const more = oomKills - before
  return seenFigure('oomKills', more, more === 0 ? {} : { said: 'since the last inspection' })
}
