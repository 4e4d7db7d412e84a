import { type Figure, type Look, seenFigure, unknownFigure } from '../../core/patrol/figure.ts'
import type { Answer } from './answer.ts'
import { count, lines } from './patrol-section.ts'

/**
 * Pools of storage that df does not see into: thin pools (device mapper), ZFS, the metadata of btrfs. No figure where there is
 * none, or no tool that shows it; in a container they are the machine's.
 */
export function readPools(answer: Answer, scope: Look['scope']): readonly Figure[] {
  if (scope === 'cgroup') return []
  return [...thin(answer), ...zfs(answer), ...btrfs(answer)]
}

// NAME: START LENGTH thin-pool TRANSACTION USED/ALL-METADATA USED/ALL-DATA HELD-ROOT MODE ...; a pool that failed says "Fail".
function thin(answer: Answer): readonly Figure[] {
  const pattern =
    /^(?<name>\S{1,127}): \d+ \d+ thin-pool (?:(?<failed>Fail|Error)|\d+ (?<metaUsed>\d+)\/(?<meta>\d+) (?<dataUsed>\d+)\/(?<data>\d+) \S+ (?<mode>rw|ro|out_of_data_space)\b.*)$/
  const { rows, why } = lines(answer, 'thin-pools', pattern)
  const blind = why === null ? [] : [unknownFigure('poolFree', why)]
  const shown = rows.flatMap(({ name = '', failed, mode, ...row }): readonly Figure[] => {
    const of = name.replace(/-tpool$/, '')
    const broken = failed ?? (mode === 'rw' ? undefined : mode)
    const health = seenFigure('poolHealth', broken === undefined ? 0 : 2, {
      of,
      ...(broken === undefined ? {} : { said: broken.replaceAll('_', ' ') }),
    })
    if (failed !== undefined) return [health]
    return [
      health,
      free(`${of} data`, row['dataUsed'], row['data']),
      free(`${of} metadata`, row['metaUsed'], row['meta']),
    ]
  })
  return [...shown, ...blind]
}

function free(of: string, used: string | undefined, all: string | undefined): Figure {
  const [taken, total] = [count(used), count(all)]
  return total > 0 && taken <= total
    ? seenFigure('poolFree', (100 * (total - taken)) / total, { of })
    : unknownFigure('poolFree', 'the host gave no usable numbers', of)
}

function zfs(answer: Answer): readonly Figure[] {
  const { rows, why } = lines(
    answer,
    'zfs-pools',
    /^(?<name>[^\t]{1,255})\t(?<used>\d{1,3}|-)\t(?<health>[A-Z]{1,20})$/,
  )
  const blind = why === null ? [] : [unknownFigure('poolFree', why)]
  const shown = rows.flatMap(({ name = '', used, health = '' }): readonly Figure[] => {
    const worth = health === 'ONLINE' ? 0 : health === 'DEGRADED' ? 1 : 2
    return [
      seenFigure('poolHealth', worth, { of: name, ...(worth === 0 ? {} : { said: health }) }),
      free(name, used, '100'),
    ]
  })
  return [...shown, ...blind]
}

// Metadata that is full while no room is left to give is a file system that takes no byte, whatever df says of its data.
function btrfs(answer: Answer): readonly Figure[] {
  const pattern =
    /^(?<id>[0-9a-f-]{36}) (?<devices>\d{1,20}) (?<given>\d{1,20}) (?<onDisk>\d{1,20}) (?<total>\d{1,20}) (?<used>\d{1,20}) (?<label>[^\n]{1,256})$/
  const { rows, why } = lines(answer, 'btrfs-pools', pattern)
  const blind = why === null ? [] : [unknownFigure('poolFree', why)]
  const shown = rows.map(({ id = '', label = '-', ...row }) => {
    const [devices = NaN, given = NaN, onDisk = NaN, total = NaN, used = NaN] = [
      'devices',
      'given',
      'onDisk',
      'total',
      'used',
    ].map((key) => count(row[key]))
    const of = `btrfs ${label === '-' ? id.slice(0, 8) : label} metadata`
    // Metadata lies on the disk twice or more where the profile says so.
    const copies = onDisk / total
    const all = total + Math.max(0, devices - given) / copies
    return all > 0 && used <= all
      ? seenFigure('poolFree', (100 * (all - used)) / all, { of })
      : unknownFigure('poolFree', 'the host gave no usable numbers', of)
  })
  return [...shown, ...blind]
}
