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
}
type State = {
  readonly resources?: readonly Resource[]
  readonly pending_operations?: readonly { readonly type: string; readonly resource: Resource }[]
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
 * reading finds it or drops it; what can not be looked for is told (`forgotten`). `null` when nothing was pending.
 */
export function unfinished(exported: Deployment): {
  readonly deployment: Deployment | null
  readonly adopted: readonly Resource[]
  readonly forgotten: readonly string[]
} {
  const state = exported.deployment as State
  const pending = state.pending_operations ?? []
  if (pending.length === 0) return { deployment: null, adopted: [], forgotten: [] }
  const known = new Set((state.resources ?? []).map(({ urn }) => urn))
  const creating = pending
    .filter(({ type, resource }) => type === 'creating' && !known.has(resource.urn))
    .map(({ resource }) => resource)
  const adopted = creating.flatMap((resource): Resource[] => {
    const id = resource.inputs?.[idIn[resource.type] ?? '']
    return typeof id === 'string' ? [{ ...resource, id }] : []
  })
  const forgotten = creating
    .filter(({ urn, type }) => !isPut.test(type) && !adopted.some((one) => one.urn === urn))
    .map(({ urn }) => urn)
  const deployment = {
    ...exported,
    deployment: { ...state, resources: [...(state.resources ?? []), ...adopted], pending_operations: [] },
  }
  return { deployment, adopted, forgotten }
}
