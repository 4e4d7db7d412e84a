import type { PatchPlan } from '../../schemas/plan.ts'
import { sanitise } from '../../connect/text.ts'
import type { Shell } from '../command.ts'
import type { Unsettled } from '../rollout/unsettled.ts'
import { bold, symbolOf } from './symbol.ts'
import { labelled } from './wrap.ts'

/** Shows what is known of an unknown or stuck host, and what a person says of it. */
export function showUnsettled(
  { out, terminal: { colour } }: Shell,
  host: string,
  plan: PatchPlan,
  known: Unsettled,
  said: { readonly as: string; readonly reason: string; readonly by: string } | null,
): void {
  const rows = [
    ['why', sanitise(known.why, 1000)],
    ['walked', `${known.walked} of ${known.steps} steps${known.phase === 'back' ? ' of its way back' : ''}`],
    ['changed', known.changed ? 'yes, or nobody knows that it was not' : 'nothing that a way back must undo'],
    ['traffic', known.closed ? 'taken away, and NOT given back' : 'as it was'],
    ['snapshot', known.snapshot ? `upkeep-${plan.id} is held` : 'none is held'],
    ['way back', `${known.wayBack}, ${known.rehearsed ? 'rehearsed' : 'not rehearsed on a test host'}`],
    // On its way forward the host walks on, or goes back, and does these itself.
    ['left to you', known.phase === 'forward' ? 'nothing' : known.left.join('; ') || 'nothing'],
    ...(said === null ? [] : [['settled', `as ${said.as} by ${said.by}: ${sanitise(said.reason, 300)}`]]),
  ]
  out(bold(`${symbolOf(known.was, false)} ${host}  ${known.was} in rollout ${plan.id}`, colour))
  for (const [label = '', text = ''] of rows)
    labelled(`  ${label.padEnd(11)}  `, text).forEach((line) => out(line))
  if (said === null) out('Settle it: upkeep settle HOST --as done|undone --reason TEXT'.replace('HOST', host))
}
