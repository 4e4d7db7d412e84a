import { spawnSync } from 'node:child_process'
import { mkdtemp, open, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { encodeEvent, noEvent } from '../core/journal/line.ts'
import { readJournal } from '../core/journal/read.ts'
import { segmentPath } from '../core/journal/segments.ts'
import { verifyJournal } from '../core/journal/verify.ts'
import type { Told } from '../core/run/events.ts'
import { execute } from '../core/run/execute.ts'
import { apply, fold } from '../core/run/fold.ts'
import { newRollout, type RolloutState } from '../core/run/state.ts'
import { eventsByRollout } from '../playbooks/rollout/rollouts.ts'
import { toTold } from '../playbooks/rollout/to-told.ts'
import type { Event } from '../schemas/event.ts'
import type { PatchPlan } from '../schemas/plan.ts'
import { simulatedHost, simulatedPlan, simulatedWorld } from '../test/core/run/fleet.ts'

// `node bench/journal.ts`: how reading a journal grows with its length. Each figure is of a process of its own, so
// that its peak of memory is its own too.

/** What is measured: the chain alone; rollouts folded as events come; all events held, then folded, as `patch status` does. */
export const operations = ['verify', 'fold', 'status'] as const
export type Operation = (typeof operations)[number]

/** One measurement; `bytes` is the size of the journal, `peakBytes` the most memory that the process had. */
export type JournalFigure = {
  readonly operation: Operation
  readonly events: number
  readonly rollouts: number
  readonly bytes: number
  readonly ms: number
  readonly peakBytes: number
}

const chunkBytes = 1 << 18
const defaultSegmentBytes = 64 * 1024 * 1024

/** Writes journals of these lengths and measures each operation on each, smallest first. */
export async function measureJournals(sizes: readonly number[]): Promise<readonly JournalFigure[]> {
  const figures: JournalFigure[] = []
  for (const size of sizes) {
    const dir = await mkdtemp(join(tmpdir(), 'upkeep-bench-journal-'))
    try {
      const bytes = await writeLong(dir, size)
      for (const operation of operations) figures.push({ ...inProcess(operation, dir), bytes })
    } finally {
      await rm(dir, { recursive: true, force: true })
    }
  }
  return figures
}

/** A line for each figure: time, time per event against the shortest journal (1.00: in step with the length), memory. */
export function journalTable(figures: readonly JournalFigure[]): readonly string[] {
  return figures.map((one) => {
    const first = figures.find(({ operation }) => operation === one.operation) ?? one
    const growth = one.ms / one.events / (first.ms / first.events)
    const megabytes = (count: number) => `${(count / 1e6).toFixed(0)} MB`
    return [
      one.operation.padEnd(8),
      `${one.events} events`.padStart(16),
      `${one.rollouts} rollouts`.padStart(15),
      megabytes(one.bytes).padStart(8),
      `${(one.ms / 1000).toFixed(2)} s`.padStart(9),
      `${((one.ms / one.events) * 1000).toFixed(1)} us/event`.padStart(15),
      `x ${growth.toFixed(2)}`.padStart(8),
      `peak ${megabytes(one.peakBytes)}`.padStart(14),
    ].join('')
  })
}

/** Writes a right chain of `count` events without waiting for the disk, in segments as the writer cuts them; gives its bytes. */
export async function writeLong(
  dir: string,
  count: number,
  segmentBytes = defaultSegmentBytes,
): Promise<number> {
  const rollout = await oneRollout()
  let previous = noEvent
  let sequence = 0
  let total = 0
  for (let segment = 1; sequence < count; segment += 1) {
    await using file = await open(segmentPath(dir, segment), 'w')
    let lines = line('journal.opened', { data: { segment, token: 1 } })
    let written = 0
    while (sequence < count && written + lines.length < segmentBytes) {
      const number = sequence - segment
      const { timeMs: _timeMs, type, ...content } = rollout[number % rollout.length] ?? neverEvent()
      const id = `r${Math.floor(number / rollout.length)}`
      lines += line(type, { ...content, data: { ...content.data, rollout: id } })
      if (lines.length < chunkBytes) continue
      written += (await file.write(lines)).bytesWritten
      lines = ''
    }
    if (sequence < count) lines += line('journal.closed', { data: { segment } })
    written += (await file.write(lines)).bytesWritten
    total += written
  }
  return total

  function line(type: string, content: { subject?: string; data: Record<string, unknown> }): string {
    sequence += 1
    const encoded = encodeEvent({
      specversion: '1.0',
      id: `${content.subject ?? 'journal'}/${sequence}`,
      source: 'upkeep/bench',
      type,
      time: new Date(1_800_000_000_000 + sequence * 1000).toISOString(),
      sequence,
      previous,
      actor: 'ada@ops-1',
      ...content,
    })
    previous = encoded.hash
    return encoded.line
  }
}

function benchPlan(id: string): PatchPlan {
  const names = ['p1', 'p2', 'p3', 'p4', 'p5', 'p6', 'p7', 'p8']
  const hosts = [
    simulatedHost('t1', 'test', ['app']),
    ...names.map((name) => simulatedHost(name, 'production', ['app'])),
  ]
  return { ...simulatedPlan(hosts, [names]), id }
}

async function oneRollout(): Promise<readonly Told[]> {
  const plan = benchPlan('r1')
  const world = simulatedWorld({})
  await execute(plan, fold(plan, world.events), world.ports)
  return world.events
}

function neverEvent(): never {
  throw new Error('a rollout has events')
}

/** Does one operation on a journal; gives the events and rollouts that it met. Throws when the journal is not good. */
export async function operate(
  operation: Operation,
  dir: string,
): Promise<{ readonly events: number; readonly rollouts: number; readonly ended: number }> {
  if (operation === 'verify') {
    const report = await verifyJournal(dir)
    if (!report.ok || !report.value.ok) throw new Error(JSON.stringify(report))
    return { events: report.value.events, rollouts: 0, ended: 0 }
  }
  const states = new Map<string, RolloutState>()
  const held: Event[] = []
  const plan = benchPlan('')
  let events = 0
  for await (const event of readJournal(dir)) {
    if (!event.ok) throw new Error(JSON.stringify(event))
    events += 1
    if (operation === 'status') held.push(event.value)
    else foldOne(event.value)
  }
  for (const [id, own] of eventsByRollout(held)) states.set(id, fold({ ...plan, id }, own.map(toTold)))
  const ended = [...states.values()].filter(({ status }) => status === 'ended').length
  return { events, rollouts: states.size, ended }

  function foldOne(event: Event): void {
    const id = event.data['rollout']
    if (typeof id !== 'string') return
    const own = { ...plan, id }
    states.set(id, apply(own, states.get(id) ?? newRollout(own), toTold(event)))
  }
}

function inProcess(operation: Operation, dir: string): Omit<JournalFigure, 'bytes'> {
  const ran = spawnSync(process.execPath, [import.meta.filename, operation, dir], { encoding: 'utf8' })
  if (ran.status !== 0) throw new Error(ran.stderr)
  return JSON.parse(ran.stdout) as Omit<JournalFigure, 'bytes'>
}

async function answer(operation: Operation, dir: string): Promise<void> {
  const startedMs = performance.now()
  const { events, rollouts } = await operate(operation, dir)
  const ms = performance.now() - startedMs
  const peakBytes = process.resourceUsage().maxRSS * 1024
  process.stdout.write(JSON.stringify({ operation, events, rollouts, ms, peakBytes }))
}

if (import.meta.main) {
  const [operation, dir = ''] = process.argv.slice(2)
  const known = operations.find((one) => one === operation)
  if (known !== undefined) await answer(known, dir)
  else
    for (const line of journalTable(await measureJournals([100_000, 300_000, 1_000_000]))) console.log(line)
}
