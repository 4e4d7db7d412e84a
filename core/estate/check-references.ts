import type { Estate } from '../../schemas/estate.ts'
import type { LoadedEstate } from '../../schemas/load.ts'
import type { Placed } from '../../schemas/placed.ts'
import type { Path } from '../../schemas/source.ts'
import type { System } from '../../schemas/system.ts'
import { pathText } from '../../schemas/shown.ts'
import { complaint, namedInstead } from './complaint.ts'
import { hostsOf } from './hosts.ts'
import { orderOf } from './order.ts'

/** A name that stands at `path` and must be one of `among`. */
type Reference = { readonly path: Path; readonly name: string | undefined; readonly among: Among }
type Among = { readonly kind: string; readonly names: ReadonlySet<string> }

/** Every name that refers to something else in the estate refers to something that is there. */
export function* namesExist(loaded: LoadedEstate): Generator<Placed> {
  for (const { path, name, among } of references(loaded.estate)) {
    if (name === undefined || among.names.has(name)) continue
    const what = `${pathText(path)} is "${name}", and there is no such ${among.kind}`
    const said = {
      code: 'unknown-reference',
      what,
      found: `"${name}"`,
      ...namedInstead(name, [...among.names]),
    }
    yield complaint(loaded, path, said)
  }
}

/** Nothing waits, by `after` or `jump`, for itself. */
export function* ordersEnd(loaded: LoadedEstate): Generator<Placed> {
  const { systems, jumpHosts = {} } = loaded.estate
  yield* circle(loaded, [], 'systems', afterOf(systems))
  for (const [name, system] of Object.entries(systems)) {
    yield* circle(loaded, ['systems', name], 'roles', afterOf(system.roles))
  }
  const jumps = Object.entries(jumpHosts).map(
    ([name, { jump }]) => [name, jump === undefined ? [] : [jump]] as const,
  )
  const { cycle } = orderOf(new Map(jumps))
  if (cycle === undefined) return
  const what = `Jump hosts stand before each other in a circle: ${cycle.join(' -> ')}`
  yield complaint(loaded, ['jumpHosts', cycle[0] ?? '', 'jump'], { code: 'cycle', what })
}

function* circle(
  loaded: LoadedEstate,
  parent: Path,
  kind: 'systems' | 'roles',
  after: ReadonlyMap<string, readonly string[]>,
): Generator<Placed> {
  const { cycle } = orderOf(after)
  const [name, next] = cycle ?? []
  if (cycle === undefined || name === undefined) return
  const path = [...parent, kind, name, 'after', after.get(name)?.indexOf(next ?? '') ?? 0]
  const what = `The order of ${kind} is a circle: ${cycle.map((one) => `"${one}"`).join(' after ')}`
  yield complaint(loaded, path, { code: 'cycle', what, fix: 'Take one of these out of an "after".' })
}

function afterOf(
  entries: Readonly<Record<string, { readonly after?: readonly string[] }>>,
): ReadonlyMap<string, readonly string[]> {
  return new Map(Object.entries(entries).map(([name, { after = [] }]) => [name, after]))
}

function* references(estate: Estate): Generator<Reference> {
  const contacts = among('contact', estate.contacts)
  const systems = among('system', estate.systems)
  const windows = among('window', estate.windows)
  const jumpHosts = among('jump host', estate.jumpHosts)
  yield { path: ['connection', 'jump'], name: estate.connection?.jump, among: jumpHosts }
  for (const [name, { jump }] of Object.entries(estate.jumpHosts ?? {})) {
    yield { path: ['jumpHosts', name, 'jump'], name: jump, among: jumpHosts }
  }
  const hosts = { kind: 'host', names: new Set(hostsOf(estate).map(({ name }) => name)) }
  for (const [name, { host, ssh }] of Object.entries(estate.journal?.heads?.to ?? {})) {
    const path = ['journal', 'heads', 'to', name]
    yield { path: [...path, 'host', 'name'], name: host?.name, among: hosts }
    yield { path: [...path, 'ssh', 'jump'], name: ssh?.jump, among: jumpHosts }
  }
  for (const [tier, store] of Object.entries(estate.offsite?.stores ?? {})) {
    const path = ['offsite', 'stores', tier, 'lock', 'approvedBy']
    yield { path, name: store?.lock.approvedBy, among: contacts }
  }
  for (const [index, { systems: frozen = [] }] of (estate.freezes ?? []).entries()) {
    yield* each(['freezes', index, 'systems'], frozen, systems)
  }
  for (const [name, system] of Object.entries(estate.systems)) {
    const path = ['systems', name]
    yield { path: [...path, 'owner'], name: system.owner, among: contacts }
    yield { path: [...path, 'liaison'], name: system.liaison, among: contacts }
    for (const [role, contact] of Object.entries(system.engineers ?? {})) {
      yield { path: [...path, 'engineers', role], name: contact, among: contacts }
    }
    yield { path: [...path, 'window'], name: system.window, among: windows }
    yield { path: [...path, 'connection', 'jump'], name: system.connection?.jump, among: jumpHosts }
    yield* each([...path, 'after'], system.after ?? [], systems)
    for (const [host, { connection }] of Object.entries(system.hosts)) {
      yield { path: [...path, 'hosts', host, 'connection', 'jump'], name: connection?.jump, among: jumpHosts }
    }
    yield* roleReferences(path, system)
  }
}

function* roleReferences(path: Path, system: System): Generator<Reference> {
  const roles = among('role', system.roles)
  for (const [name, { after = [], traffic }] of Object.entries(system.roles)) {
    yield* each([...path, 'roles', name, 'after'], after, roles)
    yield { path: [...path, 'roles', name, 'traffic', 'on'], name: traffic?.on, among: roles }
  }
  for (const [name, host] of Object.entries(system.hosts)) {
    yield* each([...path, 'hosts', name, 'roles'], host.roles, roles)
  }
  for (const [name, { primary, standby }] of Object.entries(system.databases ?? {})) {
    yield { path: [...path, 'databases', name, 'primary'], name: primary, among: roles }
    yield { path: [...path, 'databases', name, 'standby'], name: standby, among: roles }
  }
}

function* each(path: Path, names: readonly string[], among: Among): Generator<Reference> {
  for (const [index, name] of names.entries()) yield { path: [...path, index], name, among }
}

function among(kind: string, entries: object | undefined): Among {
  return { kind, names: new Set(Object.keys(entries ?? {})) }
}
