import { sanitise } from '../../connect/text.ts'
import type { Answer } from './answer.ts'

/** What a part of an inspection says, or why it says nothing. */
export type Part<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly why: string }

// A longer line is no line of /proc, of df or of systemd.
const longestLine = 1_024
const mostLines = 10_000

/** The one line of a part. */
export function section(answer: Answer, name: string, pattern: RegExp): Part<string> {
  const text = whole(answer, name)
  if (!text.ok) return text
  const line = text.value.trim()
  return line.length <= longestLine && pattern.test(line) ? { ok: true, value: line } : strange(name, line)
}

/** Text of a part whose command succeeded. */
export function whole(answer: Answer, name: string): Part<string> {
  const found = answer.sections.get(name)
  if (found === undefined) return { ok: false, why: noPart(name) }
  const why = partEnd(name, found.code)
  return why === null ? { ok: true, value: found.bytes.toString('utf8') } : { ok: false, why }
}

/**
 * Lines of a part, each as the groups of a pattern, and why that is not all: the command failed (df does for one file system
 * of many), or a line has another form. Blank lines and those that `leaveOut` names do not count.
 */
export function lines(
  answer: Answer,
  name: string,
  pattern: RegExp,
  leaveOut?: RegExp,
): { readonly rows: readonly Readonly<Record<string, string>>[]; readonly why: string | null } {
  const found = answer.sections.get(name)
  if (found === undefined) return { rows: [], why: noPart(name) }
  const rows: Readonly<Record<string, string>>[] = []
  let why = partEnd(name, found.code)
  const all = found.bytes.toString('utf8').split('\n', mostLines + 1)
  if (all.length > mostLines) why ??= `the part "${name}" has more lines than are read`
  for (const line of all.slice(0, mostLines)) {
    if (line.trim() === '' || leaveOut?.test(line.slice(0, 200)) === true) continue
    const groups = line.length <= longestLine ? pattern.exec(line)?.groups : undefined
    if (groups === undefined) why ??= strange(name, line).why
    else rows.push({ ...groups })
  }
  return { rows, why }
}

/** A number of decimal digits that can be counted with exactly; NaN for any other text. */
export function count(text: string | undefined): number {
  if (text === undefined || !/^\d{1,20}$/.test(text)) return NaN
  const value = Number(text)
  return value <= Number.MAX_SAFE_INTEGER ? value : NaN
}

function strange(name: string, line: string): { readonly ok: false; readonly why: string } {
  return { ok: false, why: `the part "${name}" has a form that is not known: ${sanitise(line, 80)}` }
}

/** Why a part that is missing says nothing. */
export function noPart(name: string): string {
  return `the host did not answer the part "${name}"`
}

/** Why a part that ended so did not say all; null when its command succeeded. */
export function partEnd(name: string, code: number): string | null {
  return code === 0 ? null : `the part "${name}" failed: ${failure(code)}`
}

function failure(code: number): string {
  if (code === 124 || code === 137) return 'it took too long'
  if (code === 127) return 'the command is not there'
  return code === 141 ? 'it printed more than is read' : `exit code ${code}`
}
