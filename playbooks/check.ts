import type { ExitName } from '../core/exit.ts'
import { renderProblems } from '../core/problem.ts'
import type { Shell } from './command.ts'
import { readEstateFile } from './estate-file.ts'
import { runAsScript } from './main.ts'
import { refuse } from './told.ts'

/** Checks the estate file: all mistakes at once, each with its place; warnings do not fail. */
export async function run(shell: Shell): Promise<ExitName> {
  const read = await readEstateFile(shell)
  if (!read.ok) return refuse(shell, read.problems)
  const { estate, warnings } = read.value
  const systems = Object.values(estate.systems)
  const hosts = systems.flatMap((system) => system.hosts)
  if (shell.json) {
    shell.out(
      JSON.stringify({
        messageType: 'check',
        schemaVersion: 1,
        ok: true,
        systems: systems.length,
        hosts: hosts.length,
        warnings,
      }),
    )
    return 'ok'
  }
  if (warnings.length > 0) shell.note(renderProblems(warnings, { colour: shell.terminal.colour }))
  const production = hosts.filter((host) => host.ring === 'production').length
  shell.out(
    `${shell.estatePath} is good: ${systems.length} systems, ${hosts.length} hosts (${production} production), ${warnings.length} warnings.`,
  )
  return 'ok'
}

void runAsScript(import.meta.url, 'check')
