import { createHash } from 'node:crypto'
import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { join } from 'node:path'
import { endInBackground, isAtWork, startInBackground } from '../background.ts'
import { succeeds, until } from '../must.ts'
import type { CloudPaths } from './layout.ts'
import { once } from './once.ts'

const requirements = join(import.meta.dirname, '../files/moto-requirements.txt')
const mark = 'moto.server'
const server = join(import.meta.dirname, '../files/moto.server.py')

/** Installs moto into a directory of its own, from pinned packages with known hashes; answers its Python. */
export async function bringMoto(paths: CloudPaths, report: (line: string) => void): Promise<string> {
  const digest = createHash('sha256').update(readFileSync(requirements)).digest('hex')
  const made = join(paths.cache, `moto-${digest.slice(0, 16)}`)
  const python = join(made, 'bin', 'python')
  const done = join(made, 'done')
  if (existsSync(done)) return python
  report('installing moto, the cloud of the lab (about 140 MB)')
  // Not moved afterwards: an environment of Python knows where it was made.
  const lock = `${made}.lock`
  const env = { into: made, python, requirements }
  await once({ made: done, lock, what: 'moto', script, env, timeoutMs: 600_000 }, report)
  return python
}

const script = `
python3 -m venv --clear "$into"
"$python" -m pip install --quiet --disable-pip-version-check --require-hashes --only-binary :all: -r "$requirements"
touch "$made"
`

/** Packages of Debian that moto needs on this machine. */
export async function missingForMoto(): Promise<readonly string[]> {
  return (await succeeds(['python3', '-c', 'import ensurepip, venv'])) ? [] : ['python3', 'python3-venv']
}

/** The running moto; undefined when there is none. */
export type Moto = { readonly pid: number; readonly url: string }

/** Starts moto on a free port of this machine, with nothing in it and nobody checked; waits until it answers. */
export async function startMoto(paths: CloudPaths, python: string): Promise<Moto> {
  const port = await freePort()
  const program = [python, server, '-H', '127.0.0.1', '-p', String(port)]
  const moto = { pid: await startInBackground(program, paths.log), url: `http://127.0.0.1:${port}` }
  writeFileSync(`${paths.pid}.part`, JSON.stringify(moto))
  renameSync(`${paths.pid}.part`, paths.pid)
  const answers = async () =>
    (await fetch(`${moto.url}/moto-api/data.json`).catch(() => undefined))?.ok === true
  if (!(await until(answers, 60_000, 200)) || runningMoto(paths) === undefined)
    throw new Error(`moto does not answer: see ${paths.log}`)
  return moto
}

/** The moto of this lab that runs now. */
export function runningMoto(paths: CloudPaths): Moto | undefined {
  if (!existsSync(paths.pid)) return undefined
  const moto = JSON.parse(readFileSync(paths.pid, 'utf8')) as Moto
  return isAtWork(moto.pid, mark) ? moto : undefined
}

/** Ends moto by its process id; all that is in it is gone. */
export async function stopMoto(paths: CloudPaths): Promise<void> {
  const pid = runningMoto(paths)?.pid
  if (pid !== undefined) await endInBackground(pid, mark, 5_000)
  rmSync(paths.pid, { force: true })
}

function freePort(): Promise<number> {
  const server = createServer()
  return new Promise((resolve, reject) => {
    server.on('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      const port = typeof address === 'object' && address !== null ? address.port : 0
      server.close(() => resolve(port))
    })
  })
}
