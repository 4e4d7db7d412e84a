import type { Problem } from '../schemas/problem.ts'

/** How text for a terminal is made; without colour it is plain. */
export type Look = { readonly colour: boolean }

const mostPlaces = 6

/**
 * A problem as several lines without a last line break: `where  code`, the excerpt with its caret, then what is wrong, what
 * was found, what is allowed, and what to do.
 */
export function renderProblem(problem: Problem, { colour }: Look): string {
  return rendered(problem, problem.where, colour)
}

/**
 * Problems under one another, an empty line between; those that say the same of several hosts or places, without an
 * excerpt, become one with all places.
 */
export function renderProblems(problems: readonly Problem[], { colour }: Look): string {
  const groups = new Map<string, { readonly problem: Problem; readonly places: string[] }>()
  for (const problem of problems) {
    const { where, frame, ...said } = problem
    const key =
      frame === undefined
        ? JSON.stringify(Object.entries(said).sort())
        : `${where ?? ''}\n${JSON.stringify(problem)}`
    const group = groups.get(key)
    if (group === undefined) groups.set(key, { problem, places: where === undefined ? [] : [where] })
    else if (where !== undefined && !group.places.includes(where)) group.places.push(where)
  }
  return [...groups.values()]
    .map(({ problem, places }) => rendered(problem, placesText(places), colour))
    .join('\n\n')
}

function rendered(problem: Problem, where: string | undefined, colour: boolean): string {
  const { code, frame } = problem
  const header = [where === undefined ? undefined : bold(where, colour), dim(code, colour)]
  const lines = [header.filter((part) => part !== undefined).join('  ')]
  if (frame !== undefined && frame !== '') lines.push(frameText(frame, colour))
  lines.push(sentences(problem).join(' '))
  return lines.join('\n')
}

function sentences({ what, found, expected, fix }: Problem): readonly string[] {
  // A sentence that shows what was found already is not told twice.
  const isTold = found === undefined || what.includes(found)
  return [
    ended(what),
    // Set in, so that no line of a host's words can pass for a line of ours.
    isTold ? undefined : ended(`Found: ${found.replaceAll('\n', '\n    ')}`),
    expected === undefined ? undefined : ended(`Allowed: ${expected}`),
    fix === undefined ? undefined : ended(fix),
  ].filter((sentence) => sentence !== undefined)
}

function ended(text: string): string {
  return /[.?!…]$/.test(text) ? text : `${text}.`
}

function placesText(places: readonly string[]): string | undefined {
  if (places.length <= 1) return places[0]
  const more = places.length - mostPlaces
  const shown = places.slice(0, mostPlaces).join(', ')
  return more > 0 ? `${shown} and ${more} more (${places.length})` : `${shown} (${places.length})`
}

function frameText(frame: string, colour: boolean): string {
  return frame.replace(/\^+$/, (carets) => (colour ? `\u001b[31m${carets}\u001b[39m` : carets))
}

function bold(text: string, colour: boolean): string {
  return colour ? `\u001b[1m${text}\u001b[22m` : text
}

function dim(text: string, colour: boolean): string {
  return colour ? `\u001b[2m${text}\u001b[22m` : text
}
