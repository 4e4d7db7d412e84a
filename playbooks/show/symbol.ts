import type { Outcome } from '../../core/run/outcome.ts'

const symbols: Readonly<Record<Outcome | 'start' | 'back' | 'wait', readonly [string, number]>> = {
  done: ['✔', 32],
  unchanged: ['=', 90],
  failed: ['✘', 31],
  undone: ['↶', 33],
  stuck: ['‼', 31],
  unknown: ['?', 35],
  start: ['▶', 36],
  back: ['↶', 33],
  wait: ['◷', 36],
}

/** A sign for an outcome, coloured where colour is wanted; a word always stands beside it. */
export function symbolOf(what: Outcome | 'start' | 'back' | 'wait', colour: boolean): string {
  const [sign, code] = symbols[what]
  return colour ? `\u001b[${code}m${sign}\u001b[0m` : sign
}

/** Bold text where colour is wanted. */
export function bold(text: string, colour: boolean): string {
  return colour ? `\u001b[1m${text}\u001b[0m` : text
}

/** Dim text where colour is wanted. */
export function dim(text: string, colour: boolean): string {
  return colour ? `\u001b[90m${text}\u001b[0m` : text
}
