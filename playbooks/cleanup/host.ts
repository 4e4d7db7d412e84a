import { sanitise } from '../../connect/text.ts'
import { runUnit } from '../../connect/unit.ts'
import type { CleanupEnd, RuleDone } from '../../core/cleanup/events.ts'
import type { Problem } from '../../schemas/problem.ts'
import { digestOf } from '../../core/digest.ts'
import type { CleanupAnswer, RuleAnswer } from '../../schemas/cleanup-answer.ts'
import type { CleanupPlan, PlannedRule } from '../../schemas/cleanup-plan.ts'
import { clockScript, wrongClock } from '../facts/clock.ts'
import { cleanupQuestion, readAnswer } from '../facts/cleanup/ask.ts'
import { cleanupProgram, cleanupScript } from '../facts/cleanup/program.ts'
import type { Session } from '../rollout/session.ts'
import { unitName } from '../perform/script.ts'
import { size } from '../show/size.ts'
import { counted } from '../show/count.ts'
import { refusedBy } from './make-plan.ts'

/** The longest that a clean-up may take on a host (ms): a million files take a minute on a slow disk. */
export const limitMs = 30 * 60_000
/** Most reasons and directories that the journal keeps of one rule. */
const mostRows = 20
/** A clock is read at once (ms). */
const clockMs = 30_000
/** The program holds some 40 MB at any number of files; a host of 1 GB has this to spare (bytes). */
const memoryMaxBytes = 512 << 20

/** The unit that carries out rules of a clean-up, by their digests. */
export function cleanUnit(cleanup: string, digests: readonly string[]): string {
  return unitName(cleanup, `clean-${digestOf(digests).slice(0, 12)}`)
}

/** Why nothing is begun on a host by its clock, or since it does not say. */
async function whyNotInTime(session: Session, name: string, now: () => number): Promise<Problem | undefined> {
  // A connection that was idle may be gone; then the next one is new.
  for (let tries = 1; ; tries++) {
    const host = await session.pool.get(name)
    const before = now()
    const ran = host.ok ? await host.value.run(clockScript, { root: false, timeoutMs: clockMs }) : host
    if (ran.ok && !ran.value.lost) return wrongClock(name, ran.value.stdout, { before, after: now() })
    if (tries < 3) continue
    return ran.ok ? wrongClock(name, '', { before, after: now() }) : ran.problems[0]
  }
}

/**
 * Carries rules out on a host, once, or reattaches to who began it (`isAgain`: perhaps); every kind of trouble is in the result.
 */
export async function cleanHost(
  session: Session,
  plan: CleanupPlan,
  host: CleanupPlan['hosts'][number],
  rules: readonly PlannedRule[],
  o: { readonly isAgain: boolean; readonly now: () => number },
): Promise<CleanupEnd> {
  const { isAgain, now } = o
  // A wrong clock makes everything look old there, and the time of every quarantine over.
  const wrong = await whyNotInTime(session, host.host, now)
  if (wrong !== undefined) {
    if (isAgain) return { outcome: 'unknown', said: wrong.what, rules: [], problem: wrong }
    return failed(wrong.what, wrong)
  }
  const asked = rules.map((rule) => {
    const planned = host.found.rules.find(({ name }) => name === rule.name)
    return { rule, pinned: planned?.directories?.map(({ path, dev, ino }) => ({ path, dev, ino })) ?? null }
  })
  const question = cleanupQuestion('clean', { id: plan.id, quarantineMs: plan.quarantineMs, rules: asked })
  const end = await runUnit(() => session.pool.get(host.host), {
    unit: cleanUnit(
      plan.id,
      rules.map(({ digest }) => digest),
    ),
    script: await cleanupScript(),
    args: [await cleanupProgram(), question],
    timeoutMs: limitMs,
    memoryMaxBytes,
    fence: session.fence,
  })
  if (!end.ok) return failed(end.problems[0]?.what ?? 'it could not be started', end.problems[0])
  if (end.value.state === 'unknown') return { outcome: 'unknown', said: end.value.why, rules: [] }
  if (end.value.state === 'running')
    return { outcome: 'unknown', said: 'it is still at work on the host', rules: [] }
  const answer = await readAnswer(host.host, end.value.output)
  if (answer.ok) return endOf(host.host, rules, answer.value)
  const cut = end.value.code === 124 ? 'the host ended it at its time limit: ' : ''
  return failed(`${cut}${answer.problems[0]?.what ?? ''}`, answer.problems[0])
}

