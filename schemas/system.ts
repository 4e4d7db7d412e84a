import { type Static, Type } from 'typebox'
import { Cleanup } from './cleanup.ts'
import { Connection, SharedConnection } from './connection.ts'
import { PatrolPolicy } from './patrol.ts'
import { PatchPolicy } from './policy.ts'
import { Probe } from './probe.ts'
import { ArgumentList, closed, Duration, FilePath, Line, Name, Named, OneOf, Prose } from './words.ts'

const contactName = (who: string) => Name(`${who}; name of an entry in contacts`)
const argumentList = (what: string) => ArgumentList(`Argument list: ${what}`)

/** A command that takes a host, or the whole system, out of use or back; `{host}` and `{address}` are filled in. */
export const Traffic = closed(
  {
    scope: OneOf(['host', 'system'], 'host: drained from the balancer; system: maintenance page'),
    on: Name('Role whose hosts (of the same ring) run the commands'),
    close: argumentList('takes out of use, run as root; {host} and {address} are filled in'),
    open: argumentList('puts back into use, run as root; {host} and {address} are filled in'),
  },
  { description: 'How a host, or the whole system, is taken out of use and put back' },
)
export type Traffic = Static<typeof Traffic>

/** What the hosts of a role are and need. */
export const Role = closed(
  {
    after: Type.Optional(
      Type.Array(Name('Name of a role'), { description: 'Roles patched before this one' }),
    ),
    services: Type.Optional(
      Type.Array(
        Type.String({
          pattern: '^[A-Za-z0-9:_.@\\\\][A-Za-z0-9:_.@\\\\-]*$',
          description: 'Name of a systemd unit',
        }),
        {
          description: 'systemd units that must run',
        },
      ),
    ),
    traffic: Type.Optional(Traffic),
    stateless: Type.Optional(
      Type.Boolean({
        description:
          'true: hosts keep nothing that may not be lost, so a snapshot may be put back while they are in use',
      }),
    ),
    probes: Type.Optional(Named('Probe', Probe, 'Run against each host of the role')),
  },
  { description: 'What the hosts of a role are and need; {} when there is nothing to say' },
)
export type Role = Static<typeof Role>

/** A machine of a system. */
export const EstateHost = closed(
  {
    ring: OneOf(['test', 'production'], 'Patches go to test first'),
    roles: Type.Array(Name('Name of a role of the system'), {
      minItems: 1,
      uniqueItems: true,
      description: 'What the host does, as a list',
    }),
    connection: Type.Optional(Connection),
    packages: Type.Optional(
      OneOf(
        ['apt', 'dnf', 'none'],
        'Package manager; default apt. What has no driver stands in the estate, but is never changed.',
      ),
    ),
    outsideSnapshot: Type.Optional(
      Type.Array(
        Type.String({ pattern: '^/[^\\x00-\\x1f]*$', description: 'Absolute path of a mount on the host' }),
        {
          uniqueItems: true,
          description:
            'Mounts that a snapshot of the host may leave out: they stay as they are when it is put back. Any other refuses the plan',
        },
      ),
    ),
    note: Type.Optional(Prose('For people')),
  },
  { description: 'A machine of the system' },
)
export type EstateHost = Static<typeof EstateHost>

/** A database that hosts of a role carry. */
export const Database = closed(
  {
    engine: OneOf(['postgresql', 'mariadb', 'other'], 'Kind of engine'),
    name: Line('Name of the database in its engine'),
    primary: Name('Role of the primary'),
    standby: Type.Optional(Name('Role of the standby')),
    port: Type.Optional(
      Type.Integer({ minimum: 1, maximum: 65535, description: "Default: the engine's own" }),
    ),
    version: Type.Optional(Line('Major version, as text: "15"')),
    exporter: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: 65535,
        description: 'For PostgreSQL: port of prometheus-postgres-exporter on the hosts of the database',
      }),
    ),
  },
  { description: 'A database that hosts of a role carry' },
)
export type Database = Static<typeof Database>

/** Where snapshots of the hosts are taken. */
export const SnapshotDriver = closed(
  {
    nspawn: Type.Optional(
      closed(
        {
          directory: FilePath('Where machines, snapshots and start scripts lie; from the estate file'),
        },
        { description: 'btrfs subvolumes under systemd-nspawn, on this machine' },
      ),
    ),
  },
  { minProperties: 1, maxProperties: 1, description: 'Exactly one driver: nspawn' },
)
export type SnapshotDriver = Static<typeof SnapshotDriver>

/** A command of the controller that prints `{"time": ISO 8601, "place": text}` of the last good backup. */
const BackupGate = closed(
  {
    command: argumentList('prints {"time": ISO 8601, "place": text} of the last good backup'),
    maxAge: Duration('Older than this, and no production host starts'),
  },
  { description: 'Tells time and place of the last good backup' },
)
type BackupGate = Static<typeof BackupGate>

/** One business system. */
export const System = closed(
  {
    title: Type.Optional(Line('Name for people')),
    tier: OneOf(['core', 'office', 'data'], 'Sets the defaults of soak, notice, waves, ...'),
    serviceLevel: Type.Optional(OneOf(['vip', 'normal'], 'How fast people are served; default normal')),
    owner: contactName('Answers for the system'),
    liaison: Type.Optional(contactName('Speaks for the users')),
    engineers: Type.Optional(
      closed(
        {
          businessSystem: Type.Optional(contactName('Engineer of the application')),
          database: Type.Optional(contactName('Engineer of the databases')),
          network: Type.Optional(contactName('Engineer of the network')),
        },
        { description: 'Engineers by role' },
      ),
    ),
    modules: Type.Optional(
      Named(
        'Module',
        closed(
          {
            critical: Type.Optional(
              Type.Boolean({ description: 'true: finance, supply chain and the like' }),
            ),
          },
          { description: 'A module; {} when there is nothing to say' },
        ),
        'Modules of the system; with a critical one, patches soak 14 days',
      ),
    ),
    middleware: Type.Optional(Type.Array(Prose('In words'), { description: 'Middleware, in words' })),
    interfaces: Type.Optional(Type.Array(Prose('In words'), { description: 'Interfaces, in words' })),
    functions: Type.Optional(Type.Array(Prose('In words'), { description: 'Business functions, in words' })),
    after: Type.Optional(
      Type.Array(Name('Name of an entry in systems'), { description: 'Systems patched before this one' }),
    ),
    window: Type.Optional(Name('Name of an entry in windows')),
    notice: Type.Optional(Duration('Lead time of the mail to owner and liaison before production')),
    connection: Type.Optional(SharedConnection),
    roles: Named('Role', Role, 'What hosts of the system do'),
    hosts: Named('Host', EstateHost, 'Machines of the system, by host name'),
    databases: Type.Optional(Named('Database', Database, 'Databases of the system')),
    probes: Type.Optional(
      closed(
        {
          test: Type.Optional(Named('Probe', Probe, 'Show that the test ring works')),
          production: Type.Optional(Named('Probe', Probe, 'Show that production works')),
        },
        { description: 'Show that the system works as a whole, by ring' },
      ),
    ),
    patch: Type.Optional(PatchPolicy),
    cleanup: Type.Optional(Cleanup),
    patrol: Type.Optional(PatrolPolicy),
    snapshot: Type.Optional(SnapshotDriver),
    backup: Type.Optional(BackupGate),
  },
  { description: 'One business system' },
)
export type System = Static<typeof System>
