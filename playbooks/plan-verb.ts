import { resolve } from 'node:path'
import type { HostPool } from '../connect/pool.ts'
import type { ResolvedEstate, ResolvedSystem } from '../core/estate/resolved.ts'
import { type ExitName, exitNameOf } from '../core/exit.ts'
import type { CleanupPlan } from '../schemas/cleanup-plan.ts'
import type { PatchPlan } from '../schemas/plan.ts'
import type { Result } from '../schemas/problem.ts'
import { type Shell, textOption } from './command.ts'
import { systemNamed } from './estate-file.ts'
import { refuse } from './told.ts'

/** What is different from one kind of plan to the next: how it is made and shown, and the name of its file unless told. */
export type PlanKind<P extends PatchPlan | CleanupPlan> = {
  readonly make: (
    shell: Shell,
    estate: ResolvedEstate,
    system: ResolvedSystem,
    pool: HostPool,
  ) => Promise<Result<P>>
  readonly show: (shell: Shell, plan: P, file: string) => void
  readonly file: string
}

/** Makes the plan of the named system, writes it to `--out`, and shows it; with problems in it, it ends as they say. */
export async function planVerb<P extends PatchPlan | CleanupPlan>(
  shell: Shell,
  estate: ResolvedEstate,
  { make, show, file }: PlanKind<P>,
): Promise<ExitName> {
  const [{ writePlan }, { connections }] = await Promise.all([
    import('./rollout/plan-file.ts'),
    import('./rollout/session.ts'),
  ])
  const system = systemNamed(estate, textOption(shell, 'system'))
  if (!system.ok) return refuse(shell, system.problems)
  const pool = connections(estate, { env: shell.env, directory: estate.directory, learned: () => {} })
  try {
    const made = await make(shell, estate, system.value, pool)
    if (!made.ok) return refuse(shell, made.problems)
    const out = textOption(shell, 'out') ?? file
    await writePlan(resolve(shell.cwd, out), made.value)
    if (shell.json) shell.out(JSON.stringify(made.value))
    else show(shell, made.value, out)
    const [first] = made.value.problems
    if (first === undefined) return 'ok'
    // As JSON the plan is the one document, and has its problems in it.
    return shell.json ? exitNameOf(first.code) : refuse(shell, made.value.problems)
  } finally {
    pool.closeAll()
  }
}
