import { readFileSync } from 'node:fs'
import { cpus, loadavg, release, totalmem } from 'node:os'
import { join } from 'node:path'

/** What figures depend on besides the code: the machine, its load before the run, the day and versions; a line each. */
export function surroundings(now: Date, versions: readonly string[]): readonly string[] {
  const [cpu] = cpus()
  const name = /^PRETTY_NAME="?([^"\n]*)/m.exec(readFileSync('/etc/os-release', 'utf8'))?.[1] ?? 'Linux'
  const module = (path: string) => {
    const file = join(import.meta.dirname, '../node_modules', path, 'package.json')
    return `${path} ${(JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version}`
  }
  return [
    `${now.toISOString().slice(0, 16).replace('T', ' ')} UTC`,
    `${cpus().length} cores (${cpu?.model ?? '?'}), ${(totalmem() / 1024 ** 3).toFixed(0)} GiB; controller and hosts share them`,
    `${name}, kernel ${release()}; load before the run ${loadavg()
      .map((load) => load.toFixed(1))
      .join(' ')}`,
    `Node ${process.versions.node}, ${module('ssh2')} (without its native part), ${module('node-ssh')}`,
    ...versions,
  ]
}
