import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { wrap } from '../playbooks/show/wrap.ts'
import type { CaseFound } from './case.ts'
import { goalLines } from './goal.ts'
import { mostColumns } from './table.ts'

/** A case with what it found, or why it could not be measured. */
export type CaseEnd = {
  readonly name: string
  readonly says: string
  readonly found: CaseFound | { readonly failed: string }
}

/** What is printed of a case. */
export function caseLines({ found }: CaseEnd): readonly string[] {
  if ('failed' in found) return [`NOT MEASURED: ${found.failed}`]
  return [...wrap(found.says.join(' '), mostColumns), '', ...found.table, '', ...goalLines(found.goals)]
}

/** The page of a case: what it ran on, then what was printed of it. */
export function pageText(around: readonly string[], end: CaseEnd): string {
  const parts = [
    `# ${end.name}: ${end.says}`,
    '',
    `Written by \`npm run bench -- ${end.name}\`, which measures Upkeep and its peers in turns in one`,
    'run; do not edit. Figures are medians, with the least and the most. Only figures of',
    'one page can be compared: the same machine is another one an hour later. A goal is a',
    'limit that the figure must not exceed; bad figures stand here like good ones.',
    '',
    ...around.map((line) => `- ${line}`),
    '',
    '```text',
    ...caseLines(end),
    '```',
  ]
  return `${parts.join('\n')}\n`
}

/** Writes the page of a case, docs/bench/NAME.md, and answers its path. */
export function writePage(around: readonly string[], end: CaseEnd): string {
  const path = join(import.meta.dirname, `../docs/bench/${end.name}.md`)
  writeFileSync(path, pageText(around, end))
  return path
}
