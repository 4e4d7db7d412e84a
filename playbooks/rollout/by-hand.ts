import { quote, quoteAll } from '../../connect/quote.ts'
import type { SnapshotDriver } from '../../connect/snapshot/driver.ts'
import { unitHome } from '../../connect/unit-script.ts'
import type { HostState, RolloutState } from '../../core/run/state.ts'
import type { HostPlan, PatchPlan } from '../../schemas/plan.ts'
import { unitName } from '../perform/script.ts'
import { packagesOf } from '../packages/of-host.ts'
import { etcDirectory, packageDirectory } from '../steps/package-files.ts'
import { updatersRecord } from '../steps/host.ts'

/**
 * What a person does about a host that is stuck, line by line: what is known, what there is to go back with, the commands
 * to look and to go back, and how to tell Upkeep. Lines of commands begin with two spaces. None for any other host.
 */
export function byHand(
  plan: PatchPlan,
  name: string,
  rollout: RolloutState,
  snapshots: SnapshotDriver | null,
): readonly string[] {
  const planned = plan.hosts.find((one) => one.host === name)
  const state = rollout.hosts[name]
  if (planned === undefined || state?.outcome !== 'stuck') return []
  return [
    `${name} IS STUCK: neither patched nor back. A person must act now.`,
    ...known(planned, state),
    ...looking(plan, planned, state),
    ...packagesBack(plan, planned),
    ...snapshotBack(plan, planned, state, snapshots),
    ...afterwards(plan, planned, state),
  ]
}

function known(planned: HostPlan, state: HostState): readonly string[] {
  const changes = planned.packages.map((one) => `${one.name} ${one.fromVersion ?? '-'} -> ${one.to.version}`)
  const way = state.phase === 'back' || state.way !== null ? ` on the way back "${state.way}"` : ''
  return [
    `What went wrong${way}: ${state.said}`,
    ...(state.why === '' || state.said.startsWith(state.why)
      ? []
      : [`It went back because of: ${state.why}`]),
    `Packages of the patch: ${some(changes)}`,
    state.closed
      ? 'Traffic was taken from it and not given back.'
      : 'Traffic was not taken from it, or is back.',
  ]
}

function looking(plan: PatchPlan, planned: HostPlan, state: HostState): readonly string[] {
  const tracks = [...planned.steps, ...(state.way === null ? [] : planned.back[state.way])]
  const failed = tracks.filter(({ id }) => state.ended[id]?.outcome === 'failed')
  const outputs = failed
    .filter(({ action }) => action.kind === 'script')
    .map(({ id }) => `  cat ${quote(`${unitHome}/${unitName(plan.id, id)}/output`)}`)
  return [
    `Look, as root on ${planned.host}:`,
    `  ${packagesOf(planned).byHand.look(planned.packages.map((one) => one.name))}`,
    '  systemctl --failed; df -h / /var; df -i / /var',
    ...outputs,
  ]
}

function packagesBack(plan: PatchPlan, planned: HostPlan): readonly string[] {
  const { byHand: commands } = packagesOf(planned)
  const old = planned.packages.filter((one) => one.from !== null)
  const added = planned.packages.filter((one) => one.from === null).map((one) => one.name)
  const directory = packageDirectory(plan.id, 'old')
  const files = old.map((one) => `${directory}/${commands.file(one.name, one.architecture)}`)
  const stored = old.map((one) => `${one.name} ${one.from?.sha256 ?? ''}`)
  const etc = etcDirectory(plan.id)
  return [
    `Go back by the old packages, which lie on ${planned.host}; rows that were written stay:`,
    `  ls -l ${quote(directory)}`,
    ...commands.back(files, added).map((line) => `  ${line}`),
    `Where a script of the new version is what fails: ${commands.scripts(planned.packages.map((one) => one.name))}`,
    `The old files by SHA-256 in the store of the controller: ${some(stored)}`,
    `/etc as it was before the patch:`,
    `  tar -C / -dpf ${quote(`${etc}/before.tar`)}`,
    `  tar -C / -xpf ${quote(`${etc}/before.tar`)}`,
  ]
}

