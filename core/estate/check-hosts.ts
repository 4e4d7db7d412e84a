import type { Estate } from '../../schemas/estate.ts'
import type { LoadedEstate } from '../../schemas/load.ts'
import type { Placed } from '../../schemas/placed.ts'
import type { Path } from '../../schemas/source.ts'
import { complaint, listed } from './complaint.ts'
import { connectionOf, hostsOf, jumpConnectionOf } from './hosts.ts'

/** No two hosts of the estate have the same name, or the same address and port behind the same jump host. */
export function* hostsStandAlone(loaded: LoadedEstate): Generator<Placed> {
  const names = new Map<string, string>()
  const addresses = new Map<string, string>()
  for (const placed of hostsOf(loaded.estate)) {
    const { name, systemName, path } = placed
    const other = names.get(name)
    if (other !== undefined) {
      const what = `The host "${name}" stands in the system ${other} already`
      const fix = 'Give each host a name of its own: the journal knows hosts by name.'
      yield complaint(loaded, path, { code: 'host-twice', what, found: `"${name}"`, fix }, 'key')
      continue
    }
    names.set(name, systemName)
    const { address, port = 22, jump = '' } = connectionOf(loaded.estate, placed)
    const key = `${jump} ${address.toLowerCase()} ${port}`
    const neighbour = addresses.get(key)
    if (neighbour !== undefined) {
      const what = `The hosts "${neighbour}" and "${name}" have the same address and port`
      yield complaint(loaded, [...path, 'connection', 'address'], {
        code: 'address-twice',
        what,
        found: `${address}, port ${port}`,
      })
    }
    addresses.set(key, name)
  }
}

/** Every host and jump host has a log-in user, and exactly one of a key and the agent. */
export function* hostsCanBeReached(loaded: LoadedEstate): Generator<Placed> {
  const { estate } = loaded
  const jumpHosts = Object.entries(estate.jumpHosts ?? {})
  const logins = [
    ...headPlaces(estate).map(({ name, path, ssh }) => ({
      name,
      path,
      connection: jumpConnectionOf(estate, ssh),
    })),
    ...jumpHosts.map(([name, jumpHost]) => ({
      name,
      path: ['jumpHosts', name] as Path,
      connection: jumpConnectionOf(estate, jumpHost),
    })),
    ...hostsOf(estate).map((placed) => ({
      name: placed.name,
      path: placed.path,
      connection: connectionOf(estate, placed),
    })),
  ]
  const noUser = logins.filter(({ connection }) => connection.user === undefined)
  const noKey = logins.filter(
    ({ connection }) => connection.key === undefined && connection.agent === undefined,
  )
  // One message for all: what is wrong is most often one line that all of them share.
  const lacks = [
    { lacking: noUser, code: 'no-user', thing: 'no log-in user', fix: 'Add "connection: {user: ...}"' },
    {
      lacking: noKey,
      code: 'no-key',
      thing: 'neither a key nor the agent',
      fix: 'Add "connection: {key: ...}"',
    },
  ]
  for (const { lacking, code, thing, fix } of lacks) {
    const first = lacking[0]
    if (first === undefined) continue
    const what = `${lacking.length === 1 ? 'One host has' : `${lacking.length} hosts have`} ${thing}`
    const found = listed(lacking.map(({ name }) => name))
    yield complaint(
      loaded,
      first.path,
      { code, what, found, fix: `${fix} to the estate, the system or the host.` },
      'key',
    )
  }
  yield* bothKeyAndAgent(loaded)
}

function* bothKeyAndAgent(loaded: LoadedEstate): Generator<Placed> {
  const { estate } = loaded
  const written = [
    { path: ['connection'], connection: estate.connection },
    ...headPlaces(estate).map(({ path, ssh }) => ({ path, connection: ssh })),
    ...Object.entries(estate.jumpHosts ?? {}).map(([name, connection]) => ({
      path: ['jumpHosts', name],
      connection,
    })),
    ...Object.entries(estate.systems).map(([name, { connection }]) => ({
      path: ['systems', name, 'connection'],
      connection,
    })),
    ...hostsOf(estate).map(({ path, host }) => ({
      path: [...path, 'connection'],
      connection: host.connection,
    })),
  ]
  for (const { path, connection } of written) {
    if (connection?.key === undefined || connection.agent === undefined) continue
    const what = 'A connection has both a key and the agent'
    yield complaint(
      loaded,
      [...path, 'agent'],
      { code: 'exactly-one', what, expected: 'exactly one of key, agent' },
      'key',
    )
  }
}

/** The places outside the estate that keep heads, as written. */
function headPlaces(estate: Estate) {
  return Object.entries(estate.journal?.heads?.to ?? {}).flatMap(([name, { ssh }]) =>
    ssh === undefined ? [] : [{ name, path: ['journal', 'heads', 'to', name, 'ssh'] as Path, ssh }],
  )
}
