import type { NoText } from './file-text.ts'
import type { Problem } from './problem.ts'

/** A file that gave no text, as a problem `subject/...`; undefined when there is no such file, for its reader knows what to advise. */
export function noText(subject: string, file: string, no: NoText, mostBytes: number): Problem | undefined {
  switch (no.why) {
    case 'unreadable':
      return undefined
    case 'no-file':
      return {
        code: `${subject}/no-file`,
        what: `This is ${no.found}`,
        where: file,
        found: no.found,
        expected: 'a plain file',
        fix: 'Name the file itself; write what a pipe gives into a file first.',
      }
    case 'too-large':
      return tooLarge(subject, file, no.bytes, mostBytes)
    case 'not-utf8':
      return {
        code: `${subject}/not-text`,
        what: 'The file is no UTF-8 text',
        where: `${file}:${no.line}:${no.column}`,
        found: no.found,
        expected: 'UTF-8',
        fix: 'Save it as UTF-8 in your editor.',
      }
  }
}

/** The problem of a file that is larger than is read of it. */
export function tooLarge(subject: string, file: string, bytes: number, mostBytes: number): Problem {
  return {
    code: `${subject}/too-large`,
    what: 'The file is larger than Upkeep reads',
    where: file,
    found: `${(bytes / 1024 / 1024).toFixed(1)} MiB`,
    expected: `at most ${mostBytes / 1024 / 1024} MiB`,
    fix: 'Split it into one file per site or department.',
  }
}
