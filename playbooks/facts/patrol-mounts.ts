import { type Figure, type Look, seenFigure, unknownFigure } from '../../core/patrol/figure.ts'
import type { PatrolMemory } from '../../schemas/patrol-memory.ts'
import type { Answer } from './answer.ts'
import { lines } from './patrol-section.ts'

// In memory, or full by design: an image that is mounted read-only has no free byte and never will.
const notDisks = /^(tmpfs|devtmpfs|ramfs|squashfs|iso9660|udf|erofs|cramfs|fuse\.snapfuse|efivarfs)$/
const underSnap = /^\/(snap|var\/lib\/snapd\/snap)\//
const onDisks = /^(ext[234]|xfs|btrfs|zfs|f2fs|jfs|reiserfs|ntfs3?|vfat|exfat|bcachefs|gfs2|ocfs2)$/
// What comes and goes by its nature: sticks, log-ins, containers, a service's own view.
const passing =
  /^\/(run|media|tmp|proc|sys|dev|var\/lib\/(docker|containers?|containerd|kubelet|lxd|incus|machines)|mnt\/auto)(\/|$)/
/** What was writable is asked after for so long (ms); then it is taken for having been taken away. */
const rememberedMs = 7 * 86_400_000
const mostMounts = 200

/** Whether this is no room on a disk. */
export function pseudo(type: string, mount: string): boolean {
  return notDisks.test(type) || underSnap.test(mount)
}

type Mount = { readonly type: string; readonly isWritable: boolean }

/**
 * What is mounted, and why that is not all. Where several lie above each other the list does not say which one is seen, so one
 * that is read-only makes the place so.
 */
export function mounts(answer: Answer): {
  readonly at: ReadonlyMap<string, Mount>
  readonly why: string | null
} {
  const { rows, why } = lines(answer, 'mounts', /^(?<mode>rw|ro) (?<type>\S{1,60}) (?<mount>\/[^\n]*)$/)
  const at = new Map<string, Mount>()
  for (const { mode, type = '', mount = '' } of rows) {
    const place = unescaped(mount)
    at.set(place, { type, isWritable: mode === 'rw' && at.get(place)?.isWritable !== false })
  }
  return { at, why }
}

/** File systems that must be writable, by /etc/fstab or by earlier inspections, and which of them are; what to remember. */
export function readMounts(
  answer: Answer,
  o: { readonly scope: Look['scope']; readonly last: PatrolMemory | undefined; readonly nowMs: number },
): { readonly figures: readonly Figure[]; readonly writable: NonNullable<PatrolMemory['writable']> } {
  const before = o.last?.writable ?? {}
  const { at, why } = mounts(answer)
  const table = fstab(answer, o.scope)
  const blind = why ?? table.why
  if (why !== null || at.size === 0)
    return { figures: [unknownFigure('fileSystems', why ?? 'nothing is mounted')], writable: before }
  const known = Object.entries(before).filter(([, time]) => o.nowMs - Date.parse(time) <= rememberedMs)
  const wanted = new Map([
    ...known.map(([mount]) => [mount, 'the last inspection saw it writable'] as const),
    ...table.rows.map(({ mount }) => [mount, '/etc/fstab has it writable'] as const),
  ])
  const optional = new Set(table.rows.filter((one) => one.mayLack).map(({ mount }) => mount))
  const figures = [...wanted].flatMap(([mount, said]): readonly Figure[] => {
    const now = at.get(mount)
    if (now?.isWritable === true) return [seenFigure('fileSystems', 0, { of: mount })]
    if (now === undefined && optional.has(mount) && before[mount] === undefined) return []
    return [
      seenFigure('fileSystems', 1, {
        of: mount,
        said: `${now === undefined ? 'not mounted' : 'read-only'}; ${said}`,
      }),
    ]
  })
  const nowIso = new Date(o.nowMs).toISOString()
  const writable = [...at].filter(
    ([mount, one]) => one.isWritable && onDisks.test(one.type) && !passing.test(mount),
  )
  return {
    figures: blind === null ? figures : [...figures, unknownFigure('fileSystems', blind)],
    writable: Object.fromEntries(
      [...known, ...writable.map(([mount]) => [mount, nowIso] as const)]
        .filter(([mount]) => mount.length <= 300)
        .slice(-mostMounts),
    ),
  }
}

type Row = { readonly mount: string; readonly mayLack: boolean }

// A container has the table of the image that it was made from.
function fstab(
  answer: Answer,
  scope: Look['scope'],
): { readonly rows: readonly Row[]; readonly why: string | null } {
  const { rows, why } = lines(answer, 'fstab', /^(?<type>\S{1,60}) (?<options>\S+) (?<mount>\S+)$/)
  if (scope === 'cgroup') return { rows: [], why: null }
  const wanted = rows.flatMap(({ type = '', options = '', mount = '' }): readonly Row[] => {
    const set = options.split(',')
    const isLater = set.some((one) => /^(ro|noauto|x-systemd\.automount)$/.test(one))
    if (
      !mount.startsWith('/') ||
      isLater ||
      /^(swap|tmpfs|proc|sysfs|devpts)$/.test(type) ||
      pseudo(type, mount)
    )
      return []
    return [{ mount: unescaped(mount), mayLack: set.includes('nofail') }]
  })
  return { rows: wanted, why }
}

/** A mount point of /proc/self/mounts, where a space is written \\040. */
function unescaped(mount: string): string {
  return mount.replaceAll(/\\([0-7]{3})/g, (_, digits: string) => String.fromCharCode(parseInt(digits, 8)))
}
