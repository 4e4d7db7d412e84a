import { type Static, Type } from 'typebox'
import { Cleanup } from './cleanup.ts'
import { CloudMonitoring } from './cloud-monitoring.ts'
import { CloudWindows } from './cloud-windows.ts'
import { JumpHost, SharedConnection } from './connection.ts'
import { Heads } from './heads.ts'
import { Offsite } from './offsite.ts'
import { PatrolPolicy } from './patrol.ts'
import { PatchPolicy } from './policy.ts'
import { Schedules } from './schedule.ts'
import { System } from './system.ts'
import { closed, FilePath, Line, Name, Named, Secret, MailUrl } from './words.ts'
import { Freeze, Window } from './window.ts'

// What stands in a header of a mail: no list of addresses, no quoting, no line break.
const mailAddress = "[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@[A-Za-z0-9.-]+"

/** A person or a group that is told. */
export const Contact = closed(
  {
    name: Line('Name for people'),
    mail: Type.Optional(
      Type.String({ pattern: `^${mailAddress}$`, description: 'Mail address: somebody@example.com' }),
    ),
    phone: Type.Optional(Line('As text, in quotes: "+86 21 5555 0100"')),
  },
  { description: 'A person or a group that is told' },
)
export type Contact = Static<typeof Contact>

/** The server that mails leave through. */
export const Mail = closed(
  {
    smtp: MailUrl('smtp://host:port or smtps://host:port, without user and password'),
    from: Type.String({
      pattern: `^(${mailAddress}|[^<>@,;:"\\\\\\u0000-\\u001f\\u007f-\\u009f\\u200b-\\u200f\\u2028-\\u202e\\u2060-\\u206f]*<${mailAddress}>)$`,
      description: 'Address of the sender: somebody@example.com, or Name <somebody@example.com>',
    }),
    user: Type.Optional(Line('Log-in name, where the server asks for one')),
    password: Type.Optional(Secret),
  },
  { description: 'The server that mails leave through; no mails when absent' },
)
export type Mail = Static<typeof Mail>

/** Own defaults for the systems of a tier: the keys of `patch:`, and `cleanup:`. */
const TierDefaults = closed(
  { ...PatchPolicy.properties, cleanup: Type.Optional(Cleanup) },
  { description: 'How patches are rolled out, and what is cleaned up' },
)
type TierDefaults = Static<typeof TierDefaults>

/** The file that describes what is maintained: systems, hosts, windows, policies, people. */
export const Estate = closed(
  {
    $schema: Type.Optional(Type.String({ description: 'For editors' })),
    version: Type.Literal(1, { description: 'Version of this format: 1' }),
    name: Name('Name of the estate'),
    timeZone: Type.String({ description: 'IANA zone, for example Asia/Shanghai' }),
    state: Type.Optional(
      FilePath('Directory of journal, plans and store, from the estate file; default ./state'),
    ),
    knownHosts: Type.Optional(
      FilePath('OpenSSH known_hosts file with the pinned keys, from the estate file; default ./known_hosts'),
    ),
    journal: Type.Optional(
      closed({ heads: Type.Optional(Heads) }, { description: 'How the journal is kept beyond doubt' }),
    ),
    contacts: Named('Contact', Contact, 'People, by a short name'),
    mail: Type.Optional(Mail),
    jumpHosts: Type.Optional(Named('Jump host', JumpHost, 'Machines between the controller and hosts')),
    connection: Type.Optional(SharedConnection),
    windows: Type.Optional(Named('Window', Window, 'Recurring spans in which work may start')),
    freezes: Type.Optional(Type.Array(Freeze, { description: 'Spans in which nothing starts, as a list' })),
    tiers: Type.Optional(
      closed(
        {
          core: Type.Optional(TierDefaults),
          office: Type.Optional(TierDefaults),
          data: Type.Optional(TierDefaults),
        },
        { description: 'Own defaults for the systems of a tier' },
      ),
    ),
    patrol: Type.Optional(
      closed(
        {
          core: Type.Optional(PatrolPolicy),
          office: Type.Optional(PatrolPolicy),
          data: Type.Optional(PatrolPolicy),
        },
        { description: 'What inspections hold the hosts of a tier against' },
      ),
    ),
    schedule: Type.Optional(Schedules),
    offsite: Type.Optional(Offsite),
    cloudWindows: Type.Optional(CloudWindows),
    cloudMonitoring: Type.Optional(CloudMonitoring),
    systems: Named('System', System, 'Business systems'),
  },
  { title: 'Upkeep estate', description: 'What is maintained: systems, hosts, windows, policies, people' },
)
export type Estate = Static<typeof Estate>
