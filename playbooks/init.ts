import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { dirname, relative, resolve } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import type { ExitName } from '../core/exit.ts'
import type { Problem } from '../schemas/problem.ts'
import type { Shell } from './command.ts'
import { runAsScript } from './main.ts'
import { refuse } from './told.ts'

const sample = new URL('./init-estate.yaml', import.meta.url)
const schema = fileURLToPath(new URL('../schemas/estate.schema.json', import.meta.url))

/** Writes the commented sample estate; a file that is there stays as it is. Problems: `input/exists`, `input/not-written`. */
export async function run(shell: Shell): Promise<ExitName> {
  const path = resolve(shell.cwd, shell.estatePath)
  const text = withModeline(await readFile(sample, 'utf8'), path)
  try {
    await mkdir(dirname(path), { recursive: true })
    await writeFile(path, text, { flag: 'wx' })
  } catch (cause) {
    return refuse(shell, [notWritten(shell.estatePath, cause as NodeJS.ErrnoException)])
  }
  const named = shell.estatePath === 'estate.yaml' ? '' : ` --estate ${shell.estatePath}`
  const next = [
    { command: `upkeep check${named}`, says: 'names every mistake with its place' },
    { command: `upkeep doctor${named}`, says: 'asks every host whether Upkeep can work there' },
    { command: `upkeep patch plan${named} --system erp`, says: 'shows what a rollout would do' },
  ]
  if (shell.json) {
    shell.out(JSON.stringify({ messageType: 'init', schemaVersion: 1, estate: shell.estatePath, next }))
    return 'ok'
  }
  shell.out(`Wrote ${shell.estatePath}: a company that does not exist, with a comment at each choice.`)
  shell.out(
    'Put in your own systems, hosts and people, pin the keys of the hosts (docs/host-setup.md), then:',
  )
  const width = Math.max(...next.map(({ command }) => command.length))
  for (const { command, says } of next) shell.out(`  ${command.padEnd(width)}  ${says}`)
  return 'ok'
}

/** The sample with the line that tells an editor where the schema lies, as seen from the new file. */
function withModeline(text: string, path: string): string {
  const near = relative(dirname(path), schema)
  // Far away a relative path only counts the folders of this machine; an address says the same more plainly.
  const place = near.startsWith('../../..') ? pathToFileURL(schema).href : near
  return text.replace(/^(# yaml-language-server: \$schema=).*/, (_, head: string) => head + place)
}

function notWritten(shown: string, cause: NodeJS.ErrnoException): Problem {
  if (cause.code === 'EEXIST' && cause.syscall === 'open') {
    return {
      code: 'input/exists',
      what: 'There is a file of this name already; it was left as it is.',
      where: shown,
      fix: 'Name another file with --estate FILE, or check this one with `upkeep check`.',
    }
  }
  return {
    code: 'input/not-written',
    what: 'The estate file can not be written here.',
    where: shown,
    found: cause.message,
    fix: 'Name a file in a directory that you may write to, with --estate FILE.',
  }
}

void runAsScript(import.meta.url, 'init')
