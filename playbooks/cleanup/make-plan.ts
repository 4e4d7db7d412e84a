import type { HostPool } from '../../connect/pool.ts'
import { sanitiseAll } from '../../connect/text.ts'
import { isFor, plannedRule } from '../../core/cleanup/gate.ts'
import type { ResolvedCleanupRule, ResolvedEstate, ResolvedSystem } from '../../core/estate/resolved.ts'
import type { CleanupAnswer, RuleAnswer } from '../../schemas/cleanup-answer.ts'
import type { CleanupPlan, PlannedRule } from '../../schemas/cleanup-plan.ts'
import { didYouMean } from '../../schemas/nearest.ts'
import { fail, ok, type Problem, type Result } from '../../schemas/problem.ts'
import type { Shell } from '../command.ts'
import { planHead } from '../plan-head.ts'
import { wouldCleanUp } from '../facts/cleanup/ask.ts'
import { eachAtMost } from '../../connect/limit.ts'
import { planDigest } from '../rollout/plan-file.ts'
import { rolloutId } from '../rollout/rollout-id.ts'
import { counted } from '../show/count.ts'
import { size } from '../show/size.ts'

/** Hosts that are looked at at the same time: each walks over its own disks. */
const atOnce = 8
/** How late (ms) a purge may be: it waits a day for its turn. */
const purgeLateMs = 25 * 3_600_000

/**
 * Asks every host of a system what its rules would take; hosts stay as they are. What must not be done on a host, or can not be
 * asked of it, is left out of the plan and named there: the other hosts are cleaned up. Where nothing is left that is the
 * plan's `problems`, and where no host answers there is no plan.
 */
export async function makeCleanupPlan(
  shell: Shell,
  estate: ResolvedEstate,
  system: ResolvedSystem,
  pool: HostPool,
): Promise<Result<CleanupPlan>> {
  const rules = wantedRules(shell, system)
  if (!rules.ok) return rules
  const created = new Date(shell.now())
  const id = rolloutId(`clean-${system.name}`, created)
  const due = system.hosts.flatMap((host) => {
    const own = rules.value.filter((rule) => isFor(rule, host))
    return own.length === 0 ? [] : [{ host, own }]
  })
  const unasked: Problem[] = []
  const found = new Map<string, CleanupAnswer>()
  const read = await eachAtMost(atOnce, due, async ({ host, own }) => {
    if (!shell.json) shell.note(`looking at ${host.name} (${host.connection.address}) ...`)
    const open = await pool.get(host.name)
    if (!open.ok) return open
    const asked = {
      id,
      quarantineMs: system.cleanup.quarantineMs,
      rules: own.map((rule) => ({ rule, pinned: null })),
    }
    return wouldCleanUp(open.value, asked, shell.now)
  })
  for (const [{ host }, answer] of read) {
    if (answer.ok) found.set(host.name, sanitiseAll(answer.value, { maxChars: 400, oneLine: true }))
    else unasked.push(...answer.problems)
  }
  if (found.size === 0 && unasked.length > 0) return { ok: false, problems: unasked }
  const hosts = due.flatMap(({ host, own }) => {
    const answer = found.get(host.name)
    if (answer === undefined) return []
    const refused = refusals(host.name, own, answer)
    const rules = own.map(({ name }) => name).filter((name) => !refused.has(name))
    return [
      { planned: { host: host.name, ring: host.ring, rules, found: answer }, refused: [...refused.values()] },
    ]
  })
  const leftOut = [...unasked, ...hosts.flatMap(({ refused }) => refused)]
  const isEmpty = hosts.every(({ planned }) => planned.rules.length === 0)
  const plan: Omit<CleanupPlan, 'digest'> = {
    ...planHead(shell, estate, system, { id, created }),
    kind: 'cleanup',
    quarantineMs: system.cleanup.quarantineMs,
    rules: [...rules.value],
    hosts: hosts.map(({ planned }) => planned),
    ...(isEmpty || leftOut.length === 0 ? {} : { leftOut }),
    notes: [
      ...system.hosts
        .filter((host) => !due.some((one) => one.host === host))
        .map(({ name }) => `${name}: no rule is for its roles`),
      ...rules.value.flatMap((rule) => lateRoom(rule, created)),
      ...hosts.flatMap(({ planned: { host, found } }) => leftAside(host, found, created)),
    ],
    problems: isEmpty ? leftOut : [],
  }
  const settled = JSON.parse(JSON.stringify(plan)) as typeof plan
  return ok({ ...settled, digest: planDigest(settled) })
}

