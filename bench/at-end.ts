/** What is to be done at the end, the last asked for first, whatever ends it. */
export type AtEnd = {
  readonly add: (does: () => unknown) => void
  /** Does all of it once; what fails is told and keeps nothing else from being done. */
  readonly run: () => Promise<void>
}

/** A list of what a bench has started and must stop again; the caller runs it at the end and on a signal. */
export function atEnd(tell: (line: string) => void): AtEnd {
  const undone: (() => unknown)[] = []
  async function run(): Promise<void> {
    for (let does = undone.pop(); does !== undefined; does = undone.pop()) {
      try {
        await does()
      } catch (error) {
        tell(`not put back: ${String(error)}`)
      }
    }
  }
  return { add: (does) => void undone.push(does), run }
}
