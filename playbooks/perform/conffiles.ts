import type { Action } from '../../schemas/plan.ts'
import { keptConffiles } from '../facts/kept-conffiles.ts'
import { done, type Ended, type Performing } from './context.ts'

/**
 * Reports which of the admin's configuration files were kept, with what the packages would have changed. A report that
 * can not be made says so; it is no reason to take a good patch back.
 */
export async function reportConffiles(
  { world, planned }: Performing,
  action: Extract<Action, { kind: 'conffiles' }>,
): Promise<Ended> {
  const host = await world.host(planned.host)
  const kept = host.ok ? await keptConffiles(host.value, action.since) : host
  if (!kept.ok) return done(`which configuration files were kept is not known: ${kept.problems[0]?.what}`)
  if (kept.value.length === 0) return done('no configuration file needs a person')
  const names = kept.value.map(({ path, beside }) => `${path} was kept, the package's is ${beside}`)
  return done(names.join('; '), { conffiles: kept.value })
}
