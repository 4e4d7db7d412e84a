import { type Static, Type } from 'typebox'
import { Probe } from './probe.ts'
import { closed, Duration, Name, Secret } from './words.ts'

const contactName = Name('Name of an entry in `contacts`')

/** How to log in to a machine. */
export const Connection = closed({
  address: Type.String({
    pattern: '^[A-Za-z0-9][A-Za-z0-9.:-]{0,252}$',
    description: 'Host name or IP address',
  }),
  port: Type.Optional(Type.Integer({ minimum: 1, maximum: 65535, description: 'Default 22' })),
  user: Type.Optional(Type.String({ pattern: '^[a-z_][a-z0-9_-]{0,31}$', description: 'Log-in name' })),
  key: Type.Optional(
    Type.String({ minLength: 1, description: 'Path of a private key, from the estate file' }),
  ),
  agent: Type.Optional(
    Type.Boolean({ description: 'Use the SSH agent (SSH_AUTH_SOCK) instead of a key file' }),
  ),
  jump: Type.Optional(Name('Name of an entry in `jumpHosts`')),
  sudo: Type.Optional(
    closed(
      {
        wrapper: Type.Optional(
          Type.String({ pattern: '^/[A-Za-z0-9/._-]+$', description: 'NOPASSWD wrapper' }),
        ),
        password: Type.Optional(Secret),
        none: Type.Optional(Type.Boolean({ description: 'The log-in user is root already' })),
      },
      { minProperties: 1, maxProperties: 1, description: 'Exactly one way to become root' },
    ),
  ),
})
export type Connection = Static<typeof Connection>

const partialConnection = Type.Partial(Connection, { additionalProperties: false })

/** A recurring span in which work may start, in a named time zone. */
export const Window = closed({
  days: Type.Array(
    Type.Union(
      ['monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday', 'sunday'].map((d) =>
        Type.Literal(d),
      ),
    ),
    { minItems: 1, uniqueItems: true, description: 'Days on which it opens' },
  ),
  start: Type.String({ pattern: '^([01][0-9]|2[0-3]):[0-5][0-9]$', description: 'Wall clock, HH:MM' }),
  duration: Duration('Elapsed time from start to end; may pass midnight'),
  cutoff: Type.Optional(Duration('No host starts later than this before the end')),
  timeZone: Type.Optional(Type.String({ description: "IANA zone; the estate's when absent" })),
})
export type Window = Static<typeof Window>

/** A span in which nothing starts. */
export const Freeze = closed({
  name: Type.String({ minLength: 1 }),
  from: Type.String({
    pattern: '^\\d{4}-\\d{2}-\\d{2}(T\\d{2}:\\d{2}(:\\d{2})?)?$',
    description: 'Wall clock in timeZone',
  }),
  to: Type.String({ pattern: '^\\d{4}-\\d{2}-\\d{2}(T\\d{2}:\\d{2}(:\\d{2})?)?$', description: 'Exclusive' }),
  timeZone: Type.Optional(Type.String()),
  systems: Type.Optional(Type.Array(Name('System'), { minItems: 1, description: 'All systems when absent' })),
})
export type Freeze = Static<typeof Freeze>

/** A command that takes a host, or the whole system, out of use or back; `{host}` and `{address}` are filled in. */
export const Traffic = closed({
  scope: Type.Union([Type.Literal('host'), Type.Literal('system')], {
    description: 'host: drained from the balancer; system: maintenance page',
  }),
  on: Name('Role whose hosts (of the same ring) run the commands'),
  close: Type.Array(Type.String(), { minItems: 1, description: 'Argument list, run as root' }),
  open: Type.Array(Type.String(), { minItems: 1, description: 'Argument list, run as root' }),
})
export type Traffic = Static<typeof Traffic>

