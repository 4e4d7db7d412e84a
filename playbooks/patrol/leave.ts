import { lstat } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { replaceFile, whyNot } from '../../core/durable.ts'
import type { ResolvedEstate, ResolvedSystem } from '../../core/estate/resolved.ts'
import { fail, ok, type Problem, type Result } from '../../schemas/problem.ts'
import { type Shell, textOption } from '../command.ts'
import type { Report } from '../report/figures.ts'
import { type Language, languages } from '../report/words.ts'
import { metricsText } from '../show/metrics.ts'
import { mailReports } from './mail.ts'
import { metricsFile, removeStaleMetrics } from './stale-metrics.ts'

/** The language that was asked for; English when none was. */
export function languageOf(shell: Shell): Result<Language> {
  const asked = textOption(shell, 'language') ?? 'en'
  const found = languages.find((one) => one === asked)
  if (found !== undefined) return ok(found)
  return fail({
    code: 'usage/language',
    what: 'A report is written in Chinese or English.',
    found: asked,
    expected: '--language zh or --language en',
  })
}

/** What is left beside what is printed; `nextDueMs`: when the next inspection of a system is due. */
export type Leaving = {
  readonly report: Report
  readonly estate: ResolvedEstate
  readonly nextDueMs: (system: ResolvedSystem) => number | null
}

/** Leaves the report, the mails and the metrics that were asked for; the problems of what could not be left. */
export async function leave(
  shell: Shell,
  { report, estate, nextDueMs }: Leaving,
): Promise<readonly Problem[]> {
  const language = languageOf(shell)
  if (!language.ok) return language.problems
  const path = textOption(shell, 'report')
  const metrics = textOption(shell, 'metrics')
  const isMailed = shell.options['mail'] === true
  const problems: Problem[] = []
  if (metrics !== undefined) {
    for (const one of report.systems) {
      const { estate: name, time } = report
      const text = metricsText(one, { estate: name, time, nextDueMs: nextDueMs(one.system) })
      // The collector is another user, and takes what ends in .prom.
      problems.push(
        ...(await replaced(shell, join(metrics, metricsFile(name, one.system.name)), text, 0o644)),
      )
    }
    problems.push(...(await removeStaleMetrics(resolve(shell.cwd, metrics), estate)))
  }
  if (path === undefined && !isMailed) return problems
  // Charts take half a second to load, which no other verb should wait for.
  const { reportPage } = await import('../report/page.ts')
  if (path !== undefined)
    problems.push(...(await replaced(shell, path, reportPage(report, language.value), 0o640)))
  if (!isMailed) return problems
  const secrets = { env: shell.env, directory: estate.directory, learned: () => {} }
  const mailed = await mailReports(report, { estate, secrets, language: language.value, page: reportPage })
  return [...problems, ...mailed]
}

/** Puts a whole file in the place of an older one; the problem where the disk does not take it. */
async function replaced(shell: Shell, path: string, text: string, mode: number): Promise<readonly Problem[]> {
  const place = resolve(shell.cwd, path)
  // A device or a link of this name is not what a report may take the place of.
  const there = await lstat(place).catch(() => null)
  const code =
    there === null || there.isFile()
      ? await whyNot(replaceFile(place, `${place}.${shell.pid}`, text, mode))
      : 'there is something else than a file'
  if (code === null) return []
  return [
    {
      code: 'patrol/not-written',
      what: 'What was asked for beside the inspection can not be written.',
      where: place,
      found: code,
      fix: 'Name a file, or a new one, in a directory that is there, and where the user of Upkeep may write.',
    },
  ]
}
