import { resolve } from 'node:path'
import type { ResolvedEstate } from '../core/estate/resolved.ts'
import { type ExitName, exitNameOf } from '../core/exit.ts'
import { type Shell, textOption } from './command.ts'
import { openEstate, systemNamed } from './estate-file.ts'
import { runAsScript } from './main.ts'
import { refuse } from './told.ts'

/** Clean-up: what the rules of the estate would take, then that and no more, into a quarantine that gives it back. */
export async function run(shell: Shell): Promise<ExitName> {
  const { inSession } = await import('./in-session.ts')
  switch (shell.argv[1]) {
    case 'run': {
      const { cleanUp } = await import('./cleanup/run.ts')
      return inSession(shell, (estate, session) => cleanUp(shell, estate, session))
    }
    case 'undo': {
      const { takeBack } = await import('./cleanup/undo.ts')
      return inSession(shell, (estate, session) => takeBack(shell, estate, session))
    }
    default: {
      const estate = await openEstate(shell)
      return estate.ok ? plan(shell, estate.value) : refuse(shell, estate.problems)
    }
  }
}

async function plan(shell: Shell, estate: ResolvedEstate): Promise<ExitName> {
  const [{ makeCleanupPlan }, { writePlan }, { connections }, { showCleanupPlan }] = await Promise.all([
    import('./cleanup/make-plan.ts'),
    import('./rollout/plan-file.ts'),
    import('./rollout/session.ts'),
    import('./cleanup/show.ts'),
  ])
  const system = systemNamed(estate, textOption(shell, 'system'))
  if (!system.ok) return refuse(shell, system.problems)
  const pool = connections(estate, { env: shell.env, directory: estate.directory, learned: () => {} })
  try {
    const made = await makeCleanupPlan(shell, estate, system.value, pool)
    if (!made.ok) return refuse(shell, made.problems)
    const out = textOption(shell, 'out') ?? 'cleanup.json'
    await writePlan(resolve(shell.cwd, out), made.value)
    if (shell.json) shell.out(JSON.stringify(made.value))
    else showCleanupPlan(shell, made.value, out)
    const [first] = made.value.problems
    if (first === undefined) return 'ok'
    // As JSON the plan is the one document, and has its problems in it.
    return shell.json ? exitNameOf(first.code) : refuse(shell, made.value.problems)
  } finally {
    pool.closeAll()
  }
}

void runAsScript(import.meta.url, 'cleanup')