/** What the hosts of a role are and need. */
export const Role = closed({
  after: Type.Optional(Type.Array(Name('Role'), { description: 'Roles patched before this one' })),
  services: Type.Optional(
    Type.Array(Type.String({ pattern: '^[A-Za-z0-9:_.@\\\\-]+$' }), { description: 'systemd units' }),
  ),
  traffic: Type.Optional(Traffic),
  probes: Type.Optional(
    Type.Record(Name('Probe'), Probe, { description: 'Run against each host of the role' }),
  ),
})
export type Role = Static<typeof Role>

/** A machine of a system. */
export const EstateHost = closed({
  ring: Type.Union([Type.Literal('test'), Type.Literal('production')]),
  roles: Type.Array(Name('Role'), { minItems: 1, uniqueItems: true }),
  connection: Type.Optional(partialConnection),
  packages: Type.Optional(
    Type.Union([Type.Literal('apt'), Type.Literal('dnf'), Type.Literal('none')], {
      description:
        'Package manager; default apt. What has no driver stands in the estate, but is never changed.',
    }),
  ),
  note: Type.Optional(Type.String()),
})
export type EstateHost = Static<typeof EstateHost>

/** A database that hosts of a role carry. */
export const Database = closed({
  engine: Type.Union([Type.Literal('postgresql'), Type.Literal('mariadb'), Type.Literal('other')]),
  name: Type.String({ minLength: 1 }),
  primary: Name('Role of the primary'),
  standby: Type.Optional(Name('Role of the standby')),
  port: Type.Optional(Type.Integer({ minimum: 1, maximum: 65535 })),
  version: Type.Optional(Type.String()),
})
export type Database = Static<typeof Database>

/** How patches are rolled out; every absent value comes from the tier. */
export const PatchPolicy = closed({
  waves: Type.Optional(
    Type.Array(Type.Union([Type.Integer({ minimum: 1 }), Type.String({ pattern: '^([1-9][0-9]?|100)%$' })]), {
      minItems: 1,
      description: 'Hosts per wave, number or share of the production hosts; the last repeats',
    }),
  ),
  atOnce: Type.Optional(Type.Integer({ minimum: 1, description: 'Hosts in flight at once' })),
  failureBudget: Type.Optional(
    Type.Integer({ minimum: 1, description: 'Production hosts that may fail, in the worst case' }),
  ),
  soak: Type.Optional(Duration('Time between test passed and production opened')),
  rehearsal: Type.Optional(
    Type.Union(
      [Type.Literal('both'), Type.Literal('snapshot'), Type.Literal('packages'), Type.Literal('none')],
      {
        description: 'Ways back that test hosts go through',
      },
    ),
  ),
  reboot: Type.Optional(Type.Union([Type.Literal('when-needed'), Type.Literal('never')])),
  conffiles: Type.Optional(
    Type.Union([Type.Literal('keep'), Type.Literal('refuse')], {
      description: "keep the admin's file (the package's goes beside it), or refuse a plan with a conflict",
    }),
  ),
  only: Type.Optional(
    Type.Union([Type.Literal('security'), Type.Literal('all')], { description: 'Which updates' }),
  ),
  origins: Type.Optional(
    Type.Array(Type.String(), {
      description: 'Origins (label or origin of the index) that count as security too',
    }),
  ),
  holds: Type.Optional(Type.Array(Type.String(), { description: 'Packages that Upkeep leaves alone' })),
  oldVersions: Type.Optional(
    Type.Union([Type.Literal('required'), Type.Literal('repack'), Type.Literal('go-without')], {
      description: 'When the installed version can not be fetched',
    }),
  ),
  snapshots: Type.Optional(Type.Union([Type.Literal('required'), Type.Literal('go-without')])),
  observe: Type.Optional(Duration('Time that probes must stay good after opening')),
  expected: Type.Optional(Duration('Time per host before anything has been measured')),
  stepLimit: Type.Optional(Duration('Longest time that one step may take on a host')),
})
export type PatchPolicy = Static<typeof PatchPolicy>

/** Where snapshots of the hosts are taken. */
export const SnapshotDriver = closed(
  {
    nspawn: Type.Optional(
      closed({
        directory: Type.String({
          minLength: 1,
          description: 'Where machines, snapshots and start scripts lie',
        }),
      }),
    ),
  },
  { minProperties: 1, maxProperties: 1 },
)
export type SnapshotDriver = Static<typeof SnapshotDriver>

