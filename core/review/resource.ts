import { nameText, type Properties } from './value.ts'

/** What one resource is before or after a change. */
export type Side = {
  readonly properties: Properties
  readonly protect: boolean
  readonly retainOnDelete: boolean
}

/** What a stack would do to one resource; a replacement is one change, however many steps the engine makes of it. */
export type ResourceChange = {
  readonly operation: 'create' | 'update' | 'replace' | 'delete'
  readonly urn: string
  /** Type without package and version (`s3/bucketVersioning`); for other providers than AWS the whole type. */
  readonly kind: string
  readonly type: string
  readonly name: string
  /** Types of the components around it, outermost first. */
  readonly within: readonly string[]
  /** Null where there is none, or where the engine gave none: then `isWhole` is false. */
  readonly before: Side | null
  readonly after: Side | null
  readonly isWhole: boolean
  /** Properties that differ, by their first key. */
  readonly changed: ReadonlySet<string>
  /** Properties that force a replacement. */
  readonly forcedBy: readonly string[]
}

/** The parts of a URN; null for what is none. Only the name, which comes last, may hold the separator. */
export function partsOfUrn(urn: string): Pick<ResourceChange, 'kind' | 'type' | 'name' | 'within'> | null {
  const [head, project, types, ...rest] = urn.split('::')
  const isUrn = head?.startsWith('urn:pulumi:') === true && project !== undefined && rest.length > 0
  if (!isUrn || types === undefined || types === '') return null
  const within = types.split('$')
  const type = within.pop() ?? ''
  return { kind: kindOf(type), type, name: rest.join('::'), within }
}

function kindOf(type: string): string {
  const kind = /^aws:([a-z0-9]{1,40}\/[A-Za-z0-9]{1,80}):/.exec(type)?.[1]
  return kind === undefined ? type : kind.replace(/V2$/, '')
}

/** A resource for people: `BucketVersioning "offsite-core-versions"`. */
export function named({ type, name }: Pick<ResourceChange, 'type' | 'name'>): string {
  return `${nameText(type.split(':').at(-1) ?? type).slice(1, -1)} ${nameText(name)}`
}

/** Whether something is taken out of the cloud, and does not stay there although it leaves the stack. */
export function isRemoved({ operation, before }: ResourceChange): boolean {
  return operation === 'delete' && before?.retainOnDelete !== true
}

/** The properties before and after; null where a change does not touch what is in the cloud, or has no such side. */
export function sides(change: ResourceChange): {
  readonly was: Properties | null
  readonly becomes: Properties | null
} {
  // What is retained stays in the account as it is.
  const stays = change.operation === 'delete' && !isRemoved(change)
  return {
    was: stays ? null : (change.before?.properties ?? null),
    becomes: stays ? null : (change.after?.properties ?? null),
  }
}
