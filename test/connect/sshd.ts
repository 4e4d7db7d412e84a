import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

import type { Sudo, Target } from '../../connect/target.ts'

/** A real OpenSSH server of the tests' own on loopback, with throw-away keys and files beneath `dir`. */
export type TestServer = {
  readonly dir: string
  readonly port: number
  readonly pid: number
  target(name: string, more?: { jump?: Target; sudo?: Sudo; knownHosts?: string; user?: string }): Target
  known(lines: string): string
  publicKey(type: 'ed25519' | 'ecdsa'): string
  log(): string
  stop(): Promise<void>
}

/** Starts the server; `hostKeys` says which kinds it has, `config` adds lines to its configuration, `around` are words before its command. */
export async function startServer(
  o: { hostKeys?: readonly ('ed25519' | 'ecdsa')[]; config?: string; around?: readonly string[] } = {},
): Promise<TestServer> {
  const dir = mkdtempSync(join(tmpdir(), 'upkeep-sshd-'))
  chmodSync(dir, 0o755) // sshd reads authorized keys as the user who logs in
  const port = await freePort()
  mkdirSync('/run/sshd', { recursive: true })
  for (const type of ['ed25519', 'ecdsa'])
    execFileSync('ssh-keygen', ['-q', '-t', type, '-N', '', '-f', join(dir, `host-${type}`)])
  execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', join(dir, 'user')])
  writeFileSync(join(dir, 'authorized'), readFileSync(join(dir, 'user.pub')))
  const config = [
    `Port ${port}`,
    'ListenAddress 127.0.0.1',
    ...(o.hostKeys ?? ['ed25519', 'ecdsa']).map((type) => `HostKey ${join(dir, `host-${type}`)}`),
    `AuthorizedKeysFile ${join(dir, 'authorized')}`,
    `PidFile ${join(dir, 'pid')}`,
    'StrictModes no',
    'UsePAM no',
    'PasswordAuthentication no',
    'PermitRootLogin yes',
    'LogLevel DEBUG1',
    o.config ?? '',
  ]
  writeFileSync(join(dir, 'config'), `${config.join('\n')}\n`)
  const sshd = ['/usr/sbin/sshd', '-D', '-E', join(dir, 'log'), '-f', join(dir, 'config')]
  const [command = '', ...words] = [...(o.around ?? []), ...sshd]
  const server = spawn(command, words, { stdio: 'inherit' })
  await listening(port, server)

  function publicKey(type: 'ed25519' | 'ecdsa'): string {
    return readFileSync(join(dir, `host-${type}.pub`), 'utf8')
      .split(' ')
      .slice(0, 2)
      .join(' ')
  }
  function known(lines: string): string {
    const path = join(dir, `known-${Math.random().toString(36).slice(2)}`)
    writeFileSync(path, lines)
    return path
  }
  return {
    dir,
    port,
    pid: server.pid ?? 0,
    publicKey,
    known,
    target: (name, more = {}) => ({
      name,
      address: '127.0.0.1',
      port,
      user: more.user ?? 'root',
      auth: { key: join(dir, 'user') },
      knownHosts: more.knownHosts ?? known(`[127.0.0.1]:${port} ${publicKey('ed25519')}\n`),
      ...(more.jump === undefined ? {} : { jump: more.jump }),
      sudo: more.sudo ?? { mode: 'none' },
    }),
    log: () => readFileSync(join(dir, 'log'), 'utf8'),
    async stop() {
      for (const pid of sessions(server.pid ?? 0)) kill(pid)
      const ended = new Promise((resolve) => server.once('exit', resolve))
      server.kill('SIGKILL')
      await ended
      rmSync(dir, { recursive: true, force: true })
    },
  }
}

/** Process ids of the server's connections: its child processes and theirs that are sshd as well. */
export function sessions(pid: number): readonly number[] {
  const children = ofProcess(pid, `task/${pid}/children`).split(' ')
  return children
    .filter((word) => word !== '')
    .map(Number)
    .filter((child) => ofProcess(child, 'comm') === 'sshd')
    .flatMap((child) => [child, ...sessions(child)])
}

// One that has ended meanwhile has nothing to say.
function ofProcess(pid: number, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8').trim()
  } catch {
    return ''
  }
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    // it has ended by itself
  }
}

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  if (address === null || typeof address === 'string') throw new Error('no port')
  return address.port
}

async function listening(port: number, server: ChildProcess): Promise<void> {
  for (let tries = 0; tries < 100; tries++) {
    if (server.exitCode !== null) throw new Error(`sshd ended with ${server.exitCode}`)
    const open = await new Promise<boolean>((resolve) => {
      const socket = connect(port, '127.0.0.1', () => resolve(true))
      socket.on('error', () => resolve(false))
      socket.on('connect', () => socket.destroy())
    })
    if (open) return
    await sleep(50)
  }
  throw new Error('sshd does not listen')
}
