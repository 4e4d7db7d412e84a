import { dueBetween } from '../../core/schedule/due.ts'
import { durationText } from '../../core/duration.ts'
import type { Job } from '../../core/schedule/jobs.ts'
import { weekdays } from '../../schemas/weekdays.ts'
import type { Shell } from '../command.ts'
import { labelled } from '../show/wrap.ts'
import { when } from '../show/when.ts'
import { type Standing, unitDirectories } from './standing.ts'
import type { Wanted } from './wanted.ts'

const dayMs = 86_400_000

/** What is said of a schedule: what it wants, how each file stands or stood, and what was or would be done. */
export type Shown = {
  readonly did: 'show' | 'install' | 'remove'
  /** Only said, not done. */
  readonly dryRun: boolean
  readonly wanted: Wanted
  readonly standing: ReadonlyMap<string, Standing>
  /** With the text of each unit. */
  readonly units: boolean
}

const says: Readonly<Record<Standing, string>> = {
  same: 'installed',
  new: 'not installed',
  changed: 'installed otherwise',
  renewed: 'installed, of an older text of the estate',
  gone: 'not wanted any more',
  off: 'installed, but not running',
}

/** Tells it to people, at most 80 columns, or to programs. */
export function showSchedule(shell: Shell, shown: Shown): void {
  if (shell.json) return shell.out(JSON.stringify(scheduleOutput(shell, shown)))
  const { wanted, standing, units } = shown
  for (const job of wanted.jobs) {
    const [timer, service] = [`${job.name}.timer`, `${job.name}.service`]
    const states = [standing.get(timer), standing.get(service)]
    const state = states.find((one) => one !== undefined && one !== 'same') ?? states[0]
    shell.out(timer)
    shell.out(`  ${state === undefined ? 'not looked for' : says[state]}`)
    for (const line of labelled('  ', `${workOf(job)}: ${whenOf(job)}`)) shell.out(line)
    const zone = job.when.kind === 'calendar' ? job.when.timeZone : ''
    const next = nextOf(job, shell.now()).map((ms) => when(ms, zone).replace(` (${zone})`, ''))
    if (next.length > 0) for (const line of labelled('  next: ', next.join(', '))) shell.out(line)
  }
  for (const [file, state] of standing) if (state === 'gone') shell.out(`${file}  ${says.gone}`)
  if (wanted.jobs.length === 0) shell.out('The estate wants nothing to be started by a timer.')
  if (!units) return
  for (const [file, text] of Object.entries(wanted.files)) {
    shell.out(`\n${unitDirectories.own}/${file}:`)
    for (const line of text.trimEnd().split('\n')) shell.out(line)
  }
}

/** The next three starts of a job (epoch ms); none where they depend on the end of the last. */
function nextOf(job: Job, nowMs: number): readonly number[] {
  return job.when.kind === 'interval' ? [] : dueBetween(job.when, nowMs + 1, nowMs + 22 * dayMs).slice(0, 3)
}

function workOf({ work, system = '' }: Job): string {
  return {
    patrol: `inspection of ${system}`,
    cleanup: `clean-up of ${system}`,
    resume: 'go on with rollouts',
  }[work]
}

function whenOf({ when: at }: Job): string {
  if (at.kind === 'interval') return `${durationText(at.everyMs)} after the end of the last`
  const days = weekdays.filter((day) => at.days.includes(day)).map((day) => capital(day.slice(0, 3)))
  const times = at.timesMs.map((ms) => new Date(ms).toISOString().slice(11, 19).replace(/:00$/, ''))
  return `${days.length === 7 ? 'every day' : days.join(', ')} at ${times.toSorted().join(', ')} (${at.timeZone})`
}

function capital(word: string): string {
  return word.slice(0, 1).toUpperCase() + word.slice(1)
}

function scheduleOutput(shell: Shell, { did, dryRun, wanted, standing, units }: Shown) {
  return {
    messageType: 'schedule',
    schemaVersion: 1,
    did,
    dryRun,
    changed: [...standing.values()].some((state) => state !== 'same'),
    timers: wanted.jobs.map((job) => ({
      timer: `${job.name}.timer`,
      work: job.work,
      system: job.system ?? null,
      when: whenOf(job),
      next: nextOf(job, shell.now()).map((ms) => new Date(ms).toISOString()),
    })),
    files: [...standing].map(([file, state]) => ({
      path: `${unitDirectories.own}/${file}`,
      standing: state,
      ...(units && wanted.files[file] !== undefined ? { text: wanted.files[file] } : {}),
    })),
  }
}
