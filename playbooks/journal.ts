import { access } from 'node:fs/promises'
import { join } from 'node:path'
import type { ResolvedEstate } from '../core/estate/resolved.ts'
import type { ExitName } from '../core/exit.ts'
import { type Mark, noJournal, verifyJournal } from '../core/journal/verify.ts'
import { readLease } from '../core/lease/record.ts'
import { sanitise } from '../connect/text.ts'
import type { Event } from '../schemas/event.ts'
import { ok, type Problem } from '../schemas/problem.ts'
import { type Shell, textOption } from './command.ts'
import { openEstate } from './estate-file.ts'
import { runAsScript } from './main.ts'
import { keptPlans, rolloutIds, unknownRollout } from './rollout/rollouts.ts'
import { readEvents } from './rollout/status.ts'
import { conffileLines, conffilesIn } from './show/conffiles.ts'
import { refuse } from './told.ts'

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
  const isKnown = rollout === undefined || rolloutIds(events.value).some((one) => one.id === rollout)
  if (!isKnown) return refuse(shell, [unknownRollout(events.value, rollout)])
  if (events.value.length === 0 && !shell.json) shell.out('There is no journal yet: no rollout has begun.')
  for (const event of events.value) {
    if (rollout !== undefined && event.data['rollout'] !== rollout) continue
    shell.out(shell.json ? JSON.stringify(event) : line(event))
    const more = shell.json ? [] : conffileLines(conffilesIn(event.data['facts']))
    for (const one of more) shell.out(`    ${sanitise(one, 4000)}`)
  }
  return 'ok'
}

function line(event: Event): string {
  const { outcome, step, said, why, reason, way, says } = event.data
  const words = [step, outcome, way, said, why, reason, says].filter((word) => typeof word === 'string')
  const head = `${event.time.slice(0, 19).replace('T', ' ')}  ${event.type.padEnd(16)}  ${(event.subject ?? '').padEnd(14)}`
  return `${head}  ${sanitise(words.join(' '), 300)}`.trimEnd()
}

async function verify(shell: Shell, estate: ResolvedEstate): Promise<ExitName> {
  const dir = join(estate.stateDir, 'journal')
  const report = (await isThere(dir)) ? await verifyJournal(dir, markOf) : ok(noJournal)
  if (!report.ok) return refuse(shell, report.problems)
  const { value } = report
  const traces = value.events === 0 ? await tracesOf(estate) : null
  if (traces !== null) return refuse(shell, [gone(dir, traces)])
  if (value.events === 0 && value.ok && !shell.json) {
    shell.out('There is no journal yet: no rollout has begun.')
    return 'ok'
  }
  if (shell.json) shell.out(JSON.stringify({ messageType: 'verify', schemaVersion: 1, ...value }))
  else {
    if (value.firstBad === undefined)
      shell.out(`${value.events} events, every one in its place and unchanged.`)
    else {
      const { file, line: number, offset, why } = value.firstBad
      shell.out(`CHANGED: ${file}:${number} (byte ${offset}): ${why}`)
    }
    const head = value.heads.at(-1)
    if (head !== undefined) shell.out(`Head: event ${head.sequence}, ${head.hash}, ${head.time}`)
    for (const warning of value.warnings) shell.out(`warning: ${warning.what}`)
    shell.out('What this does not prove:')
    for (const sentence of value.doesNotProve) shell.out(`  - ${sentence}`)
  }
  return value.ok ? 'ok' : 'journal'
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
    case 'mail.started':
      return { announces: key('mail') }
    case 'mail.ended':
      return { settles: key('mail') }
    default:
      return undefined
  }
}

void runAsScript(import.meta.url, 'journal')
