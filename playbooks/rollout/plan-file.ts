import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { digestOf } from '../../core/digest.ts'
import { loadAs } from '../../schemas/load.ts'
import { PatchPlan } from '../../schemas/plan.ts'
import { fail, ok, type Result } from '../../schemas/problem.ts'

/** SHA-256 over everything in a plan but the digest itself. */
export function planDigest(plan: Omit<PatchPlan, 'digest'> & { digest?: string }): string {
  return digestOf({ ...plan, digest: undefined, $schema: undefined })
}

/** Reads a plan and holds it against its own digest. Problems: `input/plan-not-found`, `plan-file/...` of shape, `plan/stale`. */
export async function readPlan(path: string, shown: string): Promise<Result<PatchPlan>> {
  let text: string
  try {
    text = await readFile(path, 'utf8')
  } catch {
    return fail({
      code: 'input/plan-not-found',
      what: 'There is no plan file here that can be read.',
      where: shown,
      fix: 'Make one with `upkeep patch plan --out FILE`.',
    })
  }
  const loaded = loadAs('plan-file', PatchPlan, shown, text)
  if (!loaded.ok) return loaded
  const plan = loaded.value.value
  const digest = planDigest(plan)
  if (digest === plan.digest) return ok(plan)
  return fail({
    code: 'plan/stale',
    what: 'The plan file was changed after it was made; nothing was done.',
    where: shown,
    found: `SHA-256 ${digest}`,
    expected: `SHA-256 ${plan.digest}`,
    fix: 'Make a new plan.',
  })
}

/** Writes a plan where people and `patch run` look for it. */
export async function writePlan(path: string, plan: PatchPlan): Promise<void> {
  await mkdir(dirname(path), { recursive: true })
  await writeFile(path, `${JSON.stringify(plan, null, 1)}\n`)
}

/** Where the state directory keeps the plan of a rollout that was begun. */
export function keptPlanPath(stateDir: string, rollout: string): string {
  return join(stateDir, 'plans', `${rollout}.json`)
}
