import type { ResolvedEstate } from '../../core/estate/resolved.ts'
import { policyText, type Statement, weakening } from '../policies.ts'
import type { programs } from '../program.ts'
import { hostRows } from './host-rows.ts'
import { identityRows } from './identity-rows.ts'
import { networkRows } from './network-rows.ts'
import { backupPlaces, monitoringPlaces, type Places, windowsPlaces } from './places.ts'
import type { Actions, Place, Row, Rows } from './row.ts'
import { storageRows } from './storage-rows.ts'
import { windowRows } from './window-rows.ts'

type ProgramName = (typeof programs)[number]

/** Most characters of a managed policy; white space is not counted ("IAM and AWS STS quotas"). */
const mostCharacters = 6144

/** The rights that each type of resource takes. */
export const rows: Rows = { ...storageRows, ...identityRows, ...networkRows, ...hostRows, ...windowRows }

const ofBuckets = Object.keys(storageRows).filter((type) => type.startsWith('aws:s3/'))
const isSettings = (type: string) => type === 'aws:s3/bucketObjectv2:BucketObjectv2'
const onlyOfStores = [
  'aws:s3/bucketObjectLockConfiguration:BucketObjectLockConfiguration',
  'aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration',
  'aws:s3/bucketLogging:BucketLogging',
]
const ofWriters = ['aws:iam/user:User', 'aws:iam/userPolicy:UserPolicy', 'aws:iam/accessKey:AccessKey']

/** The types of resources that each program makes. */
export const typesOf: Readonly<Record<ProgramName, readonly string[]>> = {
  backup: [...ofBuckets.filter((type) => !isSettings(type)), 'aws:kms/key:Key', ...ofWriters],
  monitoring: [
    ...ofBuckets.filter((type) => !onlyOfStores.includes(type)),
    ...Object.keys(identityRows).filter((type) => !ofWriters.includes(type)),
    ...Object.keys(networkRows),
    ...Object.keys(hostRows),
  ],
  windows: Object.keys(windowRows),
}

export type DeployPolicyArgs = {
  readonly program: ProgramName
  readonly estate: ResolvedEstate
  /** For a stack whose stores are filled: nothing that makes one, or changes its protection. */
  readonly filled: boolean
}

/**
 * The statements that the identity needs which has the engine make, read, change and remove a program's resources: what the
 * types take (`rows`), where the estate has them (`places.ts`), and denials of what no engine needs and nobody could take back.
 */
export function deployStatements({ program, estate, filled }: DeployPolicyArgs): readonly Statement[] {
  const places = placesOf(program, estate)
  const allowed = new Map<Place, Set<string>>()
  for (const type of typesOf[program])
    for (const part of partsOf(rows[type], filled))
      for (const [place, actions] of Object.entries(part) as [Place, readonly string[]][]) {
        const kept = allowed.get(place) ?? new Set()
        for (const action of actions) kept.add(action)
        allowed.set(place, kept)
      }
  const statements = (Object.keys(places) as Place[]).flatMap((place): readonly Statement[] => {
    const actions = [...(allowed.get(place) ?? [])].sort()
    return actions.length === 0 ? [] : [allowance(places, place, actions)]
  })
  return [...statements, ...denials(places, program, filled)]
}

/** The statements as documents of IAM, each within its limit, in as few as their order lets. */
export function deployDocuments(args: DeployPolicyArgs): readonly string[] {
  const groups: Statement[][] = [[]]
  for (const one of deployStatements(args)) {
    const last = groups.at(-1) ?? []
    if (policyText([...last, one]).length <= mostCharacters) last.push(one)
    else groups.push([one])
  }
  return groups.map(policyText)
}

/** The places of a program for an estate; the estate has what the program makes. */
export function placesOf(program: ProgramName, estate: ResolvedEstate): Places {
  const { offsite, cloudMonitoring, cloudWindows } = estate
  if (program === 'backup' && offsite !== undefined) return backupPlaces(estate, offsite)
  if (program === 'monitoring' && cloudMonitoring !== undefined)
    return monitoringPlaces(estate, cloudMonitoring)
  if (program === 'windows' && cloudWindows !== undefined) return windowsPlaces(estate, cloudWindows)
  throw new Error(`the estate says nothing of ${program}`)
}

function partsOf(row: Row | undefined, filled: boolean): readonly Actions[] {
  if (row === undefined) return []
  const { holdsData, makes, reads, changes = {}, tags = {}, removes = {} } = row
  return filled && holdsData === true ? [reads, tags] : [makes, reads, changes, tags, removes]
}

const isOfObjects = (action: string) => /Object(Version|Retention|LegalHold)$|BypassGovernance/.test(action)

/**
 * What is denied, whatever else the identity is allowed by others, and however things are tagged: to end the lock of what is
 * stored, to delete it, its key or figures. IAM can not tell a shorter lock of a bucket from a longer one, so with `filled` every
 * change of its protection is denied.
 */
function denials(places: Places, program: ProgramName, filled: boolean): readonly Statement[] {
  const of = (place: Place) => places[place]?.resources ?? []
  const deny = (Sid: string, Action: readonly string[], resources: readonly string[]): Statement => ({
    Sid,
    Effect: 'Deny',
    Action: [...Action].sort(),
    Resource: resources.length === 1 ? (resources[0] ?? '') : resources,
  })
  const buckets = filled
    ? weakening.filter((action) => !isOfObjects(action))
    : ['s3:DeleteBucket', 's3:DeleteBucketPolicy', 's3:PutBucketAcl', 's3:PutReplicationConfiguration']
  const stores = deny('KeepBuckets', buckets, of('bucket'))
  switch (program) {
    case 'backup': {
      const objects = [...weakening.filter(isOfObjects), 's3:DeleteObject']
      const keys = ['kms:DisableKey', 'kms:DisableKeyRotation', 'kms:ScheduleKeyDeletion']
      return [
        deny(
          'KeepWhatIsStored',
          objects,
          of('bucket').map((arn) => `${arn}/*`),
        ),
        stores,
        deny('KeepKeys', filled ? [...keys, 'kms:PutKeyPolicy'] : keys, of('key')),
      ]
    }
    case 'monitoring': {
      const volumes = of('ec2').filter((arn) => arn.endsWith(':volume/*'))
      return [stores, deny('KeepFigures', ['ec2:DeleteVolume'], volumes)]
    }
    case 'windows':
      return []
  }
}

function allowance(places: Places, place: Place, Action: readonly string[]): Statement {
  const { resources, condition } = places[place] ?? { resources: [] }
  const Resource = resources.length === 1 ? (resources[0] ?? '') : resources
  const said = { Sid: nameOf(place), Effect: 'Allow', Action, Resource } as const
  return condition === undefined ? said : { ...said, Condition: condition }
}

/** The name of a statement: that of its place, in letters as IAM takes them. */
function nameOf(place: Place): string {
  return place.charAt(0).toUpperCase() + place.slice(1)
}
