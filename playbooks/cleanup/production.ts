import { freezeAt, productionGate } from '../../core/cleanup/gate.ts'
import type { CleanupPlan, PlannedRule } from '../../schemas/cleanup-plan.ts'
import type { Problem } from '../../schemas/problem.ts'
import { type Shell, textOption } from '../command.ts'
import { notKept } from '../rollout/heads.ts'
import { personOf } from '../rollout/person.ts'
import type { Session } from '../rollout/session.ts'
import type { Cleaned } from './show.ts'

type Ring = (which: 'production', rules: readonly PlannedRule[], atOnce: number) => Promise<void>

/** Cleans up production, as far as freezes, heads and the gate of its rules let it; gives what keeps rules from it. */
export async function production(
  shell: Shell,
  session: Session,
  plan: CleanupPlan,
  o: {
    readonly before: ReturnType<Session['events']>
    readonly approve: readonly string[]
    readonly cleaned: readonly Cleaned[]
    /** Rules that a test host has and that are not carried out there by this plan, with the host. */
    readonly untested: ReadonlyMap<string, string>
  },
  ring: Ring,
  atOnce: number,
): Promise<readonly Problem[]> {
  const hosts = plan.hosts.filter((host) => host.ring === 'production')
  if (hosts.length === 0) return []
  const lost = o.cleaned.filter(({ end }) => end.outcome === 'unknown' || end.rules.length === 0)
  // What went wrong on a test host is told with that host.
  if (lost.length > 0) return []
  const { system } = plan
  const freeze = freezeAt(session.estate.freezes, system, shell.now())
  if (freeze !== undefined) {
    return [
      {
        code: 'gate/cleanup-frozen',
        what: `The freeze "${freeze.name}" holds ${system}: production is not cleaned up.`,
        where: freeze.name,
        expected: `after ${new Date(freeze.toMs).toISOString()}`,
        fix: 'Run the same plan again after it.',
      },
    ]
  }
  const unkept = notKept(session.estate, session.events())
  if (unkept?.open === false) {
    return [
      {
        code: 'gate/cleanup-heads',
        what: `Production is not cleaned up: ${unkept.says}`,
        where: system,
        fix: 'See `upkeep doctor`: the estate wants a head of the journal kept elsewhere before production is touched.',
      },
    ]
  }
  const { before, approve, untested } = o
  const own = plan.rules.filter(({ name }) => hosts.some((host) => host.rules.includes(name)))
  const rules = own.filter(({ name }) => !untested.has(name))
  const gate = productionGate({ system, rules, events: session.events(), before, approve })
  for (const { name, digest } of gate.toApprove) {
    const reason = textOption(shell, 'reason') ?? 'cleanup run --approve'
    const by = personOf(shell)
    await session.record({
      type: 'cleanup.approved',
      data: { cleanup: plan.id, system, rule: name, digest, by, reason },
    })
  }
  await ring(
    'production',
    rules.filter(({ name }) => gate.open.includes(name)),
    atOnce,
  )
  const waiting = own.flatMap(({ name }) => {
    const host = untested.get(name)
    return host === undefined ? [] : [notTested(name, host)]
  })
  return [...gate.problems, ...waiting]
}

function notTested(rule: string, host: string): Problem {
  return {
    code: 'gate/cleanup-test-left-out',
    what: `The plan leaves the clean-up rule ${rule} out on a test host: production waits for it.`,
    where: rule,
    found: host,
    fix: 'Put right what keeps the rule from that host, or take the host out of the estate; then make a new plan.',
  }
}