/** A command of the controller that prints `{"time": ISO 8601, "place": text}` of the last good backup. */
export const BackupGate = closed({
  command: Type.Array(Type.String(), { minItems: 1 }),
  maxAge: Duration('Older than this, and no production host starts'),
})
export type BackupGate = Static<typeof BackupGate>

/** One business system. */
export const System = closed({
  title: Type.Optional(Type.String()),
  tier: Type.Union([Type.Literal('core'), Type.Literal('office'), Type.Literal('data')]),
  serviceLevel: Type.Optional(Type.Union([Type.Literal('vip'), Type.Literal('normal')])),
  owner: contactName,
  liaison: Type.Optional(contactName),
  engineers: Type.Optional(
    closed({
      businessSystem: Type.Optional(contactName),
      database: Type.Optional(contactName),
      network: Type.Optional(contactName),
    }),
  ),
  modules: Type.Optional(
    Type.Record(Name('Module'), closed({ critical: Type.Optional(Type.Boolean()) }), {
      description: 'Modules of the system; critical ones soak 14 days',
    }),
  ),
  middleware: Type.Optional(Type.Array(Type.String())),
  interfaces: Type.Optional(Type.Array(Type.String())),
  functions: Type.Optional(Type.Array(Type.String(), { description: 'Business functions, in words' })),
  after: Type.Optional(Type.Array(Name('System'), { description: 'Systems patched before this one' })),
  window: Type.Optional(Name('Name of an entry in `windows`')),
  notice: Type.Optional(Duration('Lead time of the mail to owner and liaison before production')),
  connection: Type.Optional(partialConnection),
  roles: Type.Record(Name('Role'), Role),
  hosts: Type.Record(Name('Host'), EstateHost),
  databases: Type.Optional(Type.Record(Name('Database'), Database)),
  probes: Type.Optional(
    closed({
      test: Type.Optional(Type.Record(Name('Probe'), Probe)),
      production: Type.Optional(Type.Record(Name('Probe'), Probe)),
    }),
  ),
  patch: Type.Optional(PatchPolicy),
  snapshot: Type.Optional(SnapshotDriver),
  backup: Type.Optional(BackupGate),
})
export type System = Static<typeof System>

/** The file that describes what is maintained: systems, hosts, windows, policies, people. */
export const Estate = Type.Object(
  {
    $schema: Type.Optional(Type.String()),
    version: Type.Literal(1),
    name: Name('Name of the estate'),
    timeZone: Type.String({ description: 'IANA zone, for example Asia/Shanghai' }),
    state: Type.Optional(Type.String({ minLength: 1, description: 'Directory of journal, plans and store' })),
    knownHosts: Type.Optional(
      Type.String({ minLength: 1, description: 'OpenSSH known_hosts file with the pinned keys' }),
    ),
    contacts: Type.Record(
      Name('Contact'),
      closed({
        name: Type.String(),
        mail: Type.Optional(Type.String({ pattern: '^[^\\s@<>]+@[^\\s@<>]+$' })),
        phone: Type.Optional(Type.String()),
      }),
    ),
    mail: Type.Optional(closed({ smtp: Type.String({ pattern: '^smtps?://' }), from: Type.String() })),
    jumpHosts: Type.Optional(Type.Record(Name('Jump host'), Connection)),
    connection: Type.Optional(partialConnection),
    windows: Type.Optional(Type.Record(Name('Window'), Window)),
    freezes: Type.Optional(Type.Array(Freeze)),
    tiers: Type.Optional(
      closed({
        core: Type.Optional(PatchPolicy),
        office: Type.Optional(PatchPolicy),
        data: Type.Optional(PatchPolicy),
      }),
    ),
    systems: Type.Record(Name('System'), System),
  },
  { additionalProperties: false, title: 'Upkeep estate' },
)
export type Estate = Static<typeof Estate>
