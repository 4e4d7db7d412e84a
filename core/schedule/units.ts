import { exitCodes } from '../exit.ts'
import type { Job } from './jobs.ts'
import { ownMark, type Owner } from './mark.ts'
import { onCalendar } from './on-calendar.ts'

/** Where and how units run `upkeep`; paths are absolute. */
export type Around = Owner & {
  /** Program and first words that run it from anywhere. */
  readonly program: readonly string[]
  readonly directory: string
  readonly stateDir: string
  readonly user: string
  readonly environment?: string
  /** Directory to which inspections write metrics. */
  readonly metrics?: string
  /** Systems whose inspections have somebody to be mailed to. */
  readonly mailed: readonly string[]
  /** From when to when spring nights get a line of their own. */
  readonly fromMs: number
  readonly toMs: number
}

/** Service and timer of a job, as systemd reads them, by file name; the same for the same arguments. */
export function unitsOf(job: Job, around: Around): Readonly<Record<string, string>> {
  return {
    [`${job.name}.service`]: serviceOf(job, around),
    [`${job.name}.timer`]: timerOf(job, around),
  }
}

function serviceOf(job: Job, around: Around): string {
  const { program, file, user, directory, environment } = around
  const [binary = '', ...first] = program
  const commands = wordsOf(job, around).map((words) =>
    // In the path of a program alone systemd replaces no variables.
    [unitWord(binary), ...[...first, ...words, '--estate', file].map(unitArgument)].join(' '),
  )
  return text(around, [
    '[Unit]',
    `Description=${description(job, around)}`,
    'Wants=network-online.target',
    'After=network-online.target',
    ...(job.work === 'cleanup' ? patience : []),
    '',
    '[Service]',
    'Type=oneshot',
    `User=${user}`,
    `WorkingDirectory=${unitPath(directory)}`,
    ...(environment === undefined ? [] : [`EnvironmentFile=${unitPath(environment)}`]),
    ...commands.map((command) => `ExecStart=${command}`),
    ...endings[job.work],
    // A stop is for the controller itself to judge; what it has started is not to be ended in mid-work.
    'KillMode=mixed',
    'TimeoutStopSec=2min',
  ])
}

function timerOf(job: Job, around: Around): string {
  return text(around, [
    '[Unit]',
    `Description=${description(job, around)}`,
    '',
    '[Timer]',
    ...startsOf(job, around),
    'AccuracySec=1s',
    '',
    '[Install]',
    'WantedBy=timers.target',
  ])
}

function startsOf({ when, work }: Job, { fromMs, toMs }: Around): readonly string[] {
  if (when.kind === 'interval') {
    const seconds = Math.ceil(when.everyMs / 1000)
    return [`OnActiveSec=${Math.min(seconds, 60)}s`, `OnUnitInactiveSec=${seconds}s`]
  }
  const lines = onCalendar(when, fromMs, toMs).map((line) => `OnCalendar=${line}`)
  // What a controller that was off has missed: an inspection is made up for, a clean-up by day is not wanted.
  return work === 'patrol' ? [...lines, 'Persistent=true'] : lines
}

/** Command lines of the verb, one after the other while each ends well. */
function wordsOf(
  { work, system = '' }: Job,
  { stateDir, mailed, metrics }: Around,
): readonly (readonly string[])[] {
  if (work === 'resume') return [['resume']]
  if (work === 'patrol')
    return [
      [
        'patrol',
        '--system',
        system,
        ...(mailed.includes(system) ? ['--mail'] : []),
        ...(metrics === undefined ? [] : ['--metrics', metrics]),
      ],
    ]
  const plan = `${stateDir}/schedule/cleanup-${system}.json`
  return [
    ['cleanup', 'plan', '--system', system, '--out', plan],
    ['cleanup', 'run', '--plan', plan, '--reason', 'on schedule'],
  ]
}

const lease = exitCodes.lease.code
// Of all ends only that with the code of the lease is tried again: not Upkeep's others, not systemd's own (203: the program is
// not there), and no signal. systemd 252 takes RestartForceExitStatus= for no service that ends by itself.
const codes = Array.from({ length: 255 }, (_, index) => index + 1).filter((code) => code !== lease)
const signals = ['ABRT', 'BUS', 'FPE', 'ILL', 'KILL', 'QUIT', 'SEGV', 'SYS', 'TRAP', 'XCPU', 'XFSZ']
const notAgain = [...codes, ...signals.map((signal) => `SIG${signal}`)]

// A turn that does not come within the hour is a failure, which shows; a clean-up of the night does not begin by day.
const patience = ['StartLimitIntervalSec=2h', 'StartLimitBurst=12']

/** What an end means, and how long it may take. */
const endings: Readonly<Record<Job['work'], readonly string[]>> = {
  // What is beyond a limit is what an inspection is for.
  patrol: [`SuccessExitStatus=${exitCodes.findings.code}`, 'TimeoutStartSec=1h'],
  // While another controller is at work it waits for its turn, and begins with a new plan.
  cleanup: [
    'TimeoutStartSec=infinity',
    'Restart=on-failure',
    'RestartSec=5min',
    `RestartPreventExitStatus=${notAgain.join(' ')}`,
  ],
  // Another controller at work is no failure: the next start is soon.
  resume: [`SuccessExitStatus=${lease}`, 'TimeoutStartSec=infinity'],
}

function description({ work, system }: Job, { estate }: Around): string {
  const does = { patrol: 'inspection', cleanup: 'clean-up', resume: 'go on with rollouts' }[work]
  return `Upkeep: ${does}${system === undefined ? '' : ` of ${system}`} (estate ${estate})`
}

function text(owner: Owner, lines: readonly string[]): string {
  const head = [
    ownMark(owner),
    '# Written by `upkeep schedule install`, which takes back what is changed here.',
    '',
  ]
  return `${[...head, ...lines].join('\n')}\n`
}

/** A word of a command line as systemd reads it; no control characters (see `unfit`). */
function unitWord(word: string): string {
  return `"${word.replaceAll(/["\\]/g, '\\$&').replaceAll('%', '%%')}"`
}

function unitArgument(word: string): string {
  return unitWord(word.replaceAll('$', '$$$$'))
}

/** A path as the only value of a setting: up to the end of the line, without quotes. */
function unitPath(path: string): string {
  return path.replaceAll('%', '%%')
}

/** Why a path can not stand in a unit, or undefined; systemd wants more of that of a program, or of a file of variables. */
export function unfit(path: string, of?: 'program' | 'environment'): string | undefined {
  if (of === 'program' && /["'\\]/.test(path))
    return 'it is that of a program, and has a quotation mark or a backslash'
  if (of === 'environment' && /[*?[\\]/.test(path))
    return 'it is that of a file of variables, and has one of * ? [ \\, with which systemd would look for other files'
  if (/[\x00-\x1f\x7f]/.test(path)) return 'it has a control character'
  if (path !== path.trim() || path.endsWith('\\'))
    return 'it begins or ends with a blank, or ends with a backslash'
  return undefined
}
