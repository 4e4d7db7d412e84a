import { digits } from './figures.ts'

/** A figure that must not be above a limit; without a figure (a peer that did not run) nothing was shown. */
export type Goal = {
  readonly says: string
  readonly found: number | undefined
  readonly limit: number
  readonly unit: string
}

/** Whether a goal was met; `not shown` when there is no figure, which is not the same as missed. */
export function verdictOf({ found, limit }: Goal): 'met' | 'MISSED' | 'not shown' {
  if (found === undefined || !Number.isFinite(found)) return 'not shown'
  return found <= limit ? 'met' : 'MISSED'
}

/** One line a goal: what was found, the limit, and the verdict. */
export function goalLines(goals: readonly Goal[]): readonly string[] {
  return goals.map((goal) => {
    const found = goal.found === undefined ? '-' : digits(goal.found)
    return `${goal.says.padEnd(46)}${found.padStart(7)} of ${digits(goal.limit).padStart(5)} ${goal.unit.padEnd(4)}  ${verdictOf(goal)}`
  })
}
