import { type Static, Type } from 'typebox'
import { closed, Duration, OneOf } from './words.ts'

const wave = Type.Union([Type.Integer({ minimum: 1 }), Type.String({ pattern: '^([1-9][0-9]?|100)%$' })], {
  description: 'a number of hosts from 1, or a share from "1%" to "100%"',
})

/** How patches are rolled out; every absent value comes from the tier. */
export const PatchPolicy = closed(
  {
    waves: Type.Optional(
      Type.Array(wave, {
        minItems: 1,
        description: 'Hosts per wave, number or share of the production hosts; the last repeats',
      }),
    ),
    atOnce: Type.Optional(
      Type.Integer({
        minimum: 1,
        description: 'Hosts in flight at once, as wished; never more than may still fail',
      }),
    ),
    failureBudget: Type.Optional(
      Type.Integer({ minimum: 1, description: 'Production hosts that may fail, in the worst case' }),
    ),
    soak: Type.Optional(Duration('Time between test passed and production opened')),
    rehearsal: Type.Optional(
      OneOf(['both', 'snapshot', 'packages', 'none'], 'Ways back that test hosts go through'),
    ),
    reboot: Type.Optional(OneOf(['when-needed', 'never'], 'Whether a host may be rebooted')),
    conffiles: Type.Optional(
      OneOf(
        ['keep', 'refuse'],
        "keep the admin's file (the package's goes beside it), or refuse a plan with a conflict",
      ),
    ),
    only: Type.Optional(OneOf(['security', 'all'], 'Which updates')),
    origins: Type.Optional(
      Type.Array(Type.String({ minLength: 1, description: 'Label or origin of an index' }), {
        description: 'Origins that count as security too',
      }),
    ),
    holds: Type.Optional(
      Type.Array(
        Type.String({ pattern: '^[a-z0-9][a-z0-9+.*-]*$', description: 'Name of a package; * is any text' }),
        { description: 'Packages that Upkeep leaves alone' },
      ),
    ),
    oldVersions: Type.Optional(
      OneOf(['required', 'repack', 'go-without'], 'When the installed version can not be fetched'),
    ),
    snapshots: Type.Optional(OneOf(['required', 'go-without'], 'When a host can have no snapshot')),
    observe: Type.Optional(Duration('Time that probes must stay good after opening')),
    expected: Type.Optional(Duration('Time per host before anything has been measured')),
    keepSnapshots: Type.Optional(Duration('How long a snapshot is kept after the end of its rollout')),
    keepPackages: Type.Optional(
      Duration('How long the way back by old packages is kept after the end of a rollout'),
    ),
    stepLimit: Type.Optional(Duration('Longest time that one step may take on a host')),
    confirmWithin: Type.Optional(
      Duration(
        'A host that no new login has confirmed so long after a change goes back by itself; 0s: never',
      ),
    ),
  },
  { description: 'How patches are rolled out; what is absent comes from the tier' },
)
export type PatchPolicy = Static<typeof PatchPolicy>
