import { basename, join } from 'node:path'

/** Where the lab lives unless told otherwise. */
export const defaultLabDir = '/var/lib/upkeep-lab'

/** The lab's bridge and its private network; the controller is `.1`, hosts have no default route. */
export const network = {
  bridge: 'upkeep0',
  controller: '10.77.0.1',
  prefix: 24,
  cidr: '10.77.0.0/24',
} as const

/** Port on which the controller serves packages to the hosts. */
export const repositoryPort = 8077

/** Free bytes that `up` asks for: what the image grows to with snapshots, and some air. */
export const neededBytes = 8 * 1024 ** 3

/** Size that the sparse image claims. */
export const imageBytes = 16 * 1024 ** 3

/** The files of one lab. `fs` is the mounted btrfs image; what lies in it survives in the cache. */
export type LabPaths = {
  readonly dir: string
  /** Holds the image; `down --keep-cache` leaves it for a fast next `up`. */
  readonly cache: string
  /** Name of the cgroup under which each machine has its own. */
  readonly cgroup: string
  readonly fs: string
  readonly layers: string
  readonly hosts: string
  readonly pristine: string
  readonly built: string
  readonly archives: string
  readonly keys: string
  readonly secrets: string
  readonly run: string
  readonly log: string
  readonly knownHosts: string
  readonly sshConfig: string
  readonly complete: string
  /** Directory; what is offered on each shelf of the repository. */
  readonly offers: string
  readonly installed: string
}

/** The paths of the lab under `dir`. */
export function labPaths(dir: string = defaultLabDir): LabPaths {
  const fs = join(dir, 'fs')
  const cache = dir === defaultLabDir ? '/var/cache/upkeep-lab' : `${dir}-cache`
  return {
    dir,
    cache,
    cgroup: basename(dir),
    fs,
    layers: join(fs, 'layers'),
    hosts: join(fs, 'hosts'),
    pristine: join(fs, 'pristine'),
    built: join(fs, 'built'),
    archives: join(fs, 'archives'),
    keys: join(dir, 'keys'),
    secrets: join(dir, 'secrets'),
    run: join(dir, 'run'),
    log: join(dir, 'log'),
    knownHosts: join(dir, 'known_hosts'),
    sshConfig: join(dir, 'ssh_config'),
    complete: join(dir, 'complete.json'),
    offers: join(dir, 'offers'),
    installed: join(cache, 'installed-packages'),
  }
}
