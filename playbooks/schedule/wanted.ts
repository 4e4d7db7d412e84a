import { readFile, stat } from 'node:fs/promises'
import { dirname, isAbsolute, resolve } from 'node:path'
import { local } from '../../connect/local.ts'
import type { ResolvedEstate, ResolvedSystem } from '../../core/estate/resolved.ts'
import { type Job, jobsOf } from '../../core/schedule/jobs.ts'
import type { Owner } from '../../core/schedule/mark.ts'
import { unfit, unitsOf } from '../../core/schedule/units.ts'
import type { Problem } from '../../schemas/problem.ts'
import type { Shell } from '../command.ts'
import { administrators } from '../patrol/mail.ts'
import { secretReferences } from '../rollout/secret-references.ts'
import { writableByOthers } from './who-may-write.ts'

/** What the estate wants timers for, and the text of each unit file by its name. */
export type Wanted = {
  readonly jobs: readonly Job[]
  readonly owner: Owner
  readonly files: Readonly<Record<string, string>>
}

/** Spring nights of so many years have a line of their own. */
const years = 10

/** The units of the estate as they should stand; nothing is looked at or changed. */
export function wantedUnits(shell: Shell, estate: ResolvedEstate): Wanted {
  const file = resolve(shell.cwd, shell.estatePath)
  const owner = { estate: estate.name, file, digest: estate.digest }
  const { schedule, stateDir } = estate
  const systems = Object.values(estate.systems)
  const isMailed = (system: ResolvedSystem) => administrators(system).length > 0
  // From the beginning of a year: the same bytes until it is over.
  const year = new Date(shell.now()).getUTCFullYear()
  const around = {
    ...owner,
    program: shell.program,
    directory: dirname(file),
    stateDir,
    user: schedule.user,
    ...(schedule.environment === undefined ? {} : { environment: schedule.environment }),
    ...(schedule.metrics === undefined ? {} : { metrics: schedule.metrics }),
    mailed: estate.mail === undefined ? [] : systems.filter(isMailed).map(({ name }) => name),
    fromMs: Date.UTC(year, 0),
    toMs: Date.UTC(year + years, 0),
  }
  const jobs = jobsOf(estate)
  const files = Object.assign({}, ...jobs.map((job) => unitsOf(job, around))) as Record<string, string>
  return { jobs, owner, files }
}

/**
 * Why these units would not work on this machine, or not be safe: `schedule/path`, `schedule/user`, `schedule/environment`,
 * `schedule/writable`, `schedule/metrics`.
 */
export async function whyNotWork(shell: Shell, estate: ResolvedEstate): Promise<readonly Problem[]> {
  const { schedule, stateDir } = estate
  const [program = '', ...words] = shell.program
  const { environment, metrics } = schedule
  const paths = [
    resolve(shell.cwd, shell.estatePath),
    stateDir,
    ...words,
    ...(metrics === undefined ? [] : [metrics]),
  ]
  const bad = [
    { path: program, why: unfit(program, 'program') },
    ...paths.map((path) => ({ path, why: unfit(path) })),
    ...(environment === undefined ? [] : [{ path: environment, why: unfit(environment, 'environment') }]),
  ]
  return [
    ...bad.flatMap(({ path, why }) =>
      why === undefined
        ? []
        : [
            {
              code: 'schedule/path',
              what: `A path can not stand in a unit: ${why}.`,
              found: JSON.stringify(path),
            },
          ],
    ),
    ...(await userProblems(shell, estate)),
    ...(await environmentProblems(estate)),
    ...(await metricsProblems(estate)),
  ]
}

/** An inspection that can not leave its metrics ends as a failure, each time: said before there are timers. */
async function metricsProblems({ schedule }: ResolvedEstate): Promise<readonly Problem[]> {
  const { metrics } = schedule
  if (metrics === undefined) return []
  const at = await stat(metrics).catch(() => null)
  if (at?.isDirectory() === true) return []
  return [
    {
      code: 'schedule/metrics',
      what: 'The directory that schedule.metrics names is none on this machine, so no inspection could leave its metrics.',
      where: metrics,
      found: at === null ? 'nothing is there' : 'it is no directory',
      fix: 'Make it, writable by schedule.user, or name the one that node exporter reads (--collector.textfile.directory).',
    },
  ]
}

