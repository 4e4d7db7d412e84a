import type { Host } from '../../connect/remote.ts'
import type { Result } from '../../schemas/problem.ts'
import { type Answer, ask } from './answer.ts'
import { packageVersion, rpmVersion } from './package-pattern.ts'
import { printable, type Reading, reading } from './reading.ts'

/** A unit and its state in systemd's words (`active`, `failed`, `inactive`, `activating`, ...). */
export type UnitState = { readonly unit: string; readonly state: string }

/** What is asked: packages as `name:arch`, services of the roles, units that ran before, and the time it may take. */
export type PatchedQuestion = {
  readonly packages: readonly string[]
  readonly services: readonly string[]
  readonly before: readonly string[]
  readonly timeoutMs: number
}

/** How packages and units of a host are after a patch. */
export type Patched = {
  /** In the order asked for: dpkg's short state (`ii`), and the version; `-` where there is no such package. */
  readonly packages: readonly { readonly state: string; readonly version: string }[]
  /** What `dpkg --audit`, or rpm's verification without files, complains of. */
  readonly audit: readonly string[]
  /** Files of the packages that are not as they were packed; configuration and documentation left out; of rpm none. */
  readonly faults: readonly { readonly path: string; readonly is: 'missing' | 'changed' }[]
  readonly services: readonly UnitState[]
  /** Of the units that ran before, those that there still are and that no timer starts. */
  readonly before: readonly UnitState[]
}

const versionLine = (version: string) =>
  new RegExp(`^(?<state>[a-zA-Z-]{1,3}) *\\t(?<version>${version}|-|)$`)
const faultLine = /^(?<how>missing|[?5.]{9}) +(?<kind>c )? *(?<path>\/.*)$/
const unitLine = /^(?<unit>[A-Za-z0-9:_.@\\-]+)\t(?<state>[a-z-]+)$/
// Small images leave these out at every unpacking (dpkg's path-exclude).
const seldomUnpacked = /^\/usr\/share\/(doc|man|info|locale|help|gnome\/help|lintian|linda|groff|omf)\//

/** Reads how packages and units are. Problems: `fact/*`. */
export async function patchedState(
  host: Host,
  o: PatchedQuestion,
  kind: 'dpkg' | 'rpm' = 'dpkg',
): Promise<Result<Patched>> {
  const args = [o.services.join('\n'), o.before.join('\n'), ...o.packages]
  const scripts = kind === 'rpm' ? ['rpm-holds.sh', 'patched-rpm.sh', 'patched.sh'] : ['patched.sh']
  const answer = await ask(host, { scripts, args, timeoutMs: o.timeoutMs })
  return answer.ok ? readPatched(answer.value, kind) : answer
}

/** Reads the answer of `patched.sh`. Problems: `fact/*`. */
export function readPatched(answer: Answer, kind: 'dpkg' | 'rpm' = 'dpkg'): Result<Patched> {
  const read = reading(answer)
  return read.done({
    packages: read
      .rows('versions', versionLine(kind === 'rpm' ? rpmVersion : packageVersion))
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
