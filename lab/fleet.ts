import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { layerSecrets } from './build-layers.ts'
import { dressHost } from './dress.ts'
import { labHost, type LabHost, labHosts } from './hosts.ts'
import { deleteSnapshots, deleteSubvolume } from './image.ts'
import { writeSshFiles } from './keys.ts'
import { labPaths } from './layout.ts'
import { startMachine, stopMachine } from './machine.ts'
import { waitUntilHealthy } from './up.ts'

/** Machines that are dressed and booted at the same time: each takes a processor for about two seconds. */
const atOnce = 4

/** More hosts like those of the office pair: the first is for test, all others are in production. */
function fleetHosts(count: number): readonly LabHost[] {
  if (count > 99) throw new Error('the lab has addresses for 99 hosts of a fleet')
  return Array.from({ length: count }, (_, index) => ({
    ...labHost(index === 0 ? 'oa-test' : 'oa-prod'),
    name: `fleet-${String(index + 1).padStart(2, '0')}`,
    address: `10.77.0.${101 + index}`,
  }))
}

/** Makes and boots a fleet beside the lab's own hosts, its keys pinned with theirs; `fleetDown` removes it. */
export async function fleetUp(count: number, dir?: string): Promise<readonly LabHost[]> {
  const paths = labPaths(dir)
  const secrets = await layerSecrets(paths)
  const hosts = fleetHosts(count)
  for (let from = 0; from < hosts.length; from += atOnce) {
    const some = hosts.slice(from, from + atOnce)
    await Promise.all(some.map((host) => dressHost(paths, host, secrets)))
    await Promise.all(some.map(({ name }) => startMachine(paths, name)))
  }
  writeSshFiles(paths, [...labHosts, ...hosts])
  await waitUntilHealthy(paths, hosts)
  return hosts
}

/** Stops and removes what `fleetUp` made, whole or in part. */
export async function fleetDown(dir?: string): Promise<void> {
  const paths = labPaths(dir)
  const there = readdirSync(paths.hosts).filter((name) => /^fleet-\d\d(\.part)?$/.test(name))
  for (const entry of there) {
    const name = entry.replace('.part', '')
    await stopMachine(paths, name, 'at once')
    await deleteSnapshots(paths, name)
    await deleteSubvolume(join(paths.hosts, entry))
  }
  writeSshFiles(paths)
}
