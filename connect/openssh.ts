import { type ChildProcess, spawn } from 'node:child_process'
import { Duplex } from 'node:stream'

import { fail, ok, type Problem, type Result } from '../schemas/problem.ts'
import { capture } from './capture.ts'
import type { Ended, Exec, Link } from './link.ts'
import { quoteAll } from './quote.ts'
import { type Host, hostOver } from './remote.ts'
import type { Target } from './target.ts'
import { sanitise } from './text.ts'

/**
 * Connects by the system's own `ssh`, which knows what the other connector does not (certificates, security keys);
 * each script is a connection of its own. It reads no configuration but what is given here. Problems:
 * `host/key-refused`, `host/auth-refused`, `host/unreachable`.
 */
export async function connectOpenSsh(
  target: Target,
  o: { readonly timeoutMs: number },
): Promise<Result<Host>> {
  const children = new Set<ChildProcess>()
  const link: Link = {
    exec: (exec) => execBy(target, o.timeoutMs, children, exec),
    openTcp: async (port, address) => openTcpBy(target, o.timeoutMs, children, port, address),
    // Each script is a connection of its own: there is none to ask on.
    roundTrip: async () => null,
    close() {
      for (const child of children) child.kill()
    },
  }
  const stderr = capture(65536)
  const tried = await link.exec({
    command: 'exec true',
    timeoutMs: o.timeoutMs,
    feed: (stdin) => void stdin.end(),
    onStdout() {},
    onStderr: stderr.add,
  })
  if (!tried.ok) return tried
  // Only ssh itself says 255; whatever else the log-in shell answers, somebody was let in.
  return tried.value.code === null ? fail(connectProblem(target, stderr.text())) : ok(hostOver(link, target))
}

/** Arguments of `ssh` for a target, without the program's name; `--` keeps an address from being an option. */
export function sshArguments(
  target: Target,
  timeoutMs: number,
  before: readonly string[] = [],
): readonly string[] {
  const auth =
    'key' in target.auth
      ? [`IdentityFile=${configWord(target.auth.key)}`, 'IdentitiesOnly=yes', 'IdentityAgent=none']
      : [`IdentityAgent=${configWord(target.auth.agent)}`]
  const options = [
    'BatchMode=yes',
    'StrictHostKeyChecking=yes',
    `UserKnownHostsFile=${configWord(target.knownHosts)}`,
    'GlobalKnownHostsFile=/dev/null',
    'UpdateHostKeys=no',
    'CheckHostIP=no',
    ...auth,
    'PreferredAuthentications=publickey',
    'ForwardAgent=no',
    'ForwardX11=no',
    'ControlMaster=no',
    'ControlPath=none',
    'ServerAliveInterval=10',
    'ServerAliveCountMax=3',
    `ConnectTimeout=${Math.max(1, Math.ceil(timeoutMs / 1000))}`,
    'LogLevel=ERROR',
    ...(target.jump === undefined ? [] : [`ProxyCommand=${proxyCommand(target, target.jump, timeoutMs)}`]),
  ]
  return [
    ...['-F', 'none', '-T', '-x', '-a'],
    ...options.flatMap((option) => ['-o', option]),
    ...before,
    ...['-p', String(target.port), '-l', target.user, '--', target.address],
  ]
}

function proxyCommand(target: Target, jump: Target, timeoutMs: number): string {
  const forward = ['-W', `${bracketed(target.address)}:${target.port}`]
  // The words are read by a shell, and before that by ssh, for which % begins a token.
  return `${quoteAll(['ssh', ...sshArguments(jump, timeoutMs, forward)])}`.replaceAll('%', '%%')
}

// In ssh's options % begins a token and a blank ends the value; a quotation mark can not be written at all.
function configWord(path: string): string {
  if (/["\n\0]/.test(path)) throw new Error(`not a path that ssh can be given: ${path}`)
  return `"${path.replaceAll('\\', '\\\\').replaceAll('%', '%%')}"`
}

function bracketed(address: string): string {
  return address.includes(':') ? `[${address}]` : address
}

function execBy(
  target: Target,
  timeoutMs: number,
  children: Set<ChildProcess>,
  exec: Exec,
): Promise<Result<Ended>> {
  return new Promise((resolve) => {
    const child = spawn('ssh', [...sshArguments(target, timeoutMs), exec.command])
    children.add(child)
    let late = false
    const timer = setTimeout(() => {
      late = true
      child.kill('SIGKILL')
    }, exec.timeoutMs)
    child.stdin.on('error', () => {}) // writing to a command that has ended is its end, not trouble of its own
    child.stdout.on('data', exec.onStdout)
    exec.onFlow?.({
      pause: () => void child.stdout.pause(),
      resume: () => void child.stdout.resume(),
      stop() {
        late = true
        child.kill('SIGKILL')
      },
    })
    child.stderr.on('data', exec.onStderr)
    child.once('error', (error) => {
      clearTimeout(timer)
      resolve(fail(connectProblem(target, error.message)))
    })
    child.once('close', (code) => {
      clearTimeout(timer)
      children.delete(child)
      // 255 is ssh's own trouble, and may be the script's as well: nobody knows, so it is unknown.
      const known = code === null || code === 255 ? null : code
      resolve(ok({ code: known, lost: known === null && !late }))
    })
    exec.feed(child.stdin)
  })
}

function openTcpBy(
  target: Target,
  timeoutMs: number,
  children: Set<ChildProcess>,
  port: number,
  address: string,
): Result<Duplex> {
  const child = spawn('ssh', [...sshArguments(target, timeoutMs, ['-W', `${bracketed(address)}:${port}`])])
  children.add(child)
  child.once('close', () => children.delete(child))
  child.stderr.resume()
  const stream = Duplex.from({ readable: child.stdout, writable: child.stdin })
  child.once('error', (error) => stream.destroy(error))
  stream.on('error', () => {})
  stream.once('close', () => child.kill())
  return ok(stream)
}

function connectProblem(target: Target, said: string): Problem {
  const where = `${target.name} (${target.address}:${target.port})`
  const found = sanitise(said.trim(), 600)
  if (/host key|HOST IDENTIFICATION|REVOKED/i.test(said))
    return {
      code: 'host/key-refused',
      what: 'ssh does not recognise the host (key unknown, changed or revoked); nothing was sent to it.',
      where,
      found,
      fix: 'Compare the fingerprint with the one on the host, then correct its line in known_hosts.',
    }
  if (/permission denied/i.test(said))
    return {
      code: 'host/auth-refused',
      what: `The host does not let ${target.user} in.`,
      where,
      found,
      fix: 'Correct user and key or certificate in the estate file.',
    }
  return {
    code: 'host/unreachable',
    what: 'No SSH connection to the host.',
    where,
    found,
    fix: 'Check that it is up and reachable, and that `ssh` is installed here.',
  }
}
