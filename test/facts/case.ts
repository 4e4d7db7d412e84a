import { readdirSync, readFileSync } from 'node:fs'
import { basename } from 'node:path'

import type { Answer, Section } from '../../playbooks/facts/answer.ts'
import type { Result } from '../../schemas/problem.ts'

/** A recorded answer: its name, the answer itself and what a fact must read from it. */
export type Case = { readonly name: string; readonly answer: Answer; readonly expected: unknown }

/**
 * Recorded answers of a fact: `cases/<fact>/<name>.txt` with a line `=== section exit-code` before each section (NUL is
 * written as ␀), and beside it `<name>.json`: the expected value, or the codes and findings of the problems.
 */
export function casesOf(fact: string): readonly Case[] {
  const folder = new URL(`cases/${fact}/`, import.meta.url)
  return readdirSync(folder)
    .filter((file) => file.endsWith('.txt'))
    .map((file) => {
      const name = basename(file, '.txt')
      const expected: unknown = JSON.parse(readFileSync(new URL(`${name}.json`, folder), 'utf8'))
      return { name, answer: answerOf(readFileSync(new URL(file, folder), 'utf8')), expected }
    })
}

/** Text of a recorded answer as an answer of the host `recorded`. */
export function answerOf(text: string): Answer {
  const sections = new Map<string, Section>()
  const parts = text.split(/^=== (?<name>[a-z-]+) (?<code>\d+)\n/m)
  for (let at = 1; at < parts.length; at += 3) {
    const content = parts[at + 2] ?? ''
    // A section of NUL-separated records has no line break at its end; the recording has one.
    const exact = content.includes('␀') ? content.replace(/\n$/, '').replaceAll('␀', '\0') : content
    sections.set(parts[at] ?? '', { code: Number(parts[at + 1]), bytes: Buffer.from(exact) })
  }
  return { host: 'recorded', complaints: '', sections }
}

/** A result as a case expects it: the value as JSON, or what is stable about the problems. */
export function seen(result: Result<unknown>): unknown {
  if (result.ok) return JSON.parse(JSON.stringify(result.value))
  return {
    problems: result.problems.map(({ code, where, found }) => ({
      code,
      where,
      ...(found === undefined ? {} : { found }),
    })),
  }
}
