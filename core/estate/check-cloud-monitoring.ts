import type { LoadedEstate } from '../../schemas/load.ts'
import type { Placed } from '../../schemas/placed.ts'
import type { Path } from '../../schemas/source.ts'
import { monitoringBucket, networkOf } from './cloud-monitoring.ts'
import { complaint } from './complaint.ts'
import { networkIn, overlap } from './network.ts'

/** Longest name that a bucket can have (Amazon S3, "Bucket naming rules"). */
const mostChars = 63

/** Least bits of a network that is let in or asked: a company has no wider one, and 0.0.0.0/0 is everybody. */
const leastBits = 8

/** Networks about the monitoring host are networks, none of all the world, and none is that of the host itself. */
export function* monitoringNetworksFit(loaded: LoadedEstate): Generator<Placed> {
  const { cloudMonitoring } = loaded.estate
  if (cloudMonitoring === undefined) return
  const { hosts, open = [] } = cloudMonitoring
  const own = networkOf(cloudMonitoring)
  const at = (...path: readonly (string | number)[]): Path => ['cloudMonitoring', ...path]
  const others = [
    ...hosts.map((text, index) => ({ text, path: at('hosts', index) })),
    ...open.map(({ from }, index) => ({ text: from, path: at('open', index, 'from') })),
  ]
  const given = cloudMonitoring.network === undefined ? [] : [{ text: own, path: at('network') }]
  for (const { text, path } of [...given, ...others]) {
    if (networkIn(text) !== null) continue
    yield complaint(loaded, path, {
      code: 'cloud-monitoring-network',
      what: `"${text}" is no network`,
      found: `"${text}"`,
      expected: 'an address whose last bits are 0, and the number of its first bits, such as 10.20.0.0/16',
    })
  }
  const ownNetwork = networkIn(own)
  if (ownNetwork !== null && (ownNetwork.bits < 16 || ownNetwork.bits > 28))
    yield complaint(loaded, at('network'), {
      code: 'cloud-monitoring-network-size',
      what: 'AWS has no network of this size',
      found: `/${ownNetwork.bits}`,
      expected: '/16 to /28',
    })
  for (const { text, path } of others) {
    const network = networkIn(text)
    if (network === null) continue
    if (network.bits < leastBits)
      yield complaint(loaded, path, {
        code: 'cloud-monitoring-wide-open',
        what: `"${text}" is a network of strangers as well`,
        found: `"${text}"`,
        expected: `/${leastBits} or narrower`,
        fix: 'Name the networks that are meant, one by one.',
      })
    else if (ownNetwork !== null && overlap(network, ownNetwork) && path[1] === 'hosts')
      yield complaint(loaded, path, {
        code: 'cloud-monitoring-overlap',
        what: `"${text}" and ${own}, the network made for the monitoring host, share addresses: it would never reach those hosts`,
        found: `"${text}"`,
        fix: 'Set "network:" in cloudMonitoring to one that nobody uses.',
      })
  }
}

/** The zone is one of the region, and the bucket can have its name. */
export function* monitoringHasAPlace(loaded: LoadedEstate): Generator<Placed> {
  const { estate } = loaded
  const { cloudMonitoring } = estate
  if (cloudMonitoring === undefined) return
  const { region, zone } = cloudMonitoring
  if (zone.slice(0, -1) !== region)
    yield complaint(loaded, ['cloudMonitoring', 'zone'], {
      code: 'cloud-monitoring-zone',
      what: `The zone "${zone}" is in another region than the monitoring host`,
      found: `"${zone}"`,
      expected: `${region} and a letter`,
    })
  const bucket = monitoringBucket(estate, cloudMonitoring)
  if (bucket.length > mostChars)
    yield complaint(
      loaded,
      ['cloudMonitoring'],
      {
        code: 'cloud-monitoring-bucket',
        what: `A bucket would be named "${bucket}", and that is longer than AWS allows`,
        found: `${bucket.length} characters`,
        expected: `at most ${mostChars}`,
        fix: 'Set "bucket:" in cloudMonitoring.',
      },
      'key',
    )
}

/** Alerts of the monitoring host can be mailed to somebody. */
export function* monitoringTellsSomebody(loaded: LoadedEstate): Generator<Placed> {
  const { cloudMonitoring, mail, systems, contacts } = loaded.estate
  if (cloudMonitoring === undefined) return
  if (mail !== undefined && /^smtps:.*:(?!465$)\d+$/.test(mail.smtp))
    yield complaint(loaded, ['mail', 'smtp'], {
      code: 'cloud-monitoring-mail-server',
      what: 'Alertmanager, on the monitoring host, speaks smtps:// on port 465 only',
      found: mail.smtp,
      expected: 'smtps://HOST:465, or smtp://HOST:PORT',
    })
  const people = Object.values(systems).flatMap(({ owner, engineers = {} }) => [
    owner,
    ...Object.values(engineers),
  ])
  const isHeard = people.some((name) => contacts[name]?.mail !== undefined)
  if (mail !== undefined && isHeard) return
  yield complaint(
    loaded,
    ['cloudMonitoring'],
    {
      code: 'cloud-monitoring-tells-nobody',
      what: 'Alerts of the monitoring host would reach nobody',
      found: mail === undefined ? 'no "mail:" in the estate' : 'no owner or engineer with a mail address',
      fix: mail === undefined ? 'Add "mail:" to the estate.' : 'Add "mail:" to contacts of the systems.',
    },
    'key',
  )
}
