import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { AtEnd } from './at-end.ts'
import { killTree, processorOf, treeOf } from './process-tree.ts'

/** Many hosts that are one sshd with throw-away keys, in a network namespace that has nothing but its own loopback. */
export type Loopback = {
  readonly dir: string
  readonly hosts: readonly LoopbackHost[]
  readonly port: number
  /** Path of the private key for root. */
  readonly key: string
  readonly knownHosts: string
  /** Words before a command that let it run where these hosts are. */
  readonly inside: readonly string[]
  /** Connections that were let in, and commands that were begun, by the server's own log so far. */
  readonly counted: () => { readonly connections: number; readonly commands: number }
  /** Processor seconds of the server so far, once all sessions have ended. */
  readonly processor: () => Promise<number>
}

export type LoopbackHost = { readonly name: string; readonly address: string }

const port = 2222
const perNetwork = 250

/** Names and addresses, 127.0.1.1 and on, 250 in each network. */
function loopbackHosts(count: number): readonly LoopbackHost[] {
  return Array.from({ length: count }, (_, at) => ({
    name: `wide-${String(at + 1).padStart(4, '0')}`,
    address: `127.0.${1 + Math.floor(at / perNetwork)}.${1 + (at % perNetwork)}`,
  }))
}

/**
 * Starts the server; it ends with the bench. Needs root, for the namespace. `answers`: what each log-in runs instead of its command,
 * as a shell script that finds that command in SSH_ORIGINAL_COMMAND; then the server's log has each log-in and command.
 */
export async function loopbackUp(
  count: number,
  end: AtEnd,
  o: { readonly answers?: string } = {},
): Promise<Loopback> {
  const dir = mkdtempSync(join(tmpdir(), 'upkeep-bench-'))
  end.add(() => rmSync(dir, { recursive: true, force: true }))
  chmodSync(dir, 0o755) // sshd reads authorized keys as the user who logs in
  const path = (name: string) => join(dir, name)
  for (const name of ['host', 'user']) {
    execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', path(name)])
  }
  copyFileSync(path('user.pub'), path('authorized'))
  mkdirSync(path('home'))
  mkdirSync('/run/sshd', { recursive: true })
  const hosts = loopbackHosts(count)
  if (o.answers !== undefined) writeFileSync(path('answers'), o.answers)
  const [type = '', base64 = ''] = readFileSync(path('host.pub'), 'utf8').split(' ')
  const lines = hosts.map(({ address }) => `[${address}]:${port} ${type} ${base64}\n`)
  writeFileSync(path('known_hosts'), lines.join(''))
  const config = [
    `Port ${port}`,
    // One socket for all of 127.0.0.0/8: nothing but loopback is in the namespace.
    'ListenAddress 0.0.0.0',
    `HostKey ${path('host')}`,
    `AuthorizedKeysFile ${path('authorized')}`,
    'PidFile none',
    'StrictModes no',
    'UsePAM no',
    'PasswordAuthentication no',
    'PermitRootLogin yes',
    `MaxStartups ${count * 2 + 100}`,
    // What the login shell reads in root's own home is no part of what is compared.
    `SetEnv HOME=${path('home')}`,
    ...(o.answers === undefined
      ? ['LogLevel ERROR']
      : ['LogLevel VERBOSE', `ForceCommand /bin/sh ${path('answers')}`]),
  ]
  writeFileSync(path('sshd_config'), `${config.join('\n')}\n`)
  const begin = 'ip link set lo up && exec /usr/sbin/sshd -D -E "$1/log" -f "$1/sshd_config"'
  const server = spawn('unshare', ['--net', 'sh', '-c', begin, 'sh', dir], {
    detached: true,
    stdio: 'ignore',
  })
  const pid = server.pid
  if (pid === undefined) throw new Error('unshare was not started')
  end.add(async () => {
    if (server.exitCode !== null) return
    const ended = once(server, 'exit')
    killTree(pid)
    await ended
  })
  const inside = ['nsenter', '--target', String(pid), '--net', '--']
  await answers(inside, () => server.exitCode)
  return {
    dir,
    hosts,
    port,
    key: path('user'),
    knownHosts: path('known_hosts'),
    inside,
    counted() {
      const log = readFileSync(path('log'), 'utf8')
      const of = (pattern: RegExp) => log.match(pattern)?.length ?? 0
      return { connections: of(/^Accepted publickey/gm), commands: of(/^Starting session: /gm) }
    },
    async processor() {
      for (let tries = 0; treeOf(pid).length > 1 && tries < 200; tries += 1) await sleep(50)
      const { own, children } = processorOf(readFileSync(`/proc/${pid}/stat`, 'utf8'))
      return own + children
    },
  }
}

async function answers(inside: readonly string[], ended: () => number | null): Promise<void> {
  const [program = '', ...words] = [...inside, 'ssh-keyscan', '-T', '2', '-p', String(port), '127.0.1.1']
  for (let tries = 0; tries < 50; tries += 1) {
    if (ended() !== null) throw new Error('the sshd of the bench has ended; the namespace needs root')
    try {
      if (execFileSync(program, words, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }) !== '')
        return
    } catch {
      // not listening yet
    }
    await sleep(50)
  }
  throw new Error('the sshd of the bench does not answer')
}
