import { durationText } from '../../core/duration.ts'
import type { PatrolItem } from '../../schemas/patrol.ts'
import { aboutText, type Finding, isFigure, worstFirst } from '../../core/patrol/findings.ts'
import type { Level } from '../../core/patrol/level.ts'
import { items, type Limit } from '../../core/patrol/limits.ts'
import type { Tier } from '../../core/estate/tiers.ts'
import type { Shell } from '../command.ts'
import type { SystemInspection } from '../patrol/inspect.ts'
import { counted } from './count.ts'
import { forecastLines } from './forecast.ts'
import { bold } from './symbol.ts'
import { labelled } from './wrap.ts'

const colours: Readonly<Record<Level | 'closed', number>> = {
  ok: 32,
  warning: 33,
  unknown: 35,
  critical: 31,
  closed: 90,
}
const tierOrder: readonly Tier[] = ['core', 'data', 'office']

/** One table of all findings, worst first, then by tier; what is closed stands last, and good hosts in one line. */
export function showInspection(
  { out, terminal: { colour } }: Shell,
  systems: readonly SystemInspection[],
  o: { readonly nowMs: number; readonly time: string; readonly timeZone: string },
): void {
  const rows = systems
    .flatMap(({ system, findings }) => findings.map((finding) => ({ system, finding })))
    .sort(
      (a, b) =>
        Number(a.finding.state === 'closed') - Number(b.finding.state === 'closed') ||
        levelRank(a.finding) - levelRank(b.finding) ||
        tierOrder.indexOf(a.system.tier) - tierOrder.indexOf(b.system.tier) ||
        worstFirst(a.finding, b.finding),
    )
  out(bold(o.time, colour))
  for (const { system, finding } of rows) {
    const word = finding.state === 'closed' ? 'closed' : finding.level
    const age = durationText(Math.max(0, o.nowMs - Date.parse(finding.since)))
    const state = finding.state === 'new' ? 'new' : age
    const label = `${word.padEnd(8)}  ${state.padEnd(9)}  `
    const text = `${system.name} ${finding.host}: ${findingText(finding, system.patrol.limits)}`
    const painted = colour ? `\u001b[${colours[word]}m${word}\u001b[0m` : word
    for (const [at, line] of labelled(label, text).entries())
      out(at === 0 ? line.replace(word, painted) : line)
  }
  const hosts = systems.flatMap((one) => one.hosts)
  const good = hosts.filter(({ level }) => level === 'ok').map(({ host }) => host)
  if (good.length > 0) for (const line of labelled('ok        ', good.join(', '))) out(line)
  for (const line of forecastLines(systems, o.nowMs, o.timeZone)) out(line)
  const said = (level: Level) =>
    rows.filter(({ finding }) => finding.level === level && finding.state !== 'closed').length
  out('')
  out(
    `${counted(hosts.length, 'host')}: ${said('critical')} critical, ${said('unknown')} unknown, ${counted(said('warning'), 'warning')}, ${rows.filter(({ finding }) => finding.state === 'closed').length} closed.`,
  )
}

/** A finding for people: what it is about, what was seen, what is allowed. */
export function findingText(finding: Finding, limits: Readonly<Record<PatrolItem, Limit>>): string {
  const { item, value, said, looked } = finding
  const again = looked ? '' : '; not looked at this time'
  if (item === 'inspection') return `${aboutText(finding)} ${value ?? ''}: ${said}`
  if (!isFigure(item) || value === null) return `${aboutText(finding)}: ${said}${again}`
  const { unit } = items[item]
  const { side, warning, critical } = limits[item]
  // Of what can only be there or not, a number says nothing.
  const isCount = unit === '' && warning === 0
  const amount = isCount && value === 1 ? '' : ` ${shown(value)}${unit === '' ? '' : ` ${unit}`}`
  const limit = finding.level === 'critical' && critical !== null ? critical : warning
  // Within the margin a level goes on, and the limit alone would not say why.
  const isHeld = side === 'most' ? value <= limit : value >= limit
  const { margin } = limits[item]
  const ends = isHeld ? `, ends at ${shown(side === 'most' ? limit - margin : limit + margin)}` : ''
  const allowed = isCount ? '' : ` (at ${side} ${shown(limit)}${ends}${unit === '' ? '' : ` ${unit}`})`
  return `${aboutText(finding)}${amount}${allowed}${said === '' ? '' : `: ${said}`}${again}`
}

/** Four digits: a value that is just past its limit must not look like the limit. */
function shown(value: number): string {
  return String(Number(value.toPrecision(4)))
}

function levelRank({ level }: Finding): number {
  return ['critical', 'unknown', 'warning'].indexOf(level)
}
