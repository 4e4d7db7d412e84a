import { join } from 'node:path'
import type { CaseWorld } from './case.ts'
import { type Spread, spreadOf, spreadText } from './figures.ts'
import { measured, type Measured } from './measured.ts'

/** One way to do the work of a case: a command, and how many hosts its output says it has done. */
export type Contender = {
  readonly name: string
  readonly argv: readonly string[]
  readonly env?: Readonly<Record<string, string>>
  /** What goes before each of its runs and is not measured. */
  readonly before?: () => Promise<void>
  readonly done: (ran: Measured) => number
  readonly repeats: number
}

/** What came of a contender in all rounds; a run that did not do all of its hosts has failed, and its time says nothing. */
export type Standing = {
  readonly name: string
  readonly runs: number
  readonly failed: number
  readonly wall: Spread | undefined
  readonly processor: Spread | undefined
  readonly largestMb: Spread | undefined
  readonly togetherMb: Spread | undefined
  readonly hostSide: Spread | undefined
}

/** What goes on around each run: it puts the hosts back, and tells their processor seconds so far. */
export type Around = {
  readonly hosts: number
  readonly before?: () => Promise<void>
  /** Whether the work is truly done, whatever the contender said; how many hosts have it. */
  readonly after?: () => Promise<number>
  readonly processor: () => Promise<number>
}

/** A program of the bench's own, to be run by this Node without warnings. */
export function ownProgram(name: string, ...words: readonly string[]): readonly string[] {
  const quiet = ['--disable-warning=DEP0190', '--disable-warning=ExperimentalWarning']
  return [process.execPath, ...quiet, join(import.meta.dirname, 'contenders', name), ...words]
}

/** Runs all contenders in turns, round by round, so that what slows the machine slows all of them. */
export async function inTurns(
  contenders: readonly Contender[],
  around: Around,
  { end, tell }: CaseWorld,
): Promise<readonly Standing[]> {
  const good = new Map<string, (Measured & { readonly hostSide: number })[]>()
  const rounds = Math.max(...contenders.map(({ repeats }) => repeats))
  for (let round = 0; round < rounds; round += 1) {
    for (const { name, argv, env, before, done } of contenders.filter(({ repeats }) => repeats > round)) {
      await around.before?.()
      await before?.()
      const processorBefore = await around.processor()
      const ran = await measured(argv, end, env === undefined ? {} : { env })
      const hostSide = (await around.processor()) - processorBefore
      const did = Math.min(done(ran), (await around.after?.()) ?? around.hosts)
      const isWhole = did === around.hosts
      if (isWhole) good.set(name, [...(good.get(name) ?? []), { ...ran, hostSide }])
      const why = isWhole ? '' : `  FAILED: ${did} of ${around.hosts} hosts, exit ${ran.code}`
      tell(`  ${name.padEnd(22)} ${ran.wall.toFixed(2)} s  processor ${ran.processor.toFixed(2)} s${why}`)
      if (!isWhole) tell(`    ${ran.stderr.trim().slice(-400)}`)
    }
  }
  return contenders.map(({ name, repeats }) => standing(name, repeats, good.get(name) ?? []))
}

function standing(
  name: string,
  runs: number,
  good: readonly (Measured & { readonly hostSide: number })[],
): Standing {
  const of = (figure: (one: Measured & { readonly hostSide: number }) => number) =>
    good.length === 0 ? undefined : spreadOf(good.map(figure))
  return {
    name,
    runs,
    failed: runs - good.length,
    wall: of(({ wall }) => wall),
    processor: of(({ processor }) => processor),
    largestMb: of(({ largest }) => largest / 1e6),
    togetherMb: of(({ together }) => together / 1e6),
    hostSide: of((one) => one.hostSide),
  }
}

/** Heading and rows of the table of a case's contenders. */
export const standingHeading = ['what', 'n', 'wall s', 'ctl CPU s', 'MB', 'all MB', 'hosts'] as const

/** What the columns are, for a person. */
export const columnsSaid =
  'n: runs (good ones of all); ctl CPU s: processor time of the controller, user and system, children too; MB: its largest process; all MB: what all its processes held at once, without files they share; hosts: processor seconds of the hosts.'

/** One row; where runs have failed, the good ones of all are shown. */
export function standingRow(one: Standing): readonly string[] {
  const text = (spread: Spread | undefined) => (spread === undefined ? '-' : spreadText(spread))
  const median = (spread: Spread | undefined) => (spread === undefined ? '-' : spread.median.toFixed(0))
  return [
    one.name,
    one.failed === 0 ? String(one.runs) : `${one.runs - one.failed}/${one.runs}`,
    text(one.wall),
    text(one.processor),
    median(one.largestMb),
    median(one.togetherMb),
    one.hostSide === undefined ? '-' : one.hostSide.median.toFixed(1),
  ]
}
