import assert from 'node:assert/strict'
import type { BrokenPortal } from '../../lab/broken-packages.ts'
import { labHost } from '../../lab/hosts.ts'
import { labReset } from '../../lab/reset.ts'
import type { Event } from '../../schemas/event.ts'
import type { PatchPlan } from '../../schemas/plan.ts'
import { offerOa, onDisk, onHost, pair, planPair, policy, portalEstate, stateOf, withdrawOa } from './oa.ts'
import { labDir, type OwnEstate, type Ran, startUpkeep, type Running } from './upkeep.ts'

/** Each host of the office pair goes a way back of its own: the same trouble is tried with both at the same time. */
export const wayOf = { 'oa-test': 'snapshot', 'oa-prod': 'packages' } as const
export type OfficeHost = keyof typeof wayOf
export const officeHosts = pair

/** One try of a broken package on one host. */
export type Try = {
  readonly host: OfficeHost
  readonly estate: OwnEstate
  readonly plan: PatchPlan
  readonly file: string
  /** `stateOf` the host before. */
  readonly before: readonly string[]
}

/** Puts the pair back, with these broken portals on offer and nothing else. */
export async function freshWith(...broken: readonly BrokenPortal[]): Promise<void> {
  await withdrawOa()
  for (const name of broken) await offerOa(`oa-portal-${name}`)
  await labReset(pair, labDir)
}

/** Puts the pair back, with nothing of the vendor's on offer. */
export async function leaveFresh(): Promise<void> {
  await withdrawOa()
  await labReset(pair, labDir)
}

/** An estate in which this host alone is the whole office, in the test ring; no way back is rehearsed. */
function officeOf(
  host: OfficeHost,
  change: Parameters<typeof portalEstate>[0] = () => {},
): Promise<OwnEstate> {
  return portalEstate((oa, whole) => {
    const [only] = Object.entries(oa.hosts).filter(([name]) => name === host)
    assert.ok(only)
    oa.hosts = { [host]: { ...only[1], ring: 'test' } }
    oa.probes = { test: { portal: { http: { url: `http://${labHost(host).address}/` } } } }
    policy(oa, { rehearsal: 'none', stepLimit: '40s' })
    if (wayOf[host] === 'packages') {
      policy(oa, { snapshots: 'go-without' })
      delete oa.snapshot
    }
    change(oa, whole)
  })
}

/** Plans the patch of one host and notes the state of the host. */
export async function planFor(host: OfficeHost, change?: Parameters<typeof portalEstate>[0]): Promise<Try> {
  const estate = await officeOf(host, change)
  const { file, plan } = await planPair(estate)
  return { host, estate, plan, file, before: await stateOf(host) }
}

/** Starts the run of a plan. */
export function startRun({ estate, file }: Try): Running {
  return startUpkeep(['patch', 'run', '--plan', file], { estate: estate.path })
}

/** How the host of a try ended, from the journal. */
export function endOf(events: readonly Event[], host: OfficeHost): string {
  const last = events.findLast(({ type, subject }) => type === 'host.ended' && subject === host)
  return String(last?.data['outcome'])
}

/** Checks how a host ended, by the exit code, in the journal and on the host itself. */
export async function assertEnd(
  tried: Try,
  ran: Ran,
  outcome: 'done' | 'undone' | 'failed' | 'stuck',
): Promise<readonly Event[]> {
  const events = await onDisk(tried.estate)
  const said = `${tried.host}: ${ran.stdout}${ran.stderr}`
  assert.equal(endOf(events, tried.host), outcome, said)
  const codes = { done: 0, undone: 20, failed: 20, stuck: 22 } as const
  assert.equal(ran.code, codes[outcome], said)
  if (outcome === 'undone' || outcome === 'failed')
    assert.deepEqual(await stateOf(tried.host), tried.before, `${tried.host} is as before`)
  if (outcome === 'done') {
    for (const { name, to } of tried.plan.hosts[0]?.packages ?? [])
      assert.equal(
        await onHost(tried.host, `dpkg-query -W -f '\${db:Status-Abbrev}\${Version}' ${name}`),
        `ii ${to.version}`,
      )
  }
  return events
}
