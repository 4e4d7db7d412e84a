import { exitCodes } from '../core/exit.ts'

const begin = '<!-- exit codes: written by `npm run docs` -->'
const end = '<!-- end of exit codes -->'

/** A Markdown text with the table of exit codes, as it is in the sources, between its two marks. */
export function withExitCodes(text: string): string {
  const from = text.indexOf(begin)
  const to = text.indexOf(end)
  if (from < 0 || to < from) throw new Error(`the text lacks the marks ${begin} and ${end}`)
  const rows = Object.entries(exitCodes).map(([name, { code, means }]) => `| ${code} | ${name} | ${means} |`)
  const table = ['| code | name | means |', '|---|---|---|', ...rows].join('\n')
  return `${text.slice(0, from)}${begin}\n\n${table}\n\n${text.slice(to)}`
}
