import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Deployment } from '@pulumi/pulumi/automation/index.js'

/** Who works on a stack, as the engine writes it into a state that is a directory. */
export type Lock = { readonly pid: number; readonly hostname: string }

/** The lock of a stack; `null` without one, and where the state is no directory of this machine. */
export function lockOf(work: {
  readonly stack: string
  readonly env: Readonly<Record<string, string>>
}): Lock | null {
  const backend = work.env['PULUMI_BACKEND_URL'] ?? ''
  if (!backend.startsWith('file://')) return null
  const directory = join(fileURLToPath(backend), '.pulumi/locks/organization/upkeep', work.stack)
  try {
    const [file] = readdirSync(directory).filter((name) => name.endsWith('.json'))
    if (file === undefined) return null
    const { pid, hostname } = JSON.parse(readFileSync(join(directory, file), 'utf8')) as Partial<Lock>
    return typeof pid === 'number' && typeof hostname === 'string' ? { pid, hostname } : null
  } catch {
    return null
  }
}

type Resource = {
  readonly urn: string
  readonly type: string
  readonly id?: string
  readonly inputs?: Readonly<Record<string, unknown>>
  readonly outputs?: Readonly<Record<string, unknown>>
}
type State = {
  readonly resources?: readonly Resource[]
  readonly pending_operations?: readonly { readonly type: string; readonly resource: Resource }[]
}
type Tags = Readonly<Record<string, unknown>>

/** A resource that is taken for made until it was looked for, with the tags that it would have been given. */
export type Adopted = {
  readonly urn: string
  readonly type: string
  readonly id: string
  readonly tags: Tags
}

/** Property that is the id of a resource in AWS: by it one that may have been made can be looked for. */
const idIn: Readonly<Record<string, string>> = {
  'aws:s3/bucket:Bucket': 'bucket',
  'aws:iam/user:User': 'name',
  'aws:iam/role:Role': 'name',
  'aws:iam/instanceProfile:InstanceProfile': 'name',
  'aws:cloudwatch/metricAlarm:MetricAlarm': 'name',
  'aws:ssm/document:Document': 'name',
}

/** Types that are put, not made: to put them again is the same. */
const isPut = /^aws:(s3\/bucket[A-Z]|iam\/(user|role)Policy:|sns\/topicPolicy)/

/**
 * A state with nothing pending: what was being made and has a name of its own is taken for made, so that the next
 * reading finds it or drops it; what can not be looked for is told (`forgotten`), and what was being made in the place of
 * another that the state knows. `null` when nothing was pending.
 */
export function unfinished(exported: Deployment): {
  readonly deployment: Deployment | null
  readonly adopted: readonly Adopted[]
  readonly forgotten: readonly string[]
} {
  const state = stateOf(exported)
  const pending = state.pending_operations ?? []
  if (pending.length === 0) return { deployment: null, adopted: [], forgotten: [] }
  const known = state.resources ?? []
  const creating = pending.filter(({ type }) => type === 'creating').map(({ resource }) => resource)
  const isKnown = (one: Resource) => known.some(({ urn }) => urn === one.urn)
  const taken = creating.flatMap((resource) => {
    const id = idOf(resource)
    return typeof id === 'string' && !isKnown(resource) ? [{ ...resource, id }] : []
  })
  const forgotten = creating
    .filter((one) => !isPut.test(one.type) && !taken.some(({ urn }) => urn === one.urn))
    // With the id of the one that the state knows it is that one; without, it would stand beside it.
    .filter((one) => !known.some(({ urn, id }) => urn === one.urn && id === idOf(one)))
    .map(({ urn }) => urn)
  const resources = [...known, ...taken]
  return {
    deployment: { ...exported, deployment: { ...state, resources, pending_operations: [] } },
    adopted: taken.map(({ urn, type, id, inputs }) => ({ urn, type, id, tags: tagsIn(inputs) })),
    forgotten,
  }
}

/** Those that were taken for made and do not bear the tags of this stack: another one may have made them. */
export function strangers(read: Deployment, adopted: readonly Adopted[]): readonly Adopted[] {
  const all = stateOf(read).resources ?? []
  return adopted.filter(({ urn, id, tags }) => {
    const found = all.find((one) => one.urn === urn && one.id === id)
    if (found === undefined) return false
    const marks = Object.entries(tags).filter(([name]) => name.startsWith('upkeep:'))
    const now = tagsIn(found.outputs)
    return marks.length === 0 || marks.some(([name, value]) => now[name] !== value)
  })
}

/** A state without some of its resources. */
export function without(exported: Deployment, gone: readonly Adopted[]): Deployment {
  const state = stateOf(exported)
  const resources = (state.resources ?? []).filter(
    (one) => !gone.some(({ urn, id }) => urn === one.urn && id === one.id),
  )
  return { ...exported, deployment: { ...state, resources } }
}

function idOf({ type, inputs }: Resource): unknown {
  return inputs?.[idIn[type] ?? '']
}

function tagsIn(properties: Resource['inputs']): Tags {
  const tags = properties?.['tags']
  return typeof tags === 'object' && tags !== null ? (tags as Tags) : {}
}

function stateOf(exported: Deployment): State {
  return exported.deployment as State
}
