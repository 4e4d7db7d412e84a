import { type Figure, seenFigure, unknownFigure } from '../../core/patrol/figure.ts'
import type { PatrolItem } from '../../schemas/patrol.ts'
import type { Answer } from './answer.ts'
import type { Wanted } from './patrol.ts'
import { elapsedS } from './patrol-processor.ts'
import { mounts, pseudo } from './patrol-mounts.ts'
import { count, lines } from './patrol-section.ts'

type Row = Readonly<Record<string, string>>

const fileSystem =
  /^(?<device>\S[^\n]*?) +(?<type>[A-Za-z0-9._-]+) +(?<size>\d+|-) +(?<used>\d+|-) +(?<free>\d+|-) +(?:\d+%|-) (?<mount>\/[^\n]*)$/
const header = /^Filesystem +Type /
const wholeDisk = /^(sd[a-z]+|vd[a-z]+|xvd[a-z]+|hd[a-z]+|nvme\d+n\d+|mmcblk\d+|dasd[a-z]+)$/
/** Busy for less of the time, how long a disk takes says little. */
const busyShare = 0.8

/** Room and inodes of local file systems, of those in memory that the estate names, and how long disks take to answer. */
export function readDisks(answer: Answer, wanted: Wanted): readonly Figure[] {
  return [
    ...room(answer, 'disks', 'diskFree'),
    ...room(answer, 'inodes', 'inodesFree'),
    ...inMemory(answer, wanted.memoryFileSystems),
    ...answerTimes(answer),
  ]
}

// Free is what a service can have: blocks reserved for root are neither used nor free, so avail/size is less than df's
// "Use%" makes believe.
function room(answer: Answer, name: 'disks' | 'inodes', item: PatrolItem): readonly Figure[] {
  const { rows, why } = lines(answer, name, fileSystem, header)
  const mounted = mounts(answer)
  const found = new Map<string, Row>()
  for (const row of rows) {
    const { device = '', type = '', mount = '' } = row
    if (pseudo(type, mount) || mounted.at.get(mount)?.isWritable === false) continue
    // A container's root lies on an overlay; any other one is a container's inside, and a second look at the same disk.
    if (type === 'overlay' && mount !== '/') continue
    // A bind mount, a subvolume: one disk is one figure, under its shortest name.
    const key = type === 'overlay' ? mount : device
    const known = found.get(key)?.['mount']
    if (known === undefined || mount.length < known.length) found.set(key, row)
  }
  const figures = [...found.values()].flatMap(({ size, free, mount = '' }): readonly Figure[] => {
    const total = count(size)
    const left = count(free)
    // btrfs and vfat make inodes as they need them, and say 0.
    if (item === 'inodesFree' && (total === 0 || size === '-')) return []
    return total > 0 && left <= total
      ? [seenFigure(item, (100 * left) / total, { of: mount })]
      : [unknownFigure(item, 'the host gave no usable numbers', mount)]
  })
  const blind = why ?? mounted.why
  if (blind !== null) return [...figures, unknownFigure(item, blind)]
  // A host without a single file system to write to is none.
  return found.size === 0 ? [unknownFigure(item, 'no file system was shown')] : figures
}

function inMemory(answer: Answer, mounts: readonly string[]): readonly Figure[] {
  if (mounts.length === 0) return []
  const { rows } = lines(answer, 'in-memory', fileSystem, header)
  return mounts.map((mount) => {
    const row = rows.find((one) => one['mount'] === mount)
    const total = count(row?.['size'])
    const left = count(row?.['free'])
    return total > 0 && left <= total
      ? seenFigure('memoryFileSystemFree', (100 * left) / total, { of: mount })
      : unknownFigure('memoryFileSystemFree', 'no file system of its own is mounted there', mount)
  })
}

// Not how busy a disk is: one that works in parallel is busy all the time and has room left.
function answerTimes(answer: Answer): readonly Figure[] {
  const elapsed = elapsedS(answer)
  if (typeof elapsed === 'string') return [unknownFigure('diskAwait', elapsed)]
  const pattern =
    /^ *\d+ +\d+ (?<name>\S+) (?<reads>\d+) \d+ \d+ (?<readMs>\d+) (?<writes>\d+) \d+ \d+ (?<writeMs>\d+) (?<inFlight>\d+) (?<busyMs>\d+) \d+(?: (?<discards>\d+) \d+ \d+ \d+(?: (?<flushes>\d+) \d+)?(?: \d+)*)?$/
  const [first, last] = ['blocks-first', 'blocks-last'].map((name) => lines(answer, name, pattern))
  const why = first?.why ?? last?.why ?? null
  if (why !== null) return [unknownFigure('diskAwait', why)]
  const before = new Map(first?.rows.map((row) => [row['name'] ?? '', row]))
  return (last?.rows ?? []).flatMap((row): readonly Figure[] => {
    const { name = '' } = row
    const from = before.get(name)
    // A disk that came in between has nothing to be compared with, and one that went has no last reading.
    if (!wholeDisk.test(name) || from === undefined) return []
    const [reads = NaN, readMs = NaN, writes = NaN, writeMs = NaN, busyMs = NaN] = columns.map(
      (column) => count(row[column]) - count(from[column]),
    )
    const done = reads + writes
    if (![reads, readMs, writes, writeMs, busyMs].every((of) => of >= 0))
      return [unknownFigure('diskAwait', 'a counter went back', name)]
    const others = ['discards', 'flushes'].some((column) => row[column] !== from[column])
    const waiting = Math.min(count(row['inFlight']), count(from['inFlight']))
    // Nothing came back for as long as was looked: that is the least that it takes.
    if (done === 0 && !others && waiting > 0)
      return [
        seenFigure('diskAwait', elapsed * 1000, { of: name, said: `${waiting} in flight, none came back` }),
      ]
    const calm = done === 0 || busyMs < busyShare * elapsed * 1000
    return [seenFigure('diskAwait', done === 0 ? 0 : (readMs + writeMs) / done, { of: name, calm })]
  })
}

const columns = ['reads', 'readMs', 'writes', 'writeMs', 'busyMs'] as const
