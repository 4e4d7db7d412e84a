import type { ExitName } from '../core/exit.ts'
import type { Shell } from './command.ts'
import { openEstate } from './estate-file.ts'
import { runAsScript } from './main.ts'
import { install, remove, show } from './schedule/install.ts'
import { refuse } from './told.ts'

/** The timers of this machine that start inspections, clean-ups and `resume`, as the estate says. */
export async function run(shell: Shell): Promise<ExitName> {
  const estate = await openEstate(shell)
  if (!estate.ok) return refuse(shell, estate.problems)
  switch (shell.argv[1]) {
    case 'install':
      return install(shell, estate.value)
    case 'remove':
      return remove(shell, estate.value)
    default:
      return show(shell, estate.value)
  }
}

void runAsScript(import.meta.url, 'schedule')
