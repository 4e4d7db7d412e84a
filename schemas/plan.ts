import { type Static, Type } from 'typebox'
import { planHead, Sha256 } from './plan-head.ts'
import { Problem } from './problem-shape.ts'
import { closed } from './words.ts'

/** One version of a package as bytes in the content store. */
export const PackageFile = closed({
  version: Type.String(),
  sha256: Sha256,
  bytes: Type.Integer({ minimum: 0 }),
  source: Type.Union([Type.Literal('repository'), Type.Literal('host-cache'), Type.Literal('repacked')], {
    description:
      'repository: digest from an index that apt verified; repacked: rebuilt from the installed files',
  }),
})
export type PackageFile = Static<typeof PackageFile>

/** One package that changes on one host. */
export const PackageChange = closed({
  name: Type.String({ pattern: '^[A-Za-z0-9][A-Za-z0-9._+-]*$' }),
  architecture: Type.String({ pattern: '^[a-z0-9_-]+$' }),
  from: Type.Union([PackageFile, Type.Null()], {
    description: 'Installed version; null when the package is new',
  }),
  fromVersion: Type.Union([Type.String(), Type.Null()]),
  to: PackageFile,
  origin: Type.String({ description: 'Origin and suite of the index, as apt names it' }),
  security: Type.Boolean(),
  changelog: Type.Boolean({ description: 'false: the package has none, so its CVE ids are not known' }),
  cves: Type.Array(Type.String({ pattern: '^CVE-[0-9]{4}-[0-9]{4,}$' })),
  advisories: Type.Optional(
    Type.Array(Type.String({ pattern: '^[A-Za-z0-9][A-Za-z0-9:._-]*$' }), {
      description: 'Ids from the index of the repository (updateinfo of dnf)',
    }),
  ),
})
export type PackageChange = Static<typeof PackageChange>

/** The database whose schema a step is about. */
const schemaOf = {
  port: Type.Integer(),
  database: Type.String(),
  on: Type.Optional(
    Type.String({ description: 'The host that carries it; absent: the host that the step is done on' }),
  ),
}

/** What a step does, as data; the same value is shown, digested, compared at run time and performed. */
export const Action = Type.Union([
  closed({
    kind: Type.Literal('check'),
    probes: Type.Array(Type.String()),
    forMs: Type.Integer({ minimum: 0 }),
  }),
  closed({ kind: Type.Literal('fresh') }),
  closed({ kind: Type.Literal('patched'), services: Type.Array(Type.String()) }),
  closed({ kind: Type.Literal('manifest.take') }),
  closed({
    kind: Type.Literal('conffiles'),
    since: Type.String({ description: 'File on the host that was written before the patch' }),
  }),
  closed({ kind: Type.Literal('manifest.compare') }),
  closed({
    kind: Type.Literal('packages.send'),
    files: Type.Array(
      closed({ sha256: Sha256, path: Type.String({ description: 'Absolute, on the host' }) }),
    ),
  }),
  closed({
    kind: Type.Literal('traffic'),
    scope: Type.String(),
    hosts: Type.Array(Type.String()),
    run: Type.Array(Type.String()),
  }),
  closed({
    kind: Type.Literal('snapshot.take'),
    name: Type.String(),
    outside: Type.Optional(
      Type.Array(Type.String(), { description: 'Mounts that it may leave out; absent: none' }),
    ),
  }),
  closed({ kind: Type.Literal('snapshot.restore'), name: Type.String() }),
  closed({ kind: Type.Literal('snapshot.remove'), name: Type.String() }),
  closed({
    kind: Type.Literal('script'),
    script: Type.String({ description: 'POSIX sh, run as root in a unit of its own' }),
    args: Type.Array(Type.String()),
  }),
  closed({ kind: Type.Literal('reboot'), only: Type.Literal('when-needed') }),
  closed({ kind: Type.Literal('rows.mark'), port: Type.Integer(), database: Type.String() }),
  closed({ kind: Type.Literal('rows.kept'), port: Type.Integer(), database: Type.String() }),
  closed({
    kind: Type.Literal('rows.count'),
    port: Type.Integer({ description: 'Of the engine whose host goes back' }),
    database: Type.String({ description: 'One of its databases, whose place in the log was recorded' }),
  }),
  closed({ kind: Type.Literal('schema.take'), ...schemaOf }),
  closed({ kind: Type.Literal('schema.look'), ...schemaOf }),
  closed({ kind: Type.Literal('schema.compare'), ...schemaOf }),
])
export type Action = Static<typeof Action>

