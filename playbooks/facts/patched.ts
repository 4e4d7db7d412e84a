import type { Host } from '../../connect/remote.ts'
import type { Result } from '../../schemas/problem.ts'
import { type Answer, ask } from './answer.ts'
import { packageVersion } from './package-pattern.ts'
import { printable, type Reading, reading } from './reading.ts'

/** A unit and its state in systemd's words (`active`, `failed`, `inactive`, `activating`, ...). */
export type UnitState = { readonly unit: string; readonly state: string }

/** How packages and units of a host are after a patch. */
export type Patched = {
  /** In the order asked for: dpkg's short state (`ii`), and the version; `-` where dpkg knows no such package. */
  readonly packages: readonly { readonly state: string; readonly version: string }[]
  /** What `dpkg --audit` complains of. */
  readonly audit: readonly string[]
  /** Files of the packages that are not as they were packed; configuration and documentation left out. */
  readonly faults: readonly { readonly path: string; readonly is: 'missing' | 'changed' }[]
  readonly services: readonly UnitState[]
  /** Of the units that ran before, those that there still are and that no timer starts. */
  readonly before: readonly UnitState[]
}

const versionLine = new RegExp(`^(?<state>[a-zA-Z-]{1,3}) *\\t(?<version>${packageVersion}|-|)$`)
const faultLine = /^(?<how>missing|[?5.]{9}) +(?<kind>c )? *(?<path>\/.*)$/
const unitLine = /^(?<unit>[A-Za-z0-9:_.@\\-]+)\t(?<state>[a-z-]+)$/
// Small images leave these out at every unpacking (dpkg's path-exclude).
const seldomUnpacked = /^\/usr\/share\/(doc|man|info|locale|help|gnome\/help|lintian|linda|groff|omf)\//

/** Reads how these packages (`name:arch`) and units are; `before` are units that ran before. Problems: `fact/*`. */
export async function patchedState(
  host: Host,
  o: {
    readonly packages: readonly string[]
    readonly services: readonly string[]
    readonly before: readonly string[]
    readonly timeoutMs: number
  },
): Promise<Result<Patched>> {
  const args = [o.services.join('\n'), o.before.join('\n'), ...o.packages]
  const answer = await ask(host, { scripts: ['patched.sh'], args, timeoutMs: o.timeoutMs })
  return answer.ok ? readPatched(answer.value) : answer
}

/** Reads the answer of `patched.sh`. Problems: `fact/*`. */
export function readPatched(answer: Answer): Result<Patched> {
  const read = reading(answer)
  return read.done({
    packages: read
      .rows('versions', versionLine)
      .map(({ state = '', version = '' }) => ({ state, version: version === '' ? '-' : version })),
    audit: read
      .text('audit')
      .split('\n')
      .filter((line) => line.trim() !== ''),
    faults: read
      .rows('verify', faultLine)
      .filter(({ kind, path = '' }) => kind === undefined && !seldomUnpacked.test(path))
      .map(({ how, path = '' }) => ({
        path: printable(Buffer.from(path)),
        is: how === 'missing' ? ('missing' as const) : ('changed' as const),
      })),
    services: units(read, 'services'),
    before: units(read, 'before'),
  })
}

function units(read: Reading, section: string): readonly UnitState[] {
  return read.rows(section, unitLine).map(({ unit = '', state = '' }) => ({ unit, state }))
}