function failed(said: string, problem: CleanupEnd['problem']): CleanupEnd {
  return { outcome: 'failed', said, rules: [], ...(problem === undefined ? {} : { problem }) }
}

function endOf(host: string, rules: readonly PlannedRule[], answer: CleanupAnswer): CleanupEnd {
  const done = rules.flatMap((rule) => {
    const row = answer.rules.find(({ name }) => name === rule.name)
    return row === undefined ? [] : [doneOf(row, rule)]
  })
  const refused = answer.rules.flatMap((row) =>
    row.refused === null ? [] : [refusedBy(host, row.name, row.refused)],
  )
  const kept = answer.rules.flatMap((row) => ((row.kept ?? 0) === 0 ? [] : [keptBy(host, row)]))
  const files = done.reduce((sum, row) => sum + (row.takenFiles ?? 0), 0)
  const bytes = done.reduce((sum, row) => sum + (row.takenBytes ?? 0), 0)
  const now = done.reduce((sum, row) => sum + (row.aside === true ? 0 : (row.takenBytes ?? 0)), 0)
  const said = `${counted(files, 'file')} taken: ${size(now)} given back, ${size(bytes - now)} when the quarantine is emptied`
  const refusedSaid = refused.length === 0 ? '' : `; refused: ${refused.map(({ what }) => what).join(' ')}`
  const keptSaid = kept.length === 0 ? '' : `; kept for ever: ${kept.map(({ found }) => found).join('; ')}`
  const [problem] = [...refused, ...kept]
  return {
    outcome: problem === undefined ? 'done' : 'failed',
    said: sanitise(`${said}${refusedSaid}${keptSaid}`, 1000),
    rules: done,
    facts: {
      deletedButOpen: answer.deletedButOpen,
      stuckLogrotate: answer.stuckLogrotate,
      keptForEver: answer.keptForEver,
      purged: answer.purged ?? null,
      unjudged: answer.unjudged ?? null,
      timer: answer.timer ?? null,
    },
    ...(problem === undefined ? {} : { problem }),
  }
}

/** What was swapped for another thing in the instant of the taking, and can not go back: a person has to look at it. */
function keptBy(host: string, { name, kept = 0, keptNames = [] }: RuleAnswer): Problem {
  const named = keptNames.map(({ path, place, why }) => `${path}: ${why}; it is ${place}`)
  return {
    code: 'cleanup/kept',
    what: `What the clean-up rule ${name} took was something else by then, or in use, and could not go back to its place; it is kept, and no purge removes it.`,
    where: host,
    found: `${counted(kept, 'entry')}. ${named.join('; ')}`,
    fix: 'Look at it on the host, and move it back or away; nothing else will.',
  }
}

function doneOf(row: RuleAnswer, { digest, archiveTo }: PlannedRule): RuleDone {
  const {
    name,
    refused,
    takenFiles,
    takenTrees,
    takenBytes,
    putBack,
    aside,
    held,
    failed: missed,
    directories,
    kept,
    keptNames,
  } = row
  const known = { takenFiles, takenTrees, takenBytes, putBack, aside, kept }
  return {
    name,
    digest,
    refused,
    ...(archiveTo === undefined ? {} : { archiveTo }),
    ...Object.fromEntries(Object.entries(known).filter(([, value]) => value !== undefined)),
    ...(held === undefined ? {} : { held: held.slice(0, mostRows) }),
    ...(keptNames === undefined || keptNames.length === 0 ? {} : { keptNames }),
    ...(missed === undefined ? {} : { failed: missed.slice(0, mostRows) }),
    ...(directories === undefined ? {} : { directories: directories.slice(0, mostRows) }),
  }
}
