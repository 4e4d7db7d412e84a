import { sanitiseAll } from '../connect/text.ts'
import type { ResolvedEstate, ResolvedSystem } from '../core/estate/resolved.ts'
import { type ExitName, exitNameOf, worstExit } from '../core/exit.ts'
import { worstLevel } from '../core/patrol/level.ts'
import { nextDue, type Schedule } from '../core/schedule/due.ts'
import { renderProblems } from '../core/problem.ts'
import { fail, ok, type Problem, type Result } from '../schemas/problem.ts'
import { type NagiosEnd, type Shell, textOption } from './command.ts'
import { openEstate, systemNamed } from './estate-file.ts'
import { runAsScript } from './main.ts'
import { inspect, type SystemInspection } from './patrol/inspect.ts'
import { patrolJson } from './patrol/output.ts'
import { languageOf, leave } from './patrol/leave.ts'
import { connections } from './rollout/session.ts'
import { nagiosCode, nagiosLines } from './show/nagios.ts'
import { showInspection } from './show/patrol.ts'
import { when } from './show/when.ts'
import { refuse, told } from './told.ts'

/** Inspects hosts, each in one round trip, holds what they show against limits, and says what is new, open or closed. */
export async function run(shell: Shell): Promise<ExitName | NagiosEnd> {
  if (shell.options['nagios'] === true) return forNagios(shell)
  const found = await inspection(shell)
  if (!found.ok) return refuse(shell, found.problems)
  const { systems, time, estate } = found.value
  if (shell.json) await shell.outParts(patrolJson(systems, time))
  else {
    noteProblems(shell, systems)
    const began = when(Date.parse(time), estate.timeZone)
    const { timeZone } = estate
    showInspection(shell, systems, { nowMs: Date.parse(time), timeZone, time: `Inspection of ${began}` })
  }
  const unreached = systems
    .flatMap((one) => one.hosts)
    .flatMap(({ problems }) => problems.slice(0, 1).map(({ code }) => exitNameOf(code)))
  const level = worstLevel(systems.map((one) => one.level))
  return worstExit([
    level === 'ok' ? 'ok' : 'findings',
    ...unreached,
    ...(await leaveAll(shell, found.value)),
  ])
}

// Whoever runs plugins knows four codes only: what Upkeep itself could not do is unknown, and never a warning.
async function forNagios(shell: Shell): Promise<NagiosEnd> {
  try {
    const found = await inspection(shell)
    if (found.ok) {
      for (const line of nagiosLines(found.value.systems)) shell.out(line)
      noteProblems(shell, found.value.systems)
      await leaveAll(shell, found.value)
      return { nagios: nagiosCode[worstLevel(found.value.systems.map((one) => one.level))] }
    }
    shell.out(
      `PATROL UNKNOWN - ${found.problems[0]?.what.replaceAll(/[|\n]/g, ' ') ?? 'nothing was inspected'}`,
    )
    refuse(shell, found.problems)
  } catch (cause) {
    shell.out('PATROL UNKNOWN - a fault of Upkeep itself')
    told(shell, cause)
  }
  return { nagios: 3 }
}

function noteProblems(shell: Shell, systems: readonly SystemInspection[]): void {
  const problems = systems.flatMap((one) => [...one.problems, ...one.hosts.flatMap((host) => host.problems)])
  if (problems.length > 0) shell.note(renderProblems(problems, { colour: shell.terminal.colour }))
}

/** Leaves what was asked for beside what is printed, and names the exit codes of what could not be. */
async function leaveAll(shell: Shell, { systems, time, estate }: Inspection): Promise<readonly ExitName[]> {
  const problems = await leave(shell, {
    report: { estate: estate.name, time, timeZone: estate.timeZone, systems },
    estate,
    nextDueMs: (system) => {
      const schedule = scheduleOf(estate, system)
      return schedule === null ? null : nextDue(schedule, Date.parse(time))
    },
  })
  const told = sanitiseAll(problems, { maxChars: 2_000, oneLine: true })
  if (told.length > 0) shell.note(renderProblems(told, { colour: shell.terminal.colour }))
  return told.map(({ code }) => exitNameOf(code))
}

function scheduleOf(estate: ResolvedEstate, { tier }: ResolvedSystem): Schedule | null {
  return estate.schedule.patrol[tier]
}

type Inspection = {
  readonly systems: readonly SystemInspection[]
  readonly time: string
  readonly estate: ResolvedEstate
}

async function inspection(shell: Shell): Promise<Result<Inspection>> {
  if (shell.json && shell.options['nagios'] === true) return fail(twoForms)
  const language = languageOf(shell)
  if (!language.ok) return language
  const estate = await openEstate(shell)
  if (!estate.ok) return estate
  const name = textOption(shell, 'system')
  const named = name === undefined ? undefined : systemNamed(estate.value, name)
  if (named !== undefined && !named.ok) return named
  const chosen: readonly ResolvedSystem[] =
    named === undefined ? Object.values(estate.value.systems) : [named.value]
  const secrets = { env: shell.env, directory: estate.value.directory, learned: () => {} }
  const pool = connections(estate.value, secrets)
  const time = new Date(shell.now()).toISOString()
  try {
    const systems = await inspect(chosen, {
      pool,
      secrets,
      stateDir: estate.value.stateDir,
      time,
      pid: shell.pid,
      now: shell.now,
      scheduleOf: (system) => scheduleOf(estate.value, system),
      spreadMs: estate.value.schedule.spreadMs,
    })
    return ok({ systems, time, estate: estate.value })
  } finally {
    pool.closeAll()
  }
}

const twoForms: Problem = {
  code: 'usage/two-forms',
  what: 'One inspection has one form.',
  found: '--json --nagios',
  expected: '--json or --nagios',
}

void runAsScript(import.meta.url, 'patrol')