/** A rule for a full file system that gives no room before its quarantine is over: said where people look. */
export function lateRoom(rule: PlannedRule, created: Date): readonly string[] {
  if (
    rule.onlyAbovePercent === null ||
    rule.quarantineMs === null ||
    rule.do === 'compress' ||
    rule.do === 'archive'
  )
    return []
  const day = new Date(created.getTime() + rule.quarantineMs).toISOString().slice(0, 10)
  return [
    `${rule.name} waits for a full file system, but what it takes keeps its room in quarantine until ${day}: only regenerable rules give room at once`,
  ]
}

/** What lies in quarantines of a host and should not any more: a purge that never came through, and what nobody has judged. */
export function leftAside(host: string, { aside }: CleanupAnswer, created: Date): readonly string[] {
  return aside.flatMap(({ id, entries, until, unjudged }) => [
    ...(until !== null && entries > 0 && until * 1000 + purgeLateMs < created.getTime()
      ? [
          `${host}: the time of the quarantine of ${id} was over on ${new Date(until * 1000).toISOString().slice(0, 10)}, and no purge has emptied it (a restart, a failed unit upkeep-purge-*); the next clean-up does`,
        ]
      : []),
    ...(unjudged > 0
      ? [
          `${host}: ${counted(unjudged, 'entry')} of ${id} were moved aside and not looked at again, by a run that was killed or is still at work; the next clean-up puts them back`,
        ]
      : []),
  ])
}

function wantedRules(shell: Shell, system: ResolvedSystem): Result<readonly PlannedRule[]> {
  const { rules: all, quarantineMs } = system.cleanup
  const planned = (rule: ResolvedCleanupRule) => plannedRule(rule, quarantineMs)
  const names = all.map(({ name }) => name)
  if (all.length === 0) {
    return fail({
      code: 'cleanup/no-rules',
      what: `The estate names no rule of clean-up for the system ${system.name}.`,
      fix: 'Add for example "cleanup: {rules: {rotated-logs: {}, apt-cache: {}}}" to the system or its tier.',
    })
  }
  const wanted = shell.options['rule']
  if (!Array.isArray(wanted)) return ok(all.map(planned))
  const unknown = (wanted as readonly string[]).find((name) => !names.includes(name))
  if (unknown !== undefined) {
    const near = didYouMean(unknown, names)
    return fail({
      code: 'input/cleanup-rule',
      what: `The system ${system.name} has no rule of clean-up of this name.`,
      found: unknown,
      expected: `${names.join(', ')}${near === undefined ? '' : `. ${near}`}`,
    })
  }
  return ok(all.filter(({ name }) => wanted.includes(name)).map(planned))
}

/** What keeps rules from being carried out on a host, by their names. */
function refusals(
  host: string,
  rules: readonly PlannedRule[],
  found: CleanupAnswer,
): ReadonlyMap<string, Problem> {
  return new Map(
    rules.flatMap((rule) => {
      const answer = found.rules.find(({ name }) => name === rule.name)
      if (answer === undefined) return []
      const problem =
        answer.refused === null ? overBudget(host, rule, answer) : refusedBy(host, rule.name, answer.refused)
      return problem === undefined ? [] : [[rule.name, problem] as const]
    }),
  )
}

/** The problem of a rule that the host itself refuses. */
export function refusedBy(host: string, rule: string, refused: NonNullable<RuleAnswer['refused']>): Problem {
  return {
    code: 'cleanup/refused',
    what: `The host refuses the clean-up rule ${rule}: ${refused.what}`,
    where: host,
    found: refused.found,
    fix: 'Change the rule, or look at what stands there on the host; `roles:` leaves a host out.',
  }
}

function overBudget(host: string, rule: PlannedRule, answer: RuleAnswer): Problem | undefined {
  if (answer.over !== true) return undefined
  const { budget } = rule
  return {
    code: 'cleanup/over-budget',
    what: `The clean-up rule ${rule.name} would take more than its deletion budget.`,
    where: host,
    found: `${answer.files ?? 0} files, ${size(answer.bytes ?? 0)}`,
    expected: `at most ${budget.files} files and ${size(budget.bytes)}`,
    fix: 'Look at the largest in the plan: is all of that meant to go? Then raise `budget:` of the rule.',
  }
}
