import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { checkEstate } from '../core/estate/check.ts'
import type { ExitName } from '../core/exit.ts'
import { renderProblems } from '../core/problem.ts'
import { loadEstate } from '../schemas/load.ts'
import type { Shell } from './command.ts'
import { openEstate } from './estate-file.ts'
import { runAsScript } from './main.ts'
import { refuse } from './told.ts'

/** Checks the estate file: all mistakes at once, each with its place; warnings do not fail. */
export async function run(shell: Shell): Promise<ExitName> {
  const estate = await openEstate(shell)
  if (!estate.ok) return refuse(shell, estate.problems)
  const loaded = loadEstate(shell.estatePath, await readFile(resolve(shell.cwd, shell.estatePath), 'utf8'))
  const warnings = loaded.ok ? checkEstate(loaded.value).warnings : []
  const systems = Object.values(estate.value.systems)
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
