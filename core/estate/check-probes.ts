import type { LoadedEstate } from '../../schemas/load.ts'
import type { Placed } from '../../schemas/placed.ts'
import type { Probe } from '../../schemas/probe.ts'
import { pathText, valueText } from '../../schemas/shown.ts'
import type { Path } from '../../schemas/source.ts'
import { complaint } from './complaint.ts'
import { hasDriver } from './hosts.ts'

/** Every probe asks exactly one kind of question, and an HTTP probe goes to exactly one place. */
export function* probesAskOneThing(loaded: LoadedEstate): Generator<Placed> {
  for (const { path, probe } of probesOf(loaded)) {
    const kinds = Object.keys(probe).filter((key) => key !== 'within')
    if (kinds.length !== 1) {
      const found = kinds.length === 0 ? {} : { found: kinds.join(', ') }
      const expected = 'exactly one of http, tcp, sql, command, tryton'
      const what = `${pathText(path)} asks ${kinds.length === 0 ? 'nothing' : `${kinds.length} questions`}`
      yield complaint(loaded, path, { code: 'exactly-one', what, ...found, expected }, 'key')
      continue
    }
    const { http } = probe
    if (http === undefined) continue
    if ((http.url === undefined) === (http.port === undefined)) {
      const what = `${pathText(path)} ${http.url === undefined ? 'has neither url nor port' : 'has both url and port'}`
      const expected = "exactly one of url (asked from the controller), port (asked on the host's loopback)"
      yield complaint(loaded, [...path, 'http'], { code: 'exactly-one', what, expected }, 'key')
    } else if (http.url !== undefined && http.path !== undefined) {
      const what = `${pathText(path)} has a path beside its url`
      const fix = 'Write the path at the end of the url.'
      yield complaint(loaded, [...path, 'http', 'path'], { code: 'probe-path', what, fix }, 'key')
    }
  }
}

/** Every address can be taken apart as one; what only looks so (a port above 65535) would be found in mid-rollout. */
export function* addressesExist(loaded: LoadedEstate): Generator<Placed> {
  const urls: (readonly [Path, string | undefined])[] = [[['mail', 'smtp'], loaded.estate.mail?.smtp]]
  for (const { path, probe } of probesOf(loaded)) {
    urls.push([[...path, 'http', 'url'], probe.http?.url], [[...path, 'tryton', 'url'], probe.tryton?.url])
  }
  for (const [path, url] of urls) {
    if (url === undefined || URL.canParse(url.replaceAll(/\{(host|address)\}/g, 'host'))) continue
    const what = `${pathText(path)} is ${valueText(url)}, which is no address`
    const expected = 'scheme://host, or scheme://host:port with a port up to 65535'
    yield complaint(loaded, path, { code: 'address', what, found: valueText(url), expected })
  }
}

/** Every production ring that is ever changed is probed as a whole; without, nobody sees that a patch broke the business. */
export function* systemsAreProbed(loaded: LoadedEstate): Generator<Placed> {
  for (const [name, { hosts, roles, probes }] of Object.entries(loaded.estate.systems)) {
    if (!Object.values(hosts).some((host) => host.ring === 'production' && hasDriver(host))) continue
    if (Object.keys(probes?.production ?? {}).length > 0) continue
    const hasHostProbes = Object.values(roles).some((role) => Object.keys(role.probes ?? {}).length > 0)
    const what = `System ${name} has no probes for production${hasHostProbes ? ' as a whole' : ''}`
    const fix = 'Add "probes: {production: ...}" with a business function, such as order entry.'
    yield complaint(loaded, ['systems', name], { code: 'no-probes', what, fix }, 'key')
  }
}

function* probesOf({ estate }: LoadedEstate): Generator<{ readonly path: Path; readonly probe: Probe }> {
  for (const [name, { roles, probes }] of Object.entries(estate.systems)) {
    for (const [role, { probes: own }] of Object.entries(roles)) {
      yield* named(['systems', name, 'roles', role, 'probes'], own)
    }
    yield* named(['systems', name, 'probes', 'test'], probes?.test)
    yield* named(['systems', name, 'probes', 'production'], probes?.production)
  }
}

function* named(
  path: Path,
  probes: Readonly<Record<string, Probe>> = {},
): Generator<{ readonly path: Path; readonly probe: Probe }> {
  for (const [name, probe] of Object.entries(probes)) yield { path: [...path, name], probe }
}
