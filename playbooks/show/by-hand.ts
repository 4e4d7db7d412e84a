import { sanitise } from '../../connect/text.ts'
import type { Shell } from '../command.ts'
import { bold, symbolOf } from './symbol.ts'

/** Shows what a person does about a stuck host, the first line so that nobody misses it; nothing of no lines. */
export function showByHand({ out, terminal: { colour } }: Shell, lines: readonly string[]): void {
  const [first, ...rest] = lines
  if (first === undefined) return
  out('')
  out(`${symbolOf('stuck', colour)} ${bold(first, colour)}`)
  for (const line of rest) out(`  ${sanitise(line, 2000)}`)
  out('')
}
