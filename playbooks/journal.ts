import { access } from 'node:fs/promises'
import { join } from 'node:path'
import type { ResolvedEstate } from '../core/estate/resolved.ts'
import type { ExitName } from '../core/exit.ts'
import { type JournalReport, type Mark, noJournal, notProven, verifyJournal } from '../core/journal/verify.ts'
import { readLease } from '../core/lease/record.ts'
import { sanitise } from '../connect/text.ts'
import type { Event } from '../schemas/event.ts'
import { ok, type Problem } from '../schemas/problem.ts'
import { type Shell, textOption } from './command.ts'
import { openEstate } from './estate-file.ts'
import type { KeptHeads } from './kept-heads.ts'
import { runAsScript } from './main.ts'
import { keptPlans, rolloutIds, unknownRollout } from './rollout/rollouts.ts'
import { readEvents } from './rollout/status.ts'
import { conffileLines, conffilesIn } from './show/conffiles.ts'
import { refuse } from './told.ts'

/** More findings than this would scroll the first one away. */
const mostFindings = 20

/** Shows the record, or proves that nobody changed it; neither needs the lease. */
export async function run(shell: Shell): Promise<ExitName> {
  const estate = await openEstate(shell)
  if (!estate.ok) return refuse(shell, estate.problems)
  return shell.argv[1] === 'verify' ? verify(shell, estate.value) : show(shell, estate.value)
}

async function show(shell: Shell, estate: ResolvedEstate): Promise<ExitName> {
  const events = await readEvents(estate)
  if (!events.ok) return refuse(shell, events.problems)
  const rollout = textOption(shell, 'rollout')
  const cleanup = textOption(shell, 'cleanup')
  const isKnown = rollout === undefined || rolloutIds(events.value).some((one) => one.id === rollout)
  if (!isKnown) return refuse(shell, [unknownRollout(events.value, rollout)])
  if (events.value.length === 0 && !shell.json) shell.out('There is no journal yet: no rollout has begun.')
  for (const event of events.value) {
    if (rollout !== undefined && event.data['rollout'] !== rollout) continue
    if (cleanup !== undefined && event.data['cleanup'] !== cleanup) continue
    shell.out(shell.json ? JSON.stringify(event) : line(event))
    const more = shell.json ? [] : conffileLines(conffilesIn(event.data['facts']))
    for (const one of more) shell.out(`    ${sanitise(one, 4000)}`)
  }
  return 'ok'
}

function line(event: Event): string {
  const { outcome, step, said, why, reason, way, says, as, by, rule } = event.data
  const words = [step, rule, outcome, way, as, by, said, why, reason, says].filter(
    (word) => typeof word === 'string',
  )
  const head = `${event.time.slice(0, 19).replace('T', ' ')}  ${event.type.padEnd(16)}  ${(event.subject ?? '').padEnd(14)}`
  return `${head}  ${sanitise(words.join(' '), 300)}`.trimEnd()
}

async function verify(shell: Shell, estate: ResolvedEstate): Promise<ExitName> {
  const dir = join(estate.stateDir, 'journal')
  const file = textOption(shell, 'heads')
  // What judges heads is loaded for those who have some.
  const kept =
    file === undefined ? undefined : await (await import('./kept-heads.ts')).keptHeads(shell, estate, file)
  if (kept?.ok === false) return refuse(shell, kept.problems)
  const comparison = kept?.value.comparison
  const report = (await isThere(dir)) ? await verifyJournal(dir, markOf, comparison?.see) : ok(noJournal)
  if (!report.ok) return refuse(shell, report.problems)
  const value: Verified = kept === undefined ? report.value : withHeads(report.value, kept.value)
  const traces = value.events === 0 ? await tracesOf(estate) : null
  if (traces !== null) return refuse(shell, [gone(dir, traces)])
  if (value.events === 0 && value.ok && kept === undefined && !shell.json) {
    shell.out('There is no journal yet: no rollout has begun.')
    return 'ok'
  }
  if (shell.json) shell.out(JSON.stringify({ messageType: 'verify', schemaVersion: 1, ...value }))
  else {
    if (value.firstBad === undefined)
      shell.out(`${value.events} events, every one in its place and unchanged.`)
    else {
      const { file, line: number, offset, why, foreign } = value.firstBad
      const mark = foreign === true ? 'NOT READ' : 'CHANGED'
      shell.out(`${mark}: ${file}:${number} (byte ${offset}): ${why}`)
    }
    for (const { file, line: number, offset, bytes, why } of value.tails)
      shell.out(
        `NOT OF IT: ${file}:${number} (byte ${offset}, ${bytes} bytes): ${why}; the next run sets it aside`,
      )
    const head = value.heads.at(-1)
    if (head !== undefined) shell.out(`Head: event ${head.sequence}, ${head.hash}, ${head.time}`)
    for (const warning of value.warnings) shell.out(`warning: ${warning.what}`)
    for (const said of keptInWords(value.kept)) shell.out(said)
    shell.out('What this does not prove:')
    for (const sentence of value.doesNotProve) shell.out(`  - ${sentence}`)
  }
  return value.ok ? 'ok' : 'journal'
}

