import type { Host, Ran, RunOptions } from '../../connect/remote.ts'
import { newRollout } from '../../core/run/state.ts'
import type { Performing, World } from '../../playbooks/perform/context.ts'
import { clockScript } from '../../playbooks/facts/clock.ts'
import { type Problem, fail, ok, type Result } from '../../schemas/problem.ts'
import type { Action, Step } from '../../schemas/plan.ts'
import { simulatedHost, simulatedPlan } from '../core/run/fleet.ts'

/** A command that ended well and printed this. */
export function printed(stdout: string): Result<Ran> {
  return ok({ code: 0, stdout, stderr: '', truncated: false, lost: false })
}

/** `Host.print` of a host that answers what `run` does, all of it at once; what goes after a script counts as of it. */
export function printOver(run: (script: string, o: RunOptions) => Promise<Result<Ran>>): Host['print'] {
  return async (script, o) => {
    const ran = await run(o.afterwards === undefined ? script : `${script}\n${o.afterwards}`, o)
    if (!ran.ok) return ran
    const { code, stdout, stderr, truncated, lost } = ran.value
    o.onStdout(Buffer.from(stdout))
    return ok({ code, lost, stderr, stderrTruncated: truncated })
  }
}

/** A link that broke while the command ran: nobody knows whether it was done. */
export const linkLost = ok({ code: null, stdout: '', stderr: '', truncated: false, lost: true })

/** A world with one host that answers each script in turn, or that can not be connected to; time does not pass. */
export function simulatedHostWorld(o: {
  readonly run?: (script: string, args: readonly string[]) => Result<Ran>
  readonly notConnected?: Problem
  readonly change?: Partial<World>
  /** What the host's clock says; in time unless told. */
  readonly clock?: (nowMs: number) => string
}): World {
  const run = async (script: string, { args = [] }: { readonly args?: readonly string[] }) =>
    script === clockScript ? printed((o.clock ?? String)(now)) : (o.run?.(script, args) ?? printed(''))
  const host = { name: 't', run, print: printOver(run), close: () => {} } as unknown as Host
  let now = 0
  return {
    plan: simulatedPlan([simulatedHost('t', 'test', ['app'])], []),
    now: () => now,
    fence: { estate: 'e', token: 1, holder: 'test' },
    sleep: async (ms) => void (now += ms),
    host: async () => (o.notConnected === undefined ? ok(host) : fail(o.notConnected)),
    login: async () => (o.notConnected === undefined ? ok(host) : fail(o.notConnected)),
    snapshots: null,
    wouldDiffer: () => [],
    probe: async () => ({ outcome: 'good', ms: 1, said: 'good' }),
    files: {
      path: async () => ok('/nowhere'),
      putText: async () => ok('0'),
      getText: async () => ok(''),
      hasDump: async () => true,
      keepDump: async (_host, _path, { name }) => ok(`/state/dumps/r1/${name}`),
    },
    ...o.change,
  }
}

/** What `perform` is given for one step of this kind. */
export function performing(world: World, action: Action, resume = false): Performing {
  const [planned] = world.plan.hosts
  if (planned === undefined) throw new Error('no host')
  const step: Step = {
    id: 'a.step',
    does: 'a.step',
    says: 'a step',
    effect: 'changes',
    limitMs: 1000,
    action,
  }
  return { world, planned, step, context: { rollout: 'r1', resume, state: newRollout(world.plan) } }
}
