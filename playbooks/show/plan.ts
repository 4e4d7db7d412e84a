import { durationText } from '../../core/duration.ts'
import { mostInFlight } from '../../core/gate/in-flight.ts'
import type { HostPlan, PatchPlan } from '../../schemas/plan.ts'
import type { Shell } from '../command.ts'
import { counted } from './count.ts'
import { size } from './size.ts'
import { bold, dim } from './symbol.ts'
import { labelled } from './wrap.ts'

/** Shows a plan to a person at 80 columns: host by host, what changes and why, then the order. */
export function showPlan(shell: Shell, plan: PatchPlan, file: string): void {
  const { colour } = shell.terminal
  shell.out(bold(`Patch plan ${plan.id} for ${plan.system}`, colour))
  const hosts = inOrder(plan)
  hosts.forEach((host, index) => showHost(shell, host, sameAs(hosts.slice(0, index), host)))
  shell.out('')
  shell.out(bold('Order', colour))
  const order = (groups: readonly (readonly string[])[]) =>
    groups.map((group) => group.join(' + ')).join(' then ') || 'no host'
  say(shell, '  test        ', order(plan.test))
  shell.out(`  soak        ${durationText(plan.policy.soakMs)}, notice ${durationText(plan.policy.noticeMs)}`)
  say(shell, '  production  ', order(plan.waves))
  say(shell, '  at once     ', atOnceSaid(plan.policy))
  say(shell, '  ways back   ', `rehearsed in test: ${plan.policy.rehearsal}`)
  for (const note of plan.notes) say(shell, '  note: ', note)
  shell.out('')
  if (plan.problems.length > 0) {
    shell.out(`${counted(plan.problems.length, 'problem')}: this plan will be refused. It is in ${file}.`)
    return
  }
  shell.out(`Written to ${file} (SHA-256 ${plan.digest.slice(0, 16)}…).`)
  shell.out(`Next: upkeep patch run --plan ${file} --reason TEXT`)
}

function showHost(shell: Shell, host: HostPlan, same: HostPlan | undefined): void {
  const { colour } = shell.terminal
  shell.out('')
  shell.out(`${bold(host.host, colour)}  ${host.ring}  ${host.roles.join(', ')}  ${host.release}`)
  if (host.packages.length === 0) {
    shell.out('  nothing to patch')
    return
  }
  const width = Math.min(28, Math.max(...host.packages.map((one) => one.name.length)))
  if (same !== undefined)
    shell.out(`  ${counted(host.packages.length, 'package')}, the same as on ${same.host}`)
  for (const one of same === undefined ? host.packages : []) {
    const kind = one.security ? 'security' : 'update'
    say(shell, `  ${one.name.padEnd(width)} `, `${one.fromVersion ?? 'new'} -> ${one.to.version} (${kind})`)
    const under = `  ${''.padEnd(width)} `
    const old = one.from === null ? '' : `, old ${one.from.sha256.slice(0, 12)} from ${one.from.source}`
    sayDim(shell, under, `${one.origin}; new ${one.to.sha256.slice(0, 12)}${old}`)
    const isRpm = host.manager === 'dnf'
    const silent = isRpm ? 'no advisory names it' : 'no changelog inside'
    if (!one.changelog) sayDim(shell, under, `${silent}: CVE ids are not known`)
    if (one.advisories !== undefined && one.advisories.length > 0)
      sayDim(shell, under, `advisories ${one.advisories.slice(0, 4).join(' ')}`)
    if (one.cves.length > 0) {
      const shown = one.cves.slice(0, 4).join(' ')
      const more = one.cves.length > 4 ? ` and ${one.cves.length - 4} more` : ''
      sayDim(shell, under, `fixes ${shown}${more}`)
    }
  }
  for (const held of host.heldBack) say(shell, '  held back: ', `${held.name} (${held.why})`)
  for (const file of host.conffiles)
    say(shell, '  conffile conflict: ', `${file.path} of ${file.package}; ${aside(file)}`)
  const restarts = host.restarts.map((one) => one.unit.replace(/\.service$/, ''))
  say(shell, '  restarts: ', restarts.join(', ') || 'none')
  const why = host.reboot.why.length === 0 ? '' : ` (${host.reboot.why.join('; ')})`
  say(shell, '  reboot: ', `${host.reboot.needed}${why}`)
  if (!host.steps.some(({ confirmWithinMs }) => confirmWithinMs !== undefined))
    say(
      shell,
      '  not by itself: ',
      `if the patch cuts the way in, a person must go to the console${unguarded(host)}`,
    )
  shell.out(`  fetched: ${size(host.fetchBytes)}; snapshot will hold about ${size(host.snapshotBytes)}`)
  for (const standby of host.standbys)
    shell.out(`  if the snapshot is restored: rebuild the standby ${standby}`)
}

/** How many hosts may be in flight, in words: what is wished gives way to what may fail. */
function atOnceSaid({ atOnce, failureBudget }: PatchPlan['policy']): string {
  const most = mostInFlight({ atOnce, failureBudget })
  return most === atOnce
    ? `${atOnce}, failure budget ${failureBudget}`
    : `${atOnce} wished, ${most} at most in flight: no more than may fail`
}

/** Why no step of a host has a guard that takes it back. */
function unguarded({ manager, packages }: HostPlan): string {
  if (manager === 'dnf') return ' (with dnf no host goes back by itself yet)'
  const missing = packages.filter(({ from, fromVersion }) => from === null && fromVersion !== null)
  return missing.length === 0 ? '' : ` (no old version of ${missing.map(({ name }) => name).join(', ')})`
}

function say(shell: Shell, label: string, text: string): void {
  for (const line of labelled(label, text)) shell.out(line)
}

function sayDim(shell: Shell, label: string, text: string): void {
  for (const line of labelled(label, text)) shell.out(dim(line, shell.terminal.colour))
}

function aside({ path, aside: ending }: HostPlan['conffiles'][number]): string {
  if (ending === undefined) return 'yours is kept'
  const beside = `${path.slice(path.lastIndexOf('/') + 1)}${ending}`
  return ending === '.rpmnew' ? `yours is kept, the new one is ${beside}` : `yours is set aside as ${beside}`
}

/** The hosts as the rollout comes to them: test groups, then waves, then those with nothing to patch. */
function inOrder(plan: PatchPlan): readonly HostPlan[] {
  const places = new Map([...plan.test, ...plan.waves].flat().map((host, place) => [host, place]))
  const placeOf = ({ host }: HostPlan) => places.get(host) ?? places.size
  return plan.hosts.toSorted((a, b) => placeOf(a) - placeOf(b))
}

/** The first host with the very same packages: a person reads a list once. */
function sameAs(before: readonly HostPlan[], host: HostPlan): HostPlan | undefined {
  const key = (one: HostPlan) => JSON.stringify(one.packages)
  return host.packages.length === 0 ? undefined : before.find((one) => key(one) === key(host))
}
