import type { PendingUpgrades } from './pending.ts'
import type { Reading } from './reading.ts'

const spaceLine = /^(?<path>\/[a-z]*) +(?<free>\d+) +(?<size>\d+)$/

/** The host itself as it was seen while its pending upgrades were read, whatever its package manager. */
export function seenHost(
  read: Reading,
  architecture: string,
): Pick<PendingUpgrades, 'hostTimeMs' | 'release' | 'architecture' | 'bootId' | 'kernel' | 'space'> {
  return {
    hostTimeMs: Number(read.word('time', /^\d{12,14}$/)),
    release: releaseOf(read),
    architecture: read.word('architecture', new RegExp(`^${architecture}$`)),
    bootId: read.word('boot', /^[0-9a-f-]{36}$/),
    kernel: read.word('kernel', /^[A-Za-z0-9.+~_-]+$/),
    space: read.rows('space', spaceLine).map((row) => ({
      path: row.path ?? '',
      freeBytes: Number(row.free),
      sizeBytes: Number(row.size),
    })),
  }
}

/** Name and version of the host's release, from the section `release` (os-release). */
function releaseOf(read: Reading): string {
  const text = read.text('release')
  const field = (key: string) => new RegExp(`^${key}="?([A-Za-z0-9._-]+)"?$`, 'm').exec(text)?.[1]
  const id = field('ID')
  const version = field('VERSION_ID') ?? field('VERSION_CODENAME') // testing and unstable have no number
  if (id === undefined) read.word('release', /^ID=/m)
  return [id, version].filter((part) => part !== undefined).join(' ')
}
