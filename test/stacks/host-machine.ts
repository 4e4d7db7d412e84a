import { spawnSync } from 'node:child_process'
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { after } from 'node:test'

const scripts = join(import.meta.dirname, '../../stacks/host')

/**
 * A directory in which a script of the monitoring host runs by sh, with programs of the test first in PATH; each call of those
 * is a line in `calls`.
 */
export function hostMachine(programs: Readonly<Record<string, string>>) {
  const directory = mkdtempSync(join(tmpdir(), 'upkeep-host-'))
  after(() => rmSync(directory, { recursive: true, force: true }))
  const at = (path: string) => join(directory, path)
  for (const name of ['bin', 'state', 'etc', 'metrics', 'objects']) mkdirSync(at(name))
  for (const [name, text] of Object.entries(programs)) {
    writeFileSync(at(`bin/${name}`), `#!/bin/sh\necho "${name} $*" >>"$MACHINE/calls"\n${text}`)
    chmodSync(at(`bin/${name}`), 0o755)
  }
  return {
    at,
    read: (path: string) => readFileSync(at(path), 'utf8'),
    write: (path: string, text: string) => writeFileSync(at(path), text),
    /** Runs a script to its end; what it called of the programs of the test. */
    run(script: string, env: Readonly<Record<string, string>>) {
      rmSync(at('calls'), { force: true })
      const { status, stderr, error } = spawnSync('sh', [join(scripts, script)], {
        encoding: 'utf8',
        timeout: 60_000,
        env: {
          PATH: [at('bin'), process.env['PATH'] ?? ''].join(delimiter),
          MACHINE: directory,
          ...env,
        },
      })
      if (error !== undefined) throw error
      const calls = existsSync(at('calls')) ? readFileSync(at('calls'), 'utf8').trimEnd().split('\n') : []
      return { status, stderr, calls }
    },
  }
}
