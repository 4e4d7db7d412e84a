import type { LoadedEstate } from '../../schemas/load.ts'
import type { PatrolItem } from '../../schemas/patrol.ts'
import type { Placed } from '../../schemas/placed.ts'
import type { Path } from '../../schemas/source.ts'
import { items, limitsOf } from '../patrol/limits.ts'
import { complaint } from './complaint.ts'

/** No limit of an inspection calls critical what is not yet worth a warning, and a share is at most 100 %. */
export function* patrolLimitsFit(loaded: LoadedEstate): Generator<Placed> {
  const { estate } = loaded
  const told = new Set<string>()
  for (const [name, system] of Object.entries(estate.systems)) {
    const own = Object.keys(system.patrol?.limits ?? {})
    const ofTier = Object.keys(estate.patrol?.[system.tier]?.limits ?? {})
    const limits = limitsOf(estate, system)
    for (const item of new Set([...own, ...ofTier]) as Set<PatrolItem>) {
      const { side, warning, critical } = limits[item]
      const path: Path = own.includes(item)
        ? ['systems', name, 'patrol', 'limits', item]
        : ['patrol', system.tier, 'limits', item]
      // A tier's limit is wrong once, and not for each of its systems.
      const isFirst = !told.has(path.join('/'))
      const found = { warning, critical }
      const { unit } = items[item]
      const tooMuch =
        unit !== '%' ? undefined : Object.entries(found).find(([, of]) => of !== null && of > 100)
      if (tooMuch !== undefined && isFirst) {
        const what = `The limit ${item} is a share, and more than 100 %`
        told.add(path.join('/'))
        yield complaint(loaded, path, {
          code: 'patrol-share',
          what,
          found: `${tooMuch[0]} ${tooMuch[1]}`,
          expected: 'from 0 to 100',
        })
        continue
      }
      const isWrong = critical !== null && (side === 'most' ? critical < warning : critical > warning)
      if (!isWrong || !isFirst) continue
      told.add(path.join('/'))
      yield complaint(loaded, path, {
        code: 'patrol-limits',
        what: `The limit ${item} of ${name} calls critical what is not yet worth a warning`,
        found: `warning ${warning}, critical ${critical}`,
        expected: side === 'most' ? 'critical at warning or above' : 'critical at warning or below',
        fix: 'Set both; one that is absent comes from the tier.',
      })
    }
  }
}
