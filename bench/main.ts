import { sanitise } from '../connect/text.ts'
import { atEnd } from './at-end.ts'
import { applyCase } from './case-apply.ts'
import { cleanupCase } from './case-cleanup.ts'
import { commandCase } from './case-command.ts'
import { fleetCase } from './case-fleet.ts'
import { journalCase } from './case-journal.ts'
import { patrolCase } from './case-patrol.ts'
import { simulationCase } from './case-simulation.ts'
import type { CaseFound, CaseWorld } from './case.ts'
import { asked, type Asked, type CaseName, cases, helpLines } from './command-line.ts'
import { type CaseEnd, caseLines, writePage } from './document.ts'
import { type Peers, peersReady } from './peers.ts'
import { verdictOf } from './goal.ts'
import { surroundings } from './surroundings.ts'

// `npm run bench -- [CASE...]`: see `--help`.

const run: Readonly<Record<CaseName, (world: CaseWorld) => Promise<CaseFound>>> = {
  command: commandCase,
  fleet: fleetCase,
  apply: applyCase,
  simulation: simulationCase,
  journal: journalCase,
  patrol: patrolCase,
  cleanup: cleanupCase,
}

const interruption = 'interrupted by'

async function bench(wanted: Asked): Promise<number> {
  const startedMs = performance.now()
  let peers: Promise<Peers> | undefined
  const peersOnce = () => (peers ??= peersReady(say))
  const needPeers = (['fleet', 'apply', 'patrol'] as const).some((name) => wanted.cases.includes(name))
  const versions = needPeers ? (await peersOnce()).versions : []
  const ends: CaseEnd[] = []
  for (const name of wanted.cases) {
    say(`\n# ${name}: ${cases[name]}\n`)
    const around = surroundings(new Date(), versions)
    for (const line of around) say(line)
    const end: CaseEnd = { name, says: cases[name], found: await caseEnd(name, wanted, peersOnce) }
    ends.push(end)
    for (const line of ['', ...caseLines(end)]) say(line)
    if (wanted.document && !('failed' in end.found)) say(`written: ${writePage(around, end)}`)
  }
  const minutes = (performance.now() - startedMs) / 60_000
  say(`\n${minutes.toFixed(1)} minutes`)
  // A goal that is missed is a figure; a case that could not be measured is a failure.
  const missed = ends.flatMap(({ found }) =>
    'failed' in found ? [] : found.goals.filter((goal) => verdictOf(goal) !== 'met'),
  )
  if (missed.length > 0) say(`${missed.length} goals not met: ${missed.map(({ says }) => says).join('; ')}`)
  return ends.some(({ found }) => 'failed' in found) ? 1 : 0
}

async function caseEnd(
  name: CaseName,
  { repeats, slowRepeats, hosts }: Asked,
  peers: CaseWorld['peers'],
): Promise<CaseEnd['found']> {
  const end = atEnd(say)
  const interrupted = Promise.withResolvers<never>()
  interrupted.promise.catch(() => {}) // it may come when the case has just ended
  const onSignal = (signal: NodeJS.Signals) => interrupted.reject(new Error(`${interruption} ${signal}`))
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const
  for (const signal of signals) process.on(signal, onSignal)
  try {
    const work = run[name]({ repeats, slowRepeats, hosts, peers, end, tell: say })
    return await Promise.race([work, interrupted.promise])
  } catch (error) {
    if (isInterrupted(error)) throw error
    return { failed: sanitise(error instanceof Error ? error.message : String(error), 1000) }
  } finally {
    await end.run()
    for (const signal of signals) process.off(signal, onSignal)
  }
}

function isInterrupted(error: unknown): boolean {
  return error instanceof Error && error.message.startsWith(interruption)
}

function say(line: string): void {
  process.stdout.write(`${line}\n`)
}

try {
  const wanted = asked(process.argv.slice(2))
  if (wanted.help) for (const line of helpLines()) say(line)
  else process.exitCode = await bench(wanted)
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
  process.exitCode = isInterrupted(error) ? 130 : 64
}
// Work that was interrupted may still wait for what was ended beneath it.
if (process.exitCode === 130) process.exit()
