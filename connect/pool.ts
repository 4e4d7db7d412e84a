import { fail, ok, type Result } from '../schemas/problem.ts'
import { limiter } from './limit.ts'
import { connectSsh, type ConnectOptions } from './ssh.ts'
import type { Host } from './remote.ts'
import type { Target } from './target.ts'

/** Connections of one run, by host name. */
export type HostPool = {
  /** The host's connection: the one that is open, the one being opened, or a new one after a loss. */
  readonly get: (name: string) => Promise<Result<Host>>
  /** A new connection besides that one, whose it is to close: shows that one can still log in. */
  readonly login: (name: string) => Promise<Result<Host>>
  /** Closes every connection; what is being opened is closed when it is open. */
  readonly closeAll: () => void
}

/** Limits of a pool: time for one connection, hand-shakes at the same time (8), and the connector (SSH by node-ssh). */
export type PoolOptions = {
  readonly timeoutMs: number
  readonly handshakes?: number
  readonly connect?: (target: Target, o: ConnectOptions) => Promise<Result<Host>>
}

/**
 * Keeps one authenticated connection a host for a whole run. Problems: those of the connector, `host/not-named` for
 * a name that is not among the targets, `host/closed` after `closeAll`.
 */
export function hostPool(targets: readonly Target[], o: PoolOptions): HostPool {
  const byName = new Map(targets.map((target) => [target.name, target]))
  const open = new Map<string, Promise<Result<Host>>>()
  const limited = limiter(o.handshakes ?? 8)
  const connect = o.connect ?? connectSsh
  let closed = false

  function connectNew(target: Target): Promise<Result<Host>> {
    const connecting: Promise<Result<Host>> = limited(() =>
      connect(target, { timeoutMs: o.timeoutMs, onClose: forget }),
    ).then((host) => {
      if (!host.ok) forget()
      return host
    })
    // A connection may be forgotten only by itself: its successor may stand there already.
    function forget(): void {
      if (open.get(target.name) === connecting) open.delete(target.name)
    }
    open.set(target.name, connecting)
    return connecting
  }

  function targetOf(name: string): Result<Target> {
    if (closed)
      return fail({ code: 'host/closed', what: 'The connections of this run are closed.', where: name })
    const target = byName.get(name)
    if (target !== undefined) return ok(target)
    return fail({
      code: 'host/not-named',
      what: 'No host of this name is among those of this run.',
      found: name,
      expected: [...byName.keys()].join(', '),
      fix: 'Name it in the estate file.',
    })
  }

  return {
    async get(name) {
      const target = targetOf(name)
      return target.ok ? (open.get(name) ?? connectNew(target.value)) : target
    },
    async login(name) {
      const target = targetOf(name)
      return target.ok ? limited(() => connect(target.value, { timeoutMs: o.timeoutMs })) : target
    },
    closeAll() {
      closed = true
      for (const connecting of open.values())
        void connecting.then((host) => {
          if (host.ok) host.value.close()
        })
      open.clear()
    },
  }
}
