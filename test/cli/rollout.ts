import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { openJournal } from '../../core/journal/open.ts'
import { execute, type RunEnd } from '../../core/run/execute.ts'
import type { Told } from '../../core/run/events.ts'
import { fold } from '../../core/run/fold.ts'
import { keptPlanPath, planDigest, writePlan } from '../../playbooks/rollout/plan-file.ts'
import type { Event } from '../../schemas/event.ts'
import type { PatchPlan, Step } from '../../schemas/plan.ts'
import { soleLease, valueOf } from '../core/journal/open-state.ts'
import { simulatedHost, simulatedPlan, simulatedWorld } from '../core/run/fleet.ts'
import { directory, upkeep } from './upkeep.ts'

/** A rollout that ran on simulated hosts, and the directory of an estate whose journal and kept plan are real. */
export type RanRollout = {
  readonly cwd: string
  readonly plan: PatchPlan
  readonly end: RunEnd
  readonly events: readonly Told[]
}

/** Runs a rollout in which steps fail by host, and writes it to the state of a sample estate. */
export async function ranRollout(
  context: TestContext,
  fault: (host: string, step: Step) => 'failed' | 'unknown' | undefined = () => undefined,
  policy: Partial<PatchPlan['policy']> = {},
  reason = 'November security updates',
): Promise<RanRollout> {
  return runMore(directory(context, true), 'r1', fault, policy, reason)
}

/** Runs one more rollout of the same two hosts into the state of an estate that is there. */
export async function runMore(
  cwd: string,
  id: string,
  fault: (host: string, step: Step) => 'failed' | 'unknown' | undefined = () => undefined,
  policy: Partial<PatchPlan['policy']> = {},
  reason = 'December security updates',
): Promise<RanRollout> {
  const hosts = [simulatedHost('t', 'test', ['app']), simulatedHost('p', 'production', ['app'])]
  const simulated = { ...simulatedPlan(hosts, [['p']], policy), id }
  const plan = { ...simulated, digest: planDigest(simulated) }
  const begun: Told = {
    type: 'rollout.started',
    data: { rollout: plan.id, plan: plan.digest, system: plan.system, reason },
    timeMs: Date.UTC(2026, 10, 21),
  }
  const world = simulatedWorld({ fault, events: [begun] })
  const end = await execute(plan, fold(plan, world.events), world.ports)
  await world.ports.tell({
    type: 'run.ended',
    data: { rollout: plan.id, why: 'nothing is due', nextMs: end.nextMs },
  })
  await writePlan(keptPlanPath(join(cwd, 'state'), plan.id), plan)
  let now = 0
  const journal = valueOf(
    await openJournal({
      dir: join(cwd, 'state/journal'),
      source: 'upkeep/example-company',
      actor: 'ada@ops-1',
      lease: soleLease,
      now: () => now,
    }),
  )
  for (const event of world.events) {
    now = event.timeMs
    const subject = 'subject' in event ? { subject: event.subject } : {}
    await journal.append(event.type, { ...subject, data: event.data })
  }
  await journal.close()
  return { cwd, plan, end, events: world.events }
}

/** Writes a plan for these two hosts that fits the estate as it is, and says where. */
export function writtenPlan(cwd: string, change: Partial<PatchPlan>): string {
  const hosts = [simulatedHost('t', 'test', ['app']), simulatedHost('p', 'production', ['app'])]
  const bare = { ...simulatedPlan(hosts, [['p']]), ...change }
  const path = join(cwd, `${bare.id}.plan.json`)
  const write = (plan: PatchPlan) =>
    writeFileSync(path, JSON.stringify({ ...plan, digest: planDigest(plan) }))
  write(bare)
  const stale = upkeep(['patch', 'run', '--plan', path], { cwd }).err
  const estateDigest = /Found: +SHA-256\s+([0-9a-f]{64})/.exec(stale)?.[1]
  if (estateDigest === undefined) throw new Error(stale)
  write({ ...bare, estateDigest })
  return path
}

/** Every event in the journal of an estate's directory, as it lies on the disk. */
export function eventsIn(cwd: string): readonly Event[] {
  const dir = join(cwd, 'state/journal')
  const segments = readdirSync(dir).filter((name) => name.endsWith('.jsonl'))
  return segments
    .sort()
    .flatMap((name) => readFileSync(join(dir, name), 'utf8').trimEnd().split('\n'))
    .map((line) => JSON.parse(line) as Event)
}

/**
 * Writes an estate that has the hosts of these rollouts, at an address where nobody answers, and whose machines keep their
 * snapshots beside it; `lines` are more of its system.
 */
export function writeEstateWithSnapshots(cwd: string, ...lines: readonly string[]): void {
  const host = (ring: string, port: number) =>
    `{ ring: ${ring}, roles: [app], connection: { address: 127.0.0.1, port: ${port} } }`
  writeFileSync(
    join(cwd, 'estate.yaml'),
    [
      'version: 1',
      'name: example-company',
      'timeZone: Asia/Shanghai',
      'contacts: { li: { name: Li } }',
      'connection: { user: upkeep, key: key }',
      'windows: { w: { days: [monday], start: "00:00", duration: 168h } }',
      'systems:',
      '  erp:',
      '    tier: office',
      '    owner: li',
      '    window: w',
      '    roles: { app: {} }',
      `    hosts: { t: ${host('test', 1)}, p: ${host('production', 2)} }`,
      '    snapshot: { nspawn: { directory: machines } }',
      ...lines.map((line) => `    ${line}`),
      '',
    ].join('\n'),
  )
}
