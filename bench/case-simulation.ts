import type { CaseFound, CaseWorld } from './case.ts'
import { measured } from './measured.ts'
import { ownProgram } from './contender.ts'
import { tableLines } from './table.ts'

const hosts = 100_000
const heapMegabytes = 700

type Answer = {
  readonly found: readonly unknown[]
  readonly outcome: string | null
  readonly events: number
  readonly runs: number
  readonly patched: number
  readonly seconds: number
}

/** One simulated rollout over 100,000 hosts, every invariant watched at every event. */
export async function simulationCase({ end, tell }: CaseWorld): Promise<CaseFound> {
  // What it needs, not what a collector that is in no hurry leaves lying about.
  const [node = '', ...words] = ownProgram('simulation.ts', String(hosts), '1')
  const ran = await measured([node, `--max-old-space-size=${heapMegabytes}`, ...words], end)
  if (ran.code !== 0) throw new Error(ran.stderr.trim().slice(-400))
  const answer = JSON.parse(ran.stdout) as Answer
  if (answer.found.length > 0) throw new Error(`an invariant was broken: ${JSON.stringify(answer.found)}`)
  const megabytes = ran.largest / 1e6
  tell(`  ${hosts} hosts ${ran.wall.toFixed(1)} s`)
  return {
    says: [
      `One rollout over ${hosts} simulated hosts (seed 1): steps fail and controllers are killed now`,
      'and then; the watch over the invariants at each event is in the figures.',
      `Its heap has a limit of ${heapMegabytes} MB. It ended ${answer.outcome ?? 'never'}, with ${answer.patched} hosts patched, by ${answer.runs} controllers.`,
    ],
    table: tableLines(
      ['hosts', 'events', 'wall s', 'CPU s', 'MB'],
      [
        [
          String(hosts),
          String(answer.events),
          ran.wall.toFixed(1),
          ran.processor.toFixed(1),
          megabytes.toFixed(0),
        ],
      ],
    ),
    goals: [
      { says: 'simulated rollout: time', found: ran.wall, limit: 60, unit: 's' },
      { says: 'simulated rollout: memory', found: megabytes, limit: 1000, unit: 'MB' },
    ],
  }
}
