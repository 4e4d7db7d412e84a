import type { Host } from '../../connect/remote.ts'
import type { Problem, Result } from '../../schemas/problem.ts'
import { type Answer, ask } from './answer.ts'
import { printable, type Reading, reading } from './reading.ts'

/** A place of a host whose files lie outside the file system of its root, and what kind of file system is there. */
export type Mount = { readonly path: string; readonly type: string }

/** File systems that hold no data: the kernel's own, memory, images that nobody writes, views of other directories. */
const holdsNone = new Set(
  `autofs binfmt_misc bpf cgroup cgroup2 configfs debugfs devpts devtmpfs efivarfs erofs fusectl hugetlbfs iso9660 mqueue
   nsfs overlay proc pstore ramfs rpc_pipefs securityfs selinuxfs squashfs sysfs tmpfs tracefs`.split(/\s+/),
)
/** What is mounted below these is the kernel's, or gone with the next boot. */
const passing = /^\/(proc|sys|dev|run)(\/|$)/

const line = /^(?<kind>root|other) (?<type>[^\s]+) (?<place>\/.*)$/

/** Reads which places of a host lie outside the file system of its root, so that a snapshot of that leaves them out. Problems: `fact/*`. */
export async function mounts(host: Host): Promise<Result<readonly Mount[]>> {
  const answer = await ask(host, { scripts: ['mounts.sh'], timeoutMs: 60_000 })
  return answer.ok ? readMounts(answer.value) : answer
}

/** Reads the answer of `mounts.sh`. Problems: `fact/*`. */
export function readMounts(answer: Answer): Result<readonly Mount[]> {
  const read: Reading = reading(answer)
  const found = new Map<string, Mount>()
  for (const { kind, type = '', place = '' } of read.rows('mounts', line)) {
    // What is mounted later hides what was there.
    found.delete(place)
    if (kind === 'root' || holdsNone.has(type) || passing.test(place)) continue
    found.set(place, { path: unescaped(place), type })
  }
  return read.done([...found.values()].sort((a, b) => (a.path < b.path ? -1 : 1)))
}

/** The kernel writes blanks and backslashes of a path as three octal digits. */
function unescaped(place: string): string {
  const bytes = Buffer.from(
    place.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(parseInt(octal, 8))),
  )
  return printable(bytes)
}

/** Why no snapshot may be taken of a host: mounts that it would leave out, and that the estate does not name; undefined when none. */
export function mountOutside(
  host: string,
  found: readonly Mount[],
  named: readonly string[],
): Problem | undefined {
  const left = found.filter(({ path }) => !named.includes(path))
  if (left.length === 0) return undefined
  return {
    code: 'snapshot/mount-outside',
    what: 'A snapshot of this host would leave out what is mounted there.',
    where: host,
    found: left.map(({ path, type }) => `${path} (${type})`).join(', '),
    fix: 'Where it may stay as it is when the snapshot is put back, name it under `outsideSnapshot` of the host; else move it onto the root.',
  }
}
