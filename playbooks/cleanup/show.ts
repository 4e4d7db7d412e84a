import { sanitise } from '../../connect/text.ts'
import type { CleanupEnd } from '../../core/cleanup/events.ts'
import { durationText } from '../../core/duration.ts'
import { renderProblems } from '../../core/problem.ts'
import type { RuleAnswer } from '../../schemas/cleanup-answer.ts'
import type { CleanupPlan, PlannedRule } from '../../schemas/cleanup-plan.ts'
import type { Problem } from '../../schemas/problem.ts'
import type { Shell } from '../command.ts'
import { counted } from '../show/count.ts'
import { size } from '../show/size.ts'
import { bold, dim, symbolOf } from '../show/symbol.ts'
import { labelled } from '../show/wrap.ts'

/** A host that a clean-up was at work on. */
export type Cleaned = {
  readonly host: string
  readonly ring: 'test' | 'production'
  readonly end: CleanupEnd
}

/** Shows a plan to a person at 80 columns: host by host, rule by rule, what would go, what stays and why. */
export function showCleanupPlan(shell: Shell, plan: CleanupPlan, file: string): void {
  const { colour } = shell.terminal
  shell.out(bold(`Clean-up plan ${plan.id} for ${plan.system}`, colour))
  for (const { host, ring, found } of plan.hosts) {
    shell.out('')
    shell.out(`${bold(host, colour)}  ${ring}`)
    for (const row of found.rules) {
      const rule = plan.rules.find((one) => one.name === row.name)
      if (rule !== undefined) showRule(shell, row, rule)
    }
    const { processes, bytes, files } = found.deletedButOpen
    if (files > 0)
      say(
        shell,
        '  deleted but open: ',
        `${counted(files, 'file')}, ${size(bytes)}; only a restart gives them back`,
      )
    for (const one of processes.slice(0, 3))
      say(
        shell,
        '    ',
        `${one.command} (process ${one.pid}${one.unit === null ? '' : `, ${one.unit}`}): ${size(one.bytes)}, ${one.largest}`,
      )
    for (const one of found.stuckLogrotate)
      say(shell, '  logrotate is stuck: ', `${one.path} is left over; until it is removed, no log is rotated`)
    for (const one of found.aside)
      say(
        shell,
        '  in quarantine: ',
        `${one.id}: ${size(one.bytes)}, ${one.until === null ? 'without a time' : `until ${new Date(one.until * 1000).toISOString()}`}`,
      )
  }
  for (const { host, found } of plan.hosts)
    for (const { place, count } of found.keptForEver)
      say(
        shell,
        `  ${host} keeps for ever: `,
        `${counted(count, 'entry')} in ${place}; a person has to look at it`,
      )
  shell.out('')
  for (const note of plan.notes) say(shell, '  note: ', note)
  for (const { where, what, found } of plan.leftOut ?? [])
    say(shell, '  left out: ', `${where ?? ''}: ${what}${found === undefined ? '' : ` Found: ${found}`}`)
  if (plan.problems.length > 0) {
    shell.out(`${counted(plan.problems.length, 'problem')}: this plan will be refused. It is in ${file}.`)
    return
  }
  const kept = durationText(plan.quarantineMs)
  say(shell, '', `What is not regenerable goes into a quarantine first, and can be brought back for ${kept}.`)
  shell.out(`Written to ${file} (SHA-256 ${plan.digest.slice(0, 16)}…).`)
  shell.out(`Next: upkeep cleanup run --plan ${file} --reason TEXT`)
}

function showRule(shell: Shell, row: RuleAnswer, { regenerable, archiveTo }: PlannedRule): void {
  if (row.refused !== null) {
    say(shell, `  ${row.name}: `, `refused: ${row.refused.what} ${row.refused.found}`)
    return
  }
  const trees = row.trees === 0 ? '' : `, ${counted(row.trees ?? 0, 'whole directory')}`
  const when =
    archiveTo !== undefined
      ? `once it is archived in ${archiveTo.host}:${archiveTo.directory}`
      : regenerable
        ? 'at once'
        : 'after the quarantine'
  say(shell, `  ${row.name}: `, `${counted(row.files ?? 0, 'file')}${trees}: ${size(row.bytes ?? 0)} ${when}`)
  const [oldest] = row.oldest ?? []
  for (const one of (row.largest ?? []).slice(0, 3))
    sayDim(
      shell,
      '    largest ',
      `${one.path}, ${size(one.bytes)}${one.mtime === 0 ? '' : `, ${day(one.mtime)}`}`,
    )
  if (oldest !== undefined) sayDim(shell, '    oldest ', `${oldest.path}, ${day(oldest.mtime)}`)
  for (const { why, count, example } of row.held ?? [])
    sayDim(shell, '    stays ', `${count}, ${why}: ${example}`)
  for (const { path, usedPercent } of row.below ?? [])
    sayDim(shell, '    not due ', `${path}: its file system is ${usedPercent} % full`)
  for (const path of row.absent ?? []) sayDim(shell, '    not there ', path)
}

