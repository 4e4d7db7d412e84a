import { type Static, Type } from 'typebox'
import { Account, Region } from './aws.ts'
import { closed, OneOf, WebUrl } from './words.ts'

/** A network of IPv4 addresses. */
function Network(description: string) {
  return Type.String({
    pattern: '^[0-9]{1,3}(\\.[0-9]{1,3}){3}/[0-9]{1,2}$',
    description: `${description}, such as 10.20.0.0/16`,
  })
}

/** The host in AWS that watches the estate: where it is, from what it is made, whom it asks, who may ask it. */
export const CloudMonitoring = closed(
  {
    account: Account('Account of AWS that has the monitoring host'),
    region: Region('Region of the monitoring host, for example ap-northeast-1'),
    zone: Type.String({
      pattern: '^[a-z]{2}(-[a-z]+)+-[0-9]{1,2}[a-z]$',
      description: 'Availability zone of the host and its data, for example ap-northeast-1a',
    }),
    image: Type.String({
      pattern: '^ami-([0-9a-f]{8}|[0-9a-f]{17})$',
      description:
        'Image of Debian 12 or later with the agent of Systems Manager, by its id: another one makes a new host, so it is named, not looked for',
    }),
    instance: Type.Optional(
      Type.String({
        pattern: '^[a-z][a-z0-9-]*\\.[a-z0-9-]+$',
        description:
          'Type of the host, on Nitro and of the architecture of the image; default t4g.small (arm64)',
      }),
    ),
    network: Type.Optional(Network('Network made for the host, /16 to /28; default 10.213.0.0/24')),
    hosts: Type.Array(Network('A network of hosts of the estate'), {
      minItems: 1,
      maxItems: 10,
      description:
        'Networks in which the hosts of the estate are, as a list: what the monitoring host may ask',
    }),
    open: Type.Optional(
      Type.Array(
        closed(
          {
            to: OneOf(['prometheus', 'alertmanager'], 'What is let in: to pages that ask for no password'),
            from: Network('From where'),
          },
          { description: 'A way in: to, from' },
        ),
        { maxItems: 20, description: 'What may come in, as a list; default: nothing' },
      ),
    ),
    diskGb: Type.Optional(
      Type.Integer({ minimum: 8, maximum: 16_384, description: 'Size of the volume of figures; default 30' }),
    ),
    keepDays: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: 3_650,
        description: 'Days that figures are kept, while the volume has room for them; default 90',
      }),
    ),
    bucket: Type.Optional(
      Type.String({
        pattern: '^[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$',
        description:
          'Bucket for what the host works by, unique in all of AWS; default NAME-ACCOUNT-monitoring with the name of the estate',
      }),
    ),
    runbooks: WebUrl('Address of the folder with a page for each alert (docs/runbooks)'),
  },
  { description: 'The host in AWS that watches the estate' },
)
export type CloudMonitoring = Static<typeof CloudMonitoring>
