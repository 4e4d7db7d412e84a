import { execFileSync, spawn } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { tree } from './patrol-host.ts'

/** A real MariaDB of the tests' own: the directory that stands for the root of its host, and what can be done with it. */
export type MariadbServer = {
  readonly root: string
  /** Runs SQL as root; what it printed. */
  sql(text: string): string
  stop(): Promise<void>
}

/** Starts an engine with an empty directory of data, or with that of one that has stopped. */
export async function startMariadb(
  o: { readonly root?: string; readonly settings?: readonly string[] } = {},
): Promise<MariadbServer> {
  const root = o.root ?? tree({})
  const data = join(root, 'data')
  const socket = join(root, 'run/mysqld/mysqld.sock')
  mkdirSync(join(root, 'run/mysqld'), { recursive: true })
  if (o.root === undefined)
    execFileSync(
      'mariadb-install-db',
      ['--no-defaults', '--user=root', `--datadir=${data}`, '--skip-test-db'],
      {
        stdio: 'ignore',
      },
    )
  const argv = [
    '--no-defaults',
    '--user=root',
    `--datadir=${data}`,
    `--socket=${socket}`,
    '--skip-networking',
  ]
  const small = ['--innodb-buffer-pool-size=16M', '--max-connections=20', `--pid-file=${data}/pid`]
  const child = spawn('mariadbd', [...argv, ...small, ...(o.settings ?? [])], { stdio: 'ignore' })
  const ended = new Promise((resolve) => child.once('exit', resolve))
  const sql = (text: string) =>
    execFileSync(
      'mariadb',
      ['--no-defaults', `--socket=${socket}`, '--batch', '--skip-column-names', '-e', text],
      {
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'ignore'],
      },
    )
  for (let tries = 0; ; tries += 1) {
    try {
      sql('select 1')
      break
    } catch (error) {
      if (tries === 200 || child.exitCode !== null) throw error
      await sleep(100)
    }
  }
  return {
    root,
    sql,
    async stop() {
      child.kill()
      await ended
    },
  }
}
