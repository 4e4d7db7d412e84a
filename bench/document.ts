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

/** The document of a run: what it ran on, then each case as it was printed. */
export function documentText(around: readonly string[], ends: readonly CaseEnd[], minutes: number): string {
  const parts = [
    '# Speed and memory',
    '',
    'Written by `npm run bench`, which measures Upkeep and its peers in turns in one run',
    `(${minutes.toFixed(1)} minutes); do not edit. Figures are medians, with the least and the most. Only`,
    'figures of one run can be compared: the same machine is another one an hour later. A',
    'goal is a limit that the figure must not exceed; bad figures stand here like good ones.',
    '',
    ...around.map((line) => `- ${line}`),
  ]
  for (const end of ends) {
    parts.push('', `## ${end.name}: ${end.says}`, '', '```text', ...caseLines(end), '```')
  }
  return `${parts.join('\n')}\n`
}

/** Writes docs/bench.md. */
export function writeDocument(text: string): string {
  const path = join(import.meta.dirname, '../docs/bench.md')
  writeFileSync(path, text)
  return path
}