function snapshotBack(
  plan: PatchPlan,
  planned: HostPlan,
  state: HostState,
  snapshots: SnapshotDriver | null,
): readonly string[] {
  const taken = planned.steps.map(({ action }) => action).find(({ kind }) => kind === 'snapshot.take')
  if (!state.snapshot || taken?.kind !== 'snapshot.take' || snapshots === null)
    return ['There is no snapshot of this host from this rollout.']
  const which = `the snapshot ${taken.name}, taken before the patch`
  const agreed = agreeing(plan, planned, which)
  const first =
    agreed.length === 0 ? `Or go back by ${which}, where the host runs` : 'Only where Upkeep can not'
  const loses = losing(planned, state)
  return [
    ...agreed,
    `${first}${loses === '' ? '' : `; nothing counts then what is lost, and ${loses}`}:`,
    ...(loses === '' ? [] : dumps(planned, state)),
    ...snapshots.byHand(planned.host, taken.name).map((line) => `  ${line}`),
    ...planned.standbys.map((standby) => `Then rebuild the standby ${standby}.`),
  ]
}

/** What the bare commands lose; empty for nothing. Closed traffic keeps users out, and not a job or a timer. */
function losing(planned: HostPlan, state: HostState): string {
  if (planned.stateless) return ''
  const found = counted(planned, state)
  if (state.opened || found !== '') return `ALL THAT WAS WRITTEN SINCE IS LOST${found}`
  return 'what was written since, past the closed traffic, is lost'
}

/** What was counted and dumped of its own databases when it was to go back; its snapshot holds no other ones. */
function written(planned: HostPlan, state: HostState) {
  return Object.entries(state.ended).flatMap(([id, { facts = {} }]) =>
    /^(schema\.compare|rows\.count)-/.test(id) && (facts['on'] ?? planned.host) === planned.host
      ? [facts]
      : [],
  )
}

/** Where Upkeep can count, it is done by Upkeep. */
function agreeing(plan: PatchPlan, planned: HostPlan, which: string): readonly string[] {
  if (!planned.back.snapshot.some(({ action }) => action.kind === 'rows.count')) return []
  return [
    `Or let Upkeep go back by ${which}: it counts anew what is lost, dumps it, and asks for the number first:`,
    `  upkeep rollback --rollout ${plan.id} --host ${planned.host} --way snapshot --reason TEXT`,
  ]
}

function counted(planned: HostPlan, state: HostState): string {
  // The engine counts for all of its databases at once.
  const most = written(planned, state).reduce(
    (sum, facts) => Math.max(sum, Number(facts['transactions'] ?? 0)),
    0,
  )
  return most === 0 ? '' : `: ${most} TRANSACTIONS WHEN THEY WERE COUNTED`
}

function dumps(planned: HostPlan, state: HostState): readonly string[] {
  const files = written(planned, state).flatMap(({ dump, sha256 }) =>
    typeof dump === 'string' ? [`  sha256sum ${quote(dump)} # ${String(sha256)}`] : [],
  )
  const kept = written(planned, state).flatMap(({ dump }) =>
    typeof dump === 'object' && dump !== null && 'file' in dump
      ? [`  What was dumped of it lies on the controller: ${String(dump.file)}`]
      : [],
  )
  if (files.length === 0) return kept
  return [...kept, `  First take what was dumped on ${planned.host} to another machine:`, ...files]
}

function afterwards(plan: PatchPlan, planned: HostPlan, state: HostState): readonly string[] {
  const opens = planned.back.untouched.flatMap(({ action }) => (action.kind === 'traffic' ? [action] : []))
  const open = opens.flatMap((one) => one.hosts.map((host) => `  on ${host}: ${quoteAll(one.run)}`))
  return [
    ...(state.closed && open.length > 0 ? ['When it is well, give it traffic again:', ...open] : []),
    'Put automatic updaters back as they were found:',
    `  while read -r unit was; do [ "$was" != active ] || systemctl start "$unit"; done <${quote(updatersRecord(plan.id))}`,
    'Then tell Upkeep how it is now, undone or done:',
    `  upkeep settle ${planned.host} --as undone --reason TEXT`,
    `The record of each step: upkeep journal show --rollout ${plan.id}`,
  ]
}

function some(words: readonly string[]): string {
  return words.slice(0, 8).join(', ') + (words.length > 8 ? `, and ${words.length - 8} more` : '')
}