/** Says how a host ended, as soon as it has. */
export function sayHost(shell: Shell, host: string, ring: string, end: CleanupEnd): void {
  const mark = symbolOf(end.outcome === 'done' ? 'done' : end.outcome, shell.terminal.colour)
  shell.out(`${mark} ${host} (${ring}): ${sanitise(end.said, 600)}`)
  for (const rule of end.rules) {
    if (rule.refused !== null && (rule.takenFiles ?? 0) === 0) continue
    const spared = (rule.held ?? [])
      .filter(({ why }) => why !== 'young')
      .map(({ why, count }) => `${count} ${why}`)
    const stays = spared.length === 0 ? '' : `; stays: ${spared.join(', ')}`
    say(
      shell,
      `    ${rule.name}: `,
      `${counted(rule.takenFiles ?? 0, 'file')}, ${size(rule.takenBytes ?? 0)}${stays}`,
    )
    for (const { why, count, example } of rule.failed ?? [])
      say(shell, '      not taken: ', `${count}, ${why}: ${example}`)
  }
}

/** What became of a clean-up: one document as JSON, or what still waits and what to do next. */
export function showCleaned(
  shell: Shell,
  plan: CleanupPlan,
  cleaned: readonly Cleaned[],
  waits: readonly Problem[],
): void {
  if (shell.json) {
    const hosts = cleaned.map(({ host, ring, end: { outcome, said, rules, problem } }) => ({
      host,
      ring,
      outcome,
      said,
      rules,
      ...(problem === undefined ? {} : { problem }),
    }))
    shell.out(
      JSON.stringify({ messageType: 'cleanup', schemaVersion: 1, cleanup: plan.id, hosts, problems: waits }),
    )
    return
  }
  const problems = cleaned.flatMap(({ end }) => (end.problem === undefined ? [] : [end.problem]))
  if (waits.length + problems.length > 0)
    shell.note(renderProblems([...problems, ...waits], { colour: shell.terminal.colour }))
  const isAside = cleaned.some(({ end }) =>
    end.rules.some(
      (rule) => rule.aside === true && rule.archiveTo === undefined && (rule.takenFiles ?? 0) > 0,
    ),
  )
  if (isAside)
    shell.out(`To bring back what is in quarantine: upkeep cleanup undo --cleanup ${plan.id} --reason TEXT`)
}

/** What was brought back, host by host. */
export function showTakenBack(
  shell: Shell,
  cleanup: string,
  ends: readonly {
    readonly host: string
    readonly end: {
      readonly outcome: 'undone' | 'failed' | 'unknown'
      readonly said: string
      readonly problem?: Problem
    }
  }[],
): void {
  if (shell.json) {
    const hosts = ends.map(({ host, end: { outcome, said, problem } }) => ({
      host,
      outcome,
      said,
      ...(problem === undefined ? {} : { problem }),
    }))
    shell.out(JSON.stringify({ messageType: 'cleanup-undo', schemaVersion: 1, cleanup, hosts }))
    return
  }
  for (const { host, end } of ends)
    shell.out(`${symbolOf(end.outcome, shell.terminal.colour)} ${host}: ${sanitise(end.said, 600)}`)
  const problems = ends.flatMap(({ end }) => (end.problem === undefined ? [] : [end.problem]))
  if (problems.length > 0) shell.note(renderProblems(problems, { colour: shell.terminal.colour }))
}

function day(seconds: number): string {
  return new Date(seconds * 1000).toISOString().slice(0, 10)
}

function say(shell: Shell, label: string, text: string): void {
  for (const line of labelled(label, text)) shell.out(line)
}

function sayDim(shell: Shell, label: string, text: string): void {
  for (const line of labelled(label, text)) shell.out(dim(line, shell.terminal.colour))
}
