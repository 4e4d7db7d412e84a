import { type Static, Type } from 'typebox'
import { Account, Region } from './aws.ts'
import { closed, FilePath, Name, OneOf, Secret } from './words.ts'

const arn = '^arn:aws(-cn|-us-gov)?:iam::[0-9]{12}:(user|role)/[A-Za-z0-9+=,.@_/-]+$'

/** How long what was stored can be neither changed nor deleted, and who agreed to it. */
export const Lock = closed(
  {
    mode: OneOf(
      ['governance', 'compliance'],
      'governance: the keeper can lift it; compliance: nobody can, AWS included, before its time is over',
    ),
    days: Type.Integer({
      minimum: 1,
      maximum: 36_500,
      description: 'Days in which an object can be neither changed nor deleted, from when it was stored',
    }),
    bucket: Type.Optional(
      Type.String({
        description: 'For compliance: name of the bucket, typed once more by who agrees to it',
      }),
    ),
    approvedBy: Type.Optional(Name('For compliance: who agreed; name of an entry in contacts')),
    approvedOn: Type.Optional(
      Type.String({
        pattern: '^\\d{4}-\\d{2}-\\d{2}$',
        description: 'For compliance: day of that agreement, YYYY-MM-DD',
      }),
    ),
  },
  { description: 'How long nothing can be deleted; compliance also needs bucket, approvedBy, approvedOn' },
)
export type Lock = Static<typeof Lock>

/** The off-site store of the systems of a tier: a bucket of its own. */
export const Store = closed(
  {
    lock: Lock,
    oldVersionDays: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: 36_500,
        description:
          'Days that overwritten and deleted versions are kept; above the days of the lock; default a week more than those',
      }),
    ),
  },
  { description: 'The off-site store of the systems of a tier' },
)
export type Store = Static<typeof Store>

/** Where backups are kept away from the systems: an account and a region of AWS, one store a tier. */
export const Offsite = closed(
  {
    account: Account('Account of AWS that owns the stores'),
    region: Region('Region of the stores, for example ap-southeast-1'),
    home: Type.Optional(
      Region('Region of AWS in which the systems run, if they do; the stores are in another'),
    ),
    keeper: Type.String({
      pattern: arn,
      description:
        'ARN of the user or role that runs the stack: alone in changing lock, versions, lifecycle, policy',
    }),
    prefix: Type.Optional(
      Type.String({
        pattern: '^[a-z0-9]([a-z0-9-]{0,47}[a-z0-9])?$',
        description:
          'First part of the names of the buckets, unique in all of AWS; default NAME-ACCOUNT with the name of the estate',
      }),
    ),
    stores: closed(
      { core: Type.Optional(Store), office: Type.Optional(Store), data: Type.Optional(Store) },
      { minProperties: 1, description: 'A store for the systems of each tier: core, office, data' },
    ),
    passphrase: Type.Optional(Secret),
    lab: Type.Optional(
      FilePath('For rehearsals only: directory of the cloud of the lab, which then stands for AWS'),
    ),
  },
  { description: 'Where backups are kept away from the systems' },
)
export type Offsite = Static<typeof Offsite>