/** A report, and what the heads that were kept elsewhere say of it. */
type Verified = JournalReport & { readonly kept?: ReturnType<typeof keptReport> }

function withHeads(report: JournalReport, heads: KeptHeads): Verified {
  const kept = keptReport(report, heads)
  const doesNotProve = notProven(kept.newest?.sequence ?? null, report.events)
  return { ...report, ok: report.ok && kept.findings.length === 0, kept, doesNotProve }
}

function keptReport({ firstBad, events }: JournalReport, { file, good, findings, comparison }: KeptHeads) {
  const compared = comparison.end(firstBad !== undefined)
  const found = [...findings, ...compared.findings].sort((a, b) => a.line - b.line)
  // Heads that were lost, or never came, would else pass for heads that agree.
  const isUnwitnessed = found.length === 0 && compared.newest === null && events > 0
  const all: typeof found = isUnwitnessed
    ? [{ kind: 'unwitnessed', line: 1, what: nobodyVouches(events) }]
    : found
  return { file, good, newest: compared.newest, findings: all }
}

function nobodyVouches(events: number): string {
  return `no head here agrees with the journal, which has ${events} events: whether it was cut or rewritten is not known`
}

function keptInWords(kept: Verified['kept']): readonly string[] {
  if (kept === undefined) return []
  const { file, good, newest, findings } = kept
  const more = findings.length - mostFindings
  return [
    `${good} heads in ${file} have a good signature.`,
    ...(newest === null
      ? ['None of them agrees with this journal.']
      : [`The newest that agrees is of event ${newest.sequence}, at ${newest.time}.`]),
    ...findings
      .slice(0, mostFindings)
      .map(({ kind, line, what }) => `${kind.toUpperCase()}: ${file}:${line}: ${sanitise(what, 400)}`),
    ...(more > 0 ? [`and ${more} more; --json has all`] : []),
  ]
}

/**
 * What is left of rollouts or controllers though the journal has no event, in words; null when nothing is. A plan is
 * kept when its rollout begins, and a controller that takes the lease makes the journal's directory.
 */
async function tracesOf(estate: ResolvedEstate): Promise<string | null> {
  const plans = await keptPlans(estate)
  if (plans.length > 0) return `${plans.length} kept plans: ${plans.slice(-5).join(', ')}`
  if (await isThere(join(estate.stateDir, 'journal'))) return null
  const lease = await readLease(join(estate.stateDir, 'lease'))
  return lease.ok && lease.value === undefined ? null : 'a lease, and no journal'
}

async function isThere(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  )
}

function gone(where: string, found: string): Problem {
  return {
    code: 'journal/gone',
    what: 'The journal holds no event, though controllers have been at work.',
    where,
    found,
    fix: 'Find out who removed it, and put it back from your backup.',
  }
}

/** Which events announce an effect, and which say how it ended. */
function markOf(event: Event): Mark | undefined {
  const key = (kind: string) =>
    `${kind} ${JSON.stringify(event.data['rollout'])} ${event.subject ?? ''} ${JSON.stringify(event.data['step'] ?? '')}`
  switch (event.type) {
    case 'step.started':
      return { announces: key('step') }
    case 'step.ended':
      return { settles: key('step') }
    case 'expiry.started':
      return { announces: `${key('expiry')} ${String(event.data['what'])}` }
    case 'expiry.ended':
      return { settles: `${key('expiry')} ${String(event.data['what'])}` }
    case 'store.expiring':
      return { announces: 'store' }
    case 'store.expired':
      return { settles: 'store' }
    case 'mail.started':
      return { announces: key('mail') }
    case 'mail.ended':
      return { settles: key('mail') }
    case 'head.started':
      return { announces: `head of event ${event.sequence}` }
    case 'cleanup.host.started':
    case 'cleanup.undo.started':
    case 'cleanup.archive.started':
      return { announces: cleanupKey(event) }
    case 'cleanup.host.ended':
    case 'cleanup.undo.ended':
    case 'cleanup.archive.ended':
      return { settles: cleanupKey(event) }
    case 'head.ended':
      return { settles: `head of event ${String(event.data['sequence'])}` }
    default:
      return undefined
  }
}

function cleanupKey({ type, subject = '', data }: Event): string {
  const of = type.startsWith('cleanup.undo.')
    ? `undo ${String(data['attempt'])}`
    : type.startsWith('cleanup.archive.')
      ? `archive ${String(data['rule'])}`
      : 'clean-up'
  return `${of} ${String(data['cleanup'])} ${subject}`
}

void runAsScript(import.meta.url, 'journal')
