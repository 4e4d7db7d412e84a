import { readFileSync } from 'node:fs'
import { join } from 'node:path'

const root = join(import.meta.dirname, '../..')

/** A fenced block of a Markdown file: its info string in words, and its lines without the indent of the fence. */
export type Block = { readonly info: readonly string[]; readonly text: string }

/**
 * A command of the README. `lab`: needs the lab or installs things, and is run by tests that have it; `own`: needs the
 * reader's own hosts, so only its words are checked; `here`: needs nothing.
 */
export type ReadmeCommand = { readonly line: string; readonly needs: 'here' | 'lab' | 'own' }

/** Every fenced block of a page of the project, in order. */
export function blocksOf(page: string): readonly Block[] {
  const text = readFileSync(join(root, page), 'utf8')
  return [...text.matchAll(/^( *)```(.*)\n([^]*?)\n\1```$/gm)].map(
    ([, indent = '', info = '', body = '']) => ({
      info: info.split(' '),
      text: body
        .split('\n')
        .map((line) => line.slice(line.startsWith(indent) ? indent.length : 0))
        .join('\n'),
    }),
  )
}

/** The commands of the README (or another page), a line each, with what they need. */
export function readmeCommands(page = 'README.md'): readonly ReadmeCommand[] {
  return blocksOf(page)
    .filter(({ info }) => info[0] === 'sh')
    .flatMap(({ info, text }) => {
      const needs = info[1] === 'lab' ? 'lab' : info[1] === 'own' ? 'own' : 'here'
      return text
        .split('\n')
        .filter((line) => line !== '' && !line.startsWith('#'))
        .map((line) => ({ line, needs }) as const)
    })
}
