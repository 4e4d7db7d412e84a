import type { Shell } from '../command.ts'
import type { Check } from '../facts/doctor.ts'
import { bold } from './symbol.ts'
import { labelled } from './wrap.ts'

const colours = { ok: 32, warn: 33, fail: 31 } as const

/** Shows checks under the name of what was looked at, what was seen, and what to do where it is not right. */
export function showHealth(
  { out, terminal: { colour } }: Shell,
  looked: readonly { readonly name: string; readonly checks: readonly Check[] }[],
): void {
  for (const { name, checks } of looked) {
    out(bold(name, colour))
    const width = Math.max(...checks.map(({ check }) => check.length), 0)
    for (const { check, outcome, said, fix } of checks) {
      const label = `  ${outcome.padEnd(4)}  ${check.padEnd(width)}  `
      const lines = [...labelled(label, said), ...labelled(' '.repeat(label.length), fix ?? '')]
      const painted = colour ? `\u001b[${colours[outcome]}m${outcome}\u001b[0m` : outcome
      for (const line of lines) if (line.trim() !== '') out(line.replace(`  ${outcome}`, `  ${painted}`))
    }
    out('')
  }
  const all = looked.flatMap(({ checks }) => checks)
  const count = (outcome: Check['outcome']) => all.filter((check) => check.outcome === outcome).length
  out(`${all.length} checks: ${count('fail')} failed, ${count('warn')} to look at.`)
}
