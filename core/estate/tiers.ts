import type { PatchPolicy } from '../../schemas/policy.ts'
import type { System } from '../../schemas/system.ts'

/** A tier of business systems. */
export type Tier = System['tier']

/** The policy as written in the estate, with nothing left out. */
export type FullPolicy = Required<PatchPolicy>

type Figures<T> = Readonly<Record<Tier, T>> & { readonly source: string }
type Table = { readonly [K in keyof FullPolicy]: Figures<FullPolicy[K]> }

function same<T>(value: T, source: string): Figures<T> {
  return { core: value, office: value, data: value, source }
}

/** The defaults of each tier, with the row of the requirements that each figure comes from, or why it was chosen. */
export const tierDefaults: Table = {
  waves: same(
    [1, '25%', '50%'],
    'R3.1 "released in order": one host shows what no test host could; then doubling',
  ),
  atOnce: same(1, 'R3.3 "does not hurt business"'),
  failureBudget: same(1, 'the smallest with which work can be done at all'),
  soak: {
    core: '7d',
    office: '3d',
    data: '7d',
    source: 'R1.1 "soak time follows the tier": a full working week; half of one for office systems',
  },
  rehearsal: same('both', 'R3.4 "the rollback itself designed and rehearsed"'),
  reboot: same('when-needed', 'R3.1: a kernel or library that still runs in its old version is not patched'),
  conffiles: same('keep', 'R3.6 "without a human": what the admin wrote stays; the new one lies beside it'),
  only: same('security', 'R3.1 "security patches and fixes"'),
  origins: same([], 'R3.1: none but the distribution itself until the estate names more'),
  holds: same([], 'R3.1: every patch is wanted until the estate says otherwise'),
  oldVersions: same('required', 'R3.4 "fast switch-back": without the old package there is none'),
  snapshots: same('required', 'R3.4 "a snapshot of the old version before"'),
  observe: {
    core: '60s',
    office: '30s',
    data: '30s',
    source: 'R1.1 "monitoring follows the tier": a few rounds of every probe',
  },
  expected: same(
    '20m',
    'R5.3 "recovery <= 30 minutes": patch and way back of one host must be well below twice that',
  ),
  keepSnapshots: {
    core: '14d',
    office: '7d',
    data: '14d',
    source: 'R3.4 "a snapshot of the old version before": kept past the soak; it holds room that grows',
  },
  keepPackages: same('90d', 'R3.4 "fast switch-back": past the end of a quarter, where late trouble is seen'),
  stepLimit: same('30m', 'R5.3 "recovery <= 30 minutes": what takes longer hangs'),
  confirmWithin: same(
    '3m',
    'R5.3 "recovery <= 30 minutes": long enough for a boot, and for a controller that is resumed',
  ),
}

/** R3.2: "critical modules (finance, supply chain): at least two weeks of soak between test and production". */
export const criticalSoak = '14d'

/** R3.3 "the people concerned told before": lead time of the mail, one working day. */
export const noticeDefault: Figures<string> = same('24h', 'R3.3: one working day')

/** R2.3 "interface response time <= 2 s": a probe that answers later is bad. */
export const probeWithinDefault = '2s'