async function userProblems(shell: Shell, estate: ResolvedEstate): Promise<readonly Problem[]> {
  const { schedule, stateDir } = estate
  const { user, environment } = schedule
  const [uid, gid] = await Promise.all(
    ['-u', '-g'].map((which) => local(['id', which, '--', user], { timeoutMs: 30_000 })),
  )
  if (uid?.code !== 0 || gid?.code !== 0) {
    const what = 'This machine has no user of the name that schedule.user says.'
    return [{ code: 'schedule/user', what, found: user }]
  }
  const as = { uid: Number(uid.stdout), gid: Number(gid.stdout) }
  const files = [
    ...shell.program.filter((word) => isAbsolute(word)),
    // What the entry runs first, and what an earlier start has left to be run.
    resolve(import.meta.dirname, '../main.ts'),
    resolve(import.meta.dirname, '../../node_modules/.cache/upkeep/estate.validator.js'),
    resolve(shell.cwd, shell.estatePath),
  ]
  return [
    ...(await stateProblems(stateDir, user, as.uid)),
    ...(await writableByOthers(environment === undefined ? files : [...files, environment], as)),
  ]
}

async function stateProblems(stateDir: string, user: string, uid: number): Promise<readonly Problem[]> {
  const state = await stat(stateDir).catch(() => null)
  if (state === null) return uid === 0 ? [] : absentState(stateDir, user, uid)
  if (state.uid === uid) return []
  return [
    {
      code: 'schedule/user',
      what: 'The state directory belongs to another user than the timers would run as, so that one of the two could soon write there no more.',
      where: stateDir,
      found: `${user}; the directory belongs to user ${state.uid}`,
      fix: 'Set schedule.user in the estate to the user who works with it.',
    },
  ]
}

/** A state directory that is made at the first start must be made somewhere. */
async function absentState(stateDir: string, user: string, uid: number): Promise<readonly Problem[]> {
  let above = dirname(stateDir)
  let at = await stat(above).catch(() => null)
  while (at === null && above !== dirname(above)) {
    above = dirname(above)
    at = await stat(above).catch(() => null)
  }
  if (at === null || at.uid === uid) return []
  return [
    {
      code: 'schedule/user',
      what: 'The state directory is not there yet, and lies where the user of the timers could not make it.',
      where: stateDir,
      found: `${user}; ${above} belongs to user ${at.uid}`,
      fix: `Make it, and give it to ${user}.`,
    },
  ]
}

/** What a person's session has and a timer's has not. */
async function environmentProblems(estate: ResolvedEstate): Promise<readonly Problem[]> {
  const { environment } = estate.schedule
  const systems = Object.values(estate.systems)
  const hosts = systems.flatMap((system) => system.hosts)
  const variables = [
    ...secretReferences(estate, systems).flatMap((one) => (one.kind === 'env' ? [one.variable] : [])),
    ...(hosts.some(({ connection }) => connection.auth.kind === 'agent') ? ['SSH_AUTH_SOCK'] : []),
  ]
  if (environment === undefined && variables.length > 0) {
    const what = 'The estate takes this from variables that a timer does not have.'
    const fix =
      'Name a file of NAME=value lines for it with schedule.environment, or take secrets from files.'
    return [{ code: 'schedule/environment', what, found: variables.join(', '), fix }]
  }
  if (environment === undefined) return []
  const where = environment
  const text = await readFile(environment, 'utf8').catch(() => undefined)
  if (text === undefined) {
    const what = 'The file of variables that schedule.environment names can not be read.'
    return [{ code: 'schedule/environment', what, where }]
  }
  const given = new Set(Array.from(text.matchAll(/^[ \t]*([A-Za-z_]\w*)=/gm), (line) => line[1]))
  const missing = variables.filter((variable) => !given.has(variable))
  if (missing.length === 0) return []
  const what = 'The estate takes from variables what the file that schedule.environment names does not give.'
  const fix = 'Add a line NAME=value for each.'
  return [{ code: 'schedule/environment', what, where, found: missing.join(', '), fix }]
}
