import { execFileSync } from 'node:child_process'
import { appendFileSync, chmodSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { tree } from './patrol-host.ts'

const bin = '/usr/lib/postgresql/15/bin'

/** A real PostgreSQL of the tests' own: the directory that stands for the root of its host, and what can be done with it. */
export type Server = {
  readonly root: string
  readonly port: number
  readonly log: string
  /** Runs SQL as the superuser in a database; what it printed. */
  sql(text: string, database?: string): string
  restart(): void
  stop(): void
}

function asPostgres(argv: readonly string[], input = ''): string {
  return execFileSync('runuser', ['-u', 'postgres', '--', ...argv], {
    input,
    encoding: 'utf8',
    cwd: '/',
    stdio: ['pipe', 'pipe', 'ignore'],
  })
}

/** Makes and starts an engine; `of`: a primary that it is a standby of, beside it on the same host. */
export function startPostgresql(
  port: number,
  o: { readonly settings?: string; readonly of?: Server } = {},
): Server {
  const root = o.of?.root ?? tree({})
  const sockets = join(root, 'run/postgresql')
  const data = join(root, `data-${port}`)
  const logs = join(root, 'var/log')
  for (const dir of [join(root, 'run'), sockets, join(root, 'var'), logs, data]) {
    mkdirSync(dir, { recursive: true })
    chmodSync(dir, 0o755)
  }
  execFileSync('chown', ['postgres:', sockets, logs, data])
  chmodSync(data, 0o700)
  if (o.of === undefined) asPostgres([`${bin}/initdb`, '-D', data, '-A', 'peer', '-E', 'UTF8', '--no-sync'])
  else
    asPostgres([
      `${bin}/pg_basebackup`,
      '-h',
      sockets,
      '-p',
      String(o.of.port),
      '-D',
      data,
      '-R',
      '-X',
      'stream',
      '-c',
      'fast',
    ])
  const settings = `listen_addresses = ''\nunix_socket_directories = '${sockets}'\nport = ${port}\nfsync = off\n${o.settings ?? ''}\n`
  appendFileSync(join(data, 'postgresql.conf'), settings)
  const log = join(logs, `postgresql-${port}.log`)
  writeFileSync(log, '')
  execFileSync('chown', ['postgres:', log])
  const control = (verb: string) =>
    asPostgres(
      [`${bin}/pg_ctl`, verb, '-D', data, '-l', log, '-w', '-m', 'immediate'].filter(
        (word, at, all) => verb !== 'start' || (word !== '-m' && all[at - 1] !== '-m'),
      ),
    )
  control('start')
  return {
    root,
    port,
    log,
    sql: (text, database = 'postgres') =>
      asPostgres(
        [
          'psql',
          '-X',
          '-q',
          '-A',
          '-t',
          '-v',
          'ON_ERROR_STOP=1',
          '-h',
          sockets,
          '-p',
          String(port),
          '-d',
          database,
        ],
        text,
      ),
    restart: () => void control('restart'),
    stop: () => void control('stop'),
  }
}
