import type { Problem } from './problem.ts'

/** A problem that knows its offset in the file; its text is made only when it is shown. */
export type Placed = { readonly offset: number; readonly problem: () => Problem }

/** More would scroll away; when the first are mended, the others show. */
const mostProblems = 50

/** The problems in the order of the file, at most 50; a last one, `subject/more`, says how many are left. */
export function inFileOrder(subject: string, placed: readonly Placed[]): readonly Problem[] {
  const sorted = placed.toSorted((a, b) => a.offset - b.offset)
  const shown = sorted.slice(0, mostProblems).map(({ problem }) => problem())
  if (shown.length === sorted.length) return shown
  const what = `${sorted.length - shown.length} more mistakes are not shown`
  return [...shown, { code: `${subject}/more`, what, fix: 'Mend these first.' }]
}
