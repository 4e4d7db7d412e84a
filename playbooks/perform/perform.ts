import type { StepContext } from '../../core/run/execute.ts'
import type { StepEnd } from '../../core/run/events.ts'
import type { Action, HostPlan, Step } from '../../schemas/plan.ts'
import { checkProbes, isFresh } from './check.ts'
import { reportConffiles } from './conffiles.ts'
import type { Ended, Performing, World } from './context.ts'
import { compareManifest, recordManifest } from './manifest.ts'
import { sendFiles } from './packages.ts'
import { isPatched } from './patched.ts'
import { rebootWhenNeeded } from './reboot.ts'
import { markRows, rowsKept } from './rows.ts'
import { countRows } from './rows-count.ts'
import { compareSchema, lookAtSchema, recordSchema } from './schema.ts'
import { runScript } from './script.ts'
import { removeSnapshot, restoreSnapshot, takeSnapshot } from './snapshot.ts'
import { switchTraffic } from './traffic.ts'

/** Performs one step on one host, or reattaches to it; every kind may be repeated without doing its work twice. */
export async function perform(
  world: World,
  planned: HostPlan,
  step: Step,
  context: StepContext,
): Promise<StepEnd> {
  const startedMs = world.now()
  const end = settled(step, await byKind({ world, planned, step, context }))
  return { ...end, ms: world.now() - startedMs }
}

/** Steps that only look: without an answer nothing was done. */
const looking: readonly Action['kind'][] = [
  'fresh',
  'patched',
  'check',
  'conffiles',
  'manifest.take',
  'manifest.compare',
  'schema.take',
  'schema.look',
]
const noAnswer = ['host/lost', 'host/unreachable', 'host/fence-busy', 'fact/lost', 'snapshot/no-answer']

/** A step that may have acted and gave no answer has not failed: nobody knows, until it is asked again. */
function settled(step: Step, end: Ended): Ended {
  const isSilent = end.problem !== undefined && noAnswer.includes(end.problem.code)
  if (end.outcome !== 'failed' || !isSilent || looking.includes(step.action.kind)) return end
  return { ...end, outcome: 'unknown', said: `${end.said} Whether it was done is not known yet.` }
}

async function byKind(performing: Performing): Promise<Ended> {
  const { action } = performing.step
  switch (action.kind) {
    case 'fresh':
      return isFresh(performing)
    case 'patched':
      return isPatched(performing, action)
    case 'check':
      return checkProbes(performing, action)
    case 'manifest.take':
      return recordManifest(performing)
    case 'manifest.compare':
      return compareManifest(performing)
    case 'conffiles':
      return reportConffiles(performing, action)
    case 'packages.send':
      return sendFiles(performing, action)
    case 'traffic':
      return switchTraffic(performing, action)
    case 'snapshot.take':
      return takeSnapshot(performing, action)
    case 'snapshot.restore':
      return restoreSnapshot(performing, action)
    case 'snapshot.remove':
      return removeSnapshot(performing, action)
    case 'script':
      return runScript(performing, action)
    case 'reboot':
      return rebootWhenNeeded(performing)
    case 'rows.mark':
      return markRows(performing, action)
    case 'rows.kept':
      return rowsKept(performing, action)
    case 'rows.count':
      return countRows(performing, action)
    case 'schema.take':
      return recordSchema(performing, action)
    case 'schema.look':
      return lookAtSchema(performing, action)
    case 'schema.compare':
      return compareSchema(performing, action)
  }
}
