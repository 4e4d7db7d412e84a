import { sanitise } from '../../connect/text.ts'
import { fail, ok, type Problem, type Result } from '../../schemas/problem.ts'
import type { Answer } from './answer.ts'

/** Groups of a pattern that matched one line. */
export type Row = Readonly<Record<string, string>>

/** Reads sections strictly: whatever does not fit is kept as a problem, and `done` then gives no value at all. */
export type Reading = {
  /** Text of a section whose command succeeded. Problems: `fact/incomplete`, `fact/failed`. */
  text(section: string): string
  /** Bytes of a section whose command succeeded. */
  bytes(section: string): Buffer
  /** The one line of a section, matching a pattern. Problem: `fact/unreadable`. */
  word(section: string, pattern: RegExp): string
  /** Lines of a section, blank ones left out, each matching a pattern with named groups. */
  rows(section: string, pattern: RegExp): readonly Row[]
  /** Records that end with NUL, each matching a pattern; bytes that are not UTF-8, and controls, come escaped. */
  records(section: string, pattern: RegExp): readonly Row[]
  /** Notes a problem that the caller found. */
  refuse(problem: Problem): void
  /** The value, unless anything was refused. */
  done<T>(value: T): Result<T>
}

/** Starts the reading of an answer. */
export function reading(answer: Answer): Reading {
  const problems: Problem[] = []

  function bytes(name: string): Buffer {
    const section = answer.sections.get(name)
    if (section === undefined) {
      problems.push({
        code: 'fact/incomplete',
        what: `The host did not answer the part "${name}".`,
        where: answer.host,
        ...(answer.complaints === '' ? {} : { found: answer.complaints }),
        fix: 'Try again; if it stays so, run the fact by hand on the host.',
      })
      return Buffer.alloc(0)
    }
    if (section.code !== 0)
      problems.push({
        code: 'fact/failed',
        what: `The host could not read the part "${name}" (exit code ${section.code}).`,
        where: answer.host,
        found: answer.complaints === '' ? said(section.bytes.toString()) : answer.complaints,
        fix: 'Run the command by hand on the host and mend what it complains of.',
      })
    return section.bytes
  }

  function match(section: string, pattern: RegExp, entries: readonly string[]): readonly Row[] {
    const rows: Row[] = []
    for (const entry of entries) {
      const found = pattern.exec(entry)
      if (found !== null) rows.push({ ...found.groups })
      else {
        problems.push({
          code: 'fact/unreadable',
          what: `The host answered the part "${section}" in a form that is not known.`,
          where: answer.host,
          found: said(entry),
          fix: 'Report this line: the fact must learn it, or the host is not what it says.',
        })
        return [] // one line shown is enough; the value is refused anyway
      }
    }
    return rows
  }

  function text(section: string): string {
    return bytes(section).toString('utf8')
  }

  return {
    bytes,
    text,
    word(section, pattern) {
      const line = text(section).trim()
      match(section, pattern, [line])
      return line
    },
    rows(section, pattern) {
      const lines = text(section).split('\n')
      return match(
        section,
        pattern,
        lines.filter((line) => line !== ''),
      )
    },
    records: (section, pattern) => match(section, pattern, split(bytes(section)).map(printable)),
    refuse: (problem) => void problems.push(problem),
    done: (value) => (problems.length > 0 ? fail(...problems) : ok(value)),
  }
}

function said(text: string): string {
  return sanitise(text.trim(), 200)
}

function split(bytes: Buffer): readonly Buffer[] {
  const parts: Buffer[] = []
  let from = 0
  for (let at = bytes.indexOf(0); at >= 0; at = bytes.indexOf(0, from)) {
    parts.push(bytes.subarray(from, at))
    from = at + 1
  }
  if (from < bytes.length) parts.push(bytes.subarray(from))
  return parts
}

/** A name of any bytes as printable text, one to one: controls, backslash and what is not UTF-8 become `\xNN`. */
export function printable(name: Buffer): string {
  const text = name.toString('utf8')
  const plain = Buffer.from(text, 'utf8').equals(name) ? text : name.toString('latin1')
  const escaped = plain === text ? /[\u0000-\u001f\\\u007f-\u009f]/g : /[^\u0020-\u005b\u005d-\u007e]/g
  return plain.replace(escaped, (char) => {
    const hex = char.charCodeAt(0).toString(16)
    return plain === text && char > '\u007f' ? `\\u00${hex}` : `\\x${hex.padStart(2, '0')}`
  })
}