/** One desired change of a host as a value. */
export const Step = closed({
  id: Type.String({
    pattern: '^[a-z][a-z0-9.-]*$',
    description: 'Unique within the host; part of the unit name on the host',
  }),
  does: Type.String({ description: 'tool.verb' }),
  says: Type.String({ description: 'One sentence for people' }),
  effect: Type.Union([
    Type.Literal('reads'),
    Type.Literal('prepares'),
    Type.Literal('closes'),
    Type.Literal('changes'),
    Type.Literal('opens'),
    Type.Literal('restores'),
    Type.Literal('tidies'),
  ]),
  proves: Type.Optional(
    Type.Union([Type.Literal('snapshot'), Type.Literal('packages')], {
      description: 'The way back that is rehearsed once this step is done',
    }),
  ),
  limitMs: Type.Integer({ minimum: 1 }),
  confirmWithinMs: Type.Optional(
    Type.Integer({
      minimum: 1,
      description: 'The host goes back by itself unless a new login confirms the step within this time',
    }),
  ),
  action: Action,
})
export type Step = Static<typeof Step>

/** What would happen to one host. */
export const HostPlan = closed({
  host: Type.String(),
  ring: Type.Union([Type.Literal('test'), Type.Literal('production')]),
  roles: Type.Array(Type.String()),
  release: Type.String(),
  manager: Type.Optional(
    Type.Union([Type.Literal('apt'), Type.Literal('dnf')], { description: 'Package manager; absent: apt' }),
  ),
  stateless: Type.Boolean({ description: 'Its snapshot may be put back while it is in use' }),
  packages: Type.Array(PackageChange),
  heldBack: Type.Array(closed({ name: Type.String(), why: Type.String() })),
  conffiles: Type.Array(
    closed({
      path: Type.String(),
      package: Type.String(),
      aside: Type.Optional(
        Type.String({
          pattern: '^\\.rpm(new|save|orig)$',
          description:
            'What rpm lays aside under this ending: the new file (.rpmnew), or else the one of the admin; absent: the admin’s is kept',
        }),
      ),
    }),
    { description: 'Configuration files that the admin and the new package both changed' },
  ),
  watched: Type.Record(Type.String(), Type.String(), {
    description:
      'Conffiles of packages that change, with the MD5 that dpkg knows them by; a change makes the plan stale',
  }),
  restarts: Type.Array(closed({ unit: Type.String(), because: Type.Array(Type.String()) })),
  reboot: closed({
    needed: Type.Union([Type.Literal('no'), Type.Literal('yes'), Type.Literal('may')]),
    why: Type.Array(Type.String()),
  }),
  fetchBytes: Type.Integer({ minimum: 0 }),
  snapshotBytes: Type.Integer({
    minimum: 0,
    description: 'Forecast of what the snapshot will hold: installed sizes that change',
  }),
  standbys: Type.Array(Type.String(), {
    description: 'Standbys to rebuild when the snapshot of this primary is restored',
  }),
  steps: Type.Array(Step),
  back: closed({
    untouched: Type.Array(Step, { description: 'Nothing has changed yet: only open again' }),
    snapshot: Type.Array(Step, { description: 'Before opening' }),
    packages: Type.Array(Step, { description: 'After opening: the old packages, rows kept' }),
  }),
})
export type HostPlan = Static<typeof HostPlan>

/** What a patch rollout would do: nothing else is done by `patch run`. */
export const PatchPlan = closed({
  ...planHead('patch'),
  policy: closed({
    failureBudget: Type.Integer({ minimum: 1 }),
    atOnce: Type.Integer({ minimum: 1 }),
    soakMs: Type.Integer({ minimum: 0 }),
    noticeMs: Type.Integer({ minimum: 0 }),
    expectedMs: Type.Integer({ minimum: 0 }),
    backupMaxAgeMs: Type.Union([Type.Integer({ minimum: 0 }), Type.Null()]),
    rehearsal: Type.String(),
  }),
  test: Type.Array(Type.Array(Type.String()), { description: 'Test hosts: one group after the other' }),
  waves: Type.Array(Type.Array(Type.String()), { description: 'Production hosts: one wave after the other' }),
  hosts: Type.Array(HostPlan),
  notes: Type.Array(Type.String()),
  problems: Type.Array(Problem, { description: 'With one of these the plan is refused by `patch run`' }),
  digest: Sha256,
})
export type PatchPlan = Static<typeof PatchPlan>
