import type { ResolvedEstate } from '../core/estate/resolved.ts'
import type { ExitName } from '../core/exit.ts'
import type { Shell } from './command.ts'
import { openEstate } from './estate-file.ts'
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
  const [{ makeCleanupPlan }, { showCleanupPlan }, { planVerb }] = await Promise.all([
    import('./cleanup/make-plan.ts'),
    import('./cleanup/show.ts'),
    import('./plan-verb.ts'),
  ])
  return planVerb(shell, estate, { make: makeCleanupPlan, show: showCleanupPlan, file: 'cleanup.json' })
}

void runAsScript(import.meta.url, 'cleanup')
