import { lstat, open } from 'node:fs/promises'
import { resolve } from 'node:path'
import { type Entry, icsText } from '../core/calendar/ics.ts'
import { yearPlan } from '../core/calendar/year.ts'
import { replaceFile, systemCode } from '../core/durable.ts'
import type { ResolvedEstate } from '../core/estate/resolved.ts'
import type { ExitName } from '../core/exit.ts'
import { instantText, wallClock } from '../core/gate/wall-clock.ts'
import { fail, ok, type Problem, type Result } from '../schemas/problem.ts'
import { type Shell, textOption } from './command.ts'
import { openEstate } from './estate-file.ts'
import { runAsScript } from './main.ts'
import { labelled } from './show/wrap.ts'
import { refuse } from './told.ts'

const firstLine = 'BEGIN:VCALENDAR'
const hourMs = 3_600_000

/** The year's plan of R8.1 for the estate: as a table, and as a file that calendar programs read. */
export async function run(shell: Shell): Promise<ExitName> {
  const estate = await openEstate(shell)
  if (!estate.ok) return refuse(shell, estate.problems)
  const { timeZone, freezes, name } = estate.value
  const year = yearOf(shell, timeZone)
  if (!year.ok) return refuse(shell, year.problems)
  const entries = yearPlan(estate.value, year.value).map((entry) => ({
    ...entry,
    held: heldBy(entry, freezes),
  }))
  const file = textOption(shell, 'ics')
  if (file !== undefined) {
    const text = icsText(`${name} ${year.value}`, entries.map(withFreezes), shell.now())
    const problem = await writeCalendar(resolve(shell.cwd, file), file, text)
    if (problem !== undefined) return refuse(shell, [problem])
  }
  if (shell.json) {
    const told = entries.map(({ uid, startMs, endMs, summary, description, held }) => {
      const [start, end] = [startMs, endMs].map((ms) => new Date(ms).toISOString())
      return { uid, start, end, summary, description, freezes: held }
    })
    const message = { messageType: 'calendar', schemaVersion: 1, year: year.value, timeZone, entries: told }
    shell.out(JSON.stringify({ ...message, file: file ?? null }))
    return 'ok'
  }
  for (const line of labelled('', `Plan of ${year.value} for ${name} (${timeZone})`)) shell.out(line)
  for (const entry of entries) for (const line of rowOf(entry, name, timeZone)) shell.out(line)
  if (file !== undefined) shell.out(`Written: ${file}`)
  return 'ok'
}

type Planned = Entry & { readonly held: readonly string[] }

/** The year that is asked for, or that clocks on the wall show now. */
function yearOf(shell: Shell, timeZone: string): Result<number> {
  const asked = textOption(shell, 'year')
  if (asked === undefined) return ok(new Date(wallClock(shell.now(), timeZone)).getUTCFullYear())
  if (/^(19[7-9]|2[01]\d)\d$/.test(asked)) return ok(Number(asked))
  return fail({ code: 'usage/year', what: 'This is no year.', found: asked, expected: 'from 1970 to 2199' })
}

/** Names of the freezes during which an entry lies: nothing that changes a host can be done then. */
function heldBy({ startMs, endMs }: Entry, freezes: ResolvedEstate['freezes']): readonly string[] {
  return freezes
    .filter(({ fromMs, toMs }) => fromMs < endMs && toMs > startMs)
    .map(({ name, systems }) => (systems === undefined ? name : `${name} (${systems.join(', ')})`))
}

function withFreezes({ held, ...entry }: Planned): Entry {
  if (held.length === 0) return entry
  return { ...entry, description: `${entry.description} In a freeze: ${held.join('; ')}.` }
}

/** `Tue 2027-03-09 09:00  8 h  Quarterly deep check      Stress test; security scan.`, at most 80 columns. */
function rowOf(entry: Planned, estate: string, timeZone: string): readonly string[] {
  const at = instantText(entry.startMs, timeZone).replace(` (${timeZone})`, '')
  const hours = `${(entry.endMs - entry.startMs) / hourMs} h`
  const summary = entry.summary.slice(estate.length + 2)
  return labelled(`${at}  ${hours}  ${summary.padEnd(26)}`, withFreezes(entry).description)
}

/** Puts the file in place at once. Problem `input/calendar-file`: there is something else, or it can not be written. */
async function writeCalendar(path: string, shown: string, text: string): Promise<Problem | undefined> {
  try {
    if (!(await mayReplace(path))) {
      const what = 'There is a file of this name that is no calendar; it stays.'
      return { code: 'input/calendar-file', what, where: shown, fix: 'Name another file with --ics.' }
    }
    await replaceFile(path, `${path}.new`, text, 0o644)
    return undefined
  } catch (error) {
    const code = systemCode(error)
    if (code === undefined) throw error
    const what = 'The calendar can not be written here.'
    return { code: 'input/calendar-file', what, where: shown, found: code }
  }
}

/** Whether nothing is there, or a calendar. */
async function mayReplace(path: string): Promise<boolean> {
  const stat = await lstat(path).catch(() => null)
  if (stat === null) return true
  if (!stat.isFile()) return false
  const handle = await open(path, 'r')
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(firstLine.length), 0, firstLine.length, 0)
    return buffer.toString('latin1', 0, bytesRead) === firstLine
  } finally {
    await handle.close()
  }
}

void runAsScript(import.meta.url, 'calendar')
