import {
  DeregisterTargetFromMaintenanceWindowCommand,
  DeregisterTaskFromMaintenanceWindowCommand,
  DescribeMaintenanceWindowTargetsCommand,
  GetMaintenanceWindowTaskCommand,
  type MaintenanceWindowResourceType,
  type MaintenanceWindowTaskCutoffBehavior,
  type MaintenanceWindowTaskType,
  RegisterTargetWithMaintenanceWindowCommand,
  RegisterTaskWithMaintenanceWindowCommand,
  type SSMClient,
  type Target,
  UpdateMaintenanceWindowTargetCommand,
  UpdateMaintenanceWindowTaskCommand,
} from '@aws-sdk/client-ssm'
import { unlessGone } from './cloud.ts'
import type { Kind, Taken } from './kind.ts'
import { hasUnknown, isList, objectOf, type Properties, textOf, type Value, written } from './values.ts'

// Whom a window means, and what runs there. Both are parts of their window: it has to be known to read them, so they are
// taken over by WINDOW/PART (the importers in internal/service/ssm).

const gone = 'DoesNotExistException'

function taken(said: string): Taken {
  const [windowId = '', part] = said.split('/')
  return part === undefined ? { id: said, known: {} } : { id: part, known: { windowId } }
}

/** aws:ssm/maintenanceWindowTarget:MaintenanceWindowTarget. Sources: internal/service/ssm/maintenance_window_target.go. */
export const windowTarget: Kind = {
  type: 'aws:ssm/maintenanceWindowTarget:MaintenanceWindowTarget',
  rules: {
    windowId: 'replaces', // ForceNew
    resourceType: 'replaces', // ForceNew
    name: 'replaces', // ForceNew, though the service could change it
    targets: 'updates',
  },
  required: ['windowId', 'resourceType', 'targets'],
  taken,
  // API reference, RegisterTargetWithMaintenanceWindow; moto takes all of it.
  refuses({ name, targets }) {
    if (name !== undefined && !hasUnknown(name) && !/^[a-zA-Z0-9_.-]{3,128}$/.test(written(name)))
      return `Systems Manager takes no target of the name "${written(name)}" (ValidationException)`
    const count = isList(targets) ? targets.length : 1
    return count >= 1 && count <= 5 ? undefined : `Systems Manager takes 1 to 5 targets, not ${count}`
  },
  async make({ ssm }, inputs) {
    const { WindowTargetId = '' } = await ssm.send(
      new RegisterTargetWithMaintenanceWindowCommand({
        WindowId: textOf(inputs['windowId']),
        ResourceType: textOf(inputs['resourceType']) as MaintenanceWindowResourceType,
        Name: textOf(inputs['name']),
        Targets: targetsTo(inputs['targets']),
      }),
    )
    return { id: WindowTargetId }
  },
  async read({ ssm }, id, known) {
    const all = await targetsOf(ssm, written(known['windowId']))
    const found = all.find(({ WindowTargetId }) => WindowTargetId === id)
    if (found === undefined) return null
    return {
      windowId: found.WindowId ?? '',
      resourceType: found.ResourceType ?? '',
      name: found.Name ?? null,
      targets: targetsFrom(found.Targets),
    }
  },
  async change({ ssm }, WindowTargetId, to) {
    const WindowId = textOf(to['windowId'])
    const Targets = targetsTo(to['targets'])
    await ssm.send(new UpdateMaintenanceWindowTargetCommand({ WindowId, WindowTargetId, Targets }))
  },
  async remove({ ssm }, WindowTargetId, known) {
    const WindowId = written(known['windowId'])
    const all = await targetsOf(ssm, WindowId)
    if (!all.some((one) => one.WindowTargetId === WindowTargetId)) return
    await ssm.send(new DeregisterTargetFromMaintenanceWindowCommand({ WindowId, WindowTargetId }))
  },
}

// moto's filters find nothing: all are asked for.
async function targetsOf(ssm: SSMClient, WindowId: string) {
  const asked = ssm.send(new DescribeMaintenanceWindowTargetsCommand({ WindowId }))
  return (await unlessGone(asked, gone))?.Targets ?? []
}

/** aws:ssm/maintenanceWindowTask:MaintenanceWindowTask. Sources: internal/service/ssm/maintenance_window_task.go. */
export const windowTask: Kind = {
  type: 'aws:ssm/maintenanceWindowTask:MaintenanceWindowTask',
  rules: {
    windowId: 'replaces', // ForceNew
    taskType: 'replaces', // ForceNew
    taskArn: 'updates',
    name: 'updates',
    targets: 'updates',
    priority: 'updates',
    maxConcurrency: 'updates',
    maxErrors: 'updates',
    cutoffBehavior: 'updates',
    taskInvocationParameters: 'updates',
  },
  required: ['windowId', 'taskType', 'taskArn'],
  computed: ['windowTaskId'],
  taken,
  refuses: ({ maxConcurrency, maxErrors, taskInvocationParameters }) =>
    refusedRate('concurrency', maxConcurrency, /^([1-9][0-9]*|[1-9][0-9]?%|100%)$/) ??
    refusedRate('errors', maxErrors, /^(0|[1-9][0-9]*|[0-9]%|[1-9][0-9]%|100%)$/) ??
    refusedCommand(taskInvocationParameters),
  async make({ ssm }, inputs) {
    await knowsTargets(ssm, inputs)
    const { WindowTaskId = '' } = await ssm.send(
      new RegisterTaskWithMaintenanceWindowCommand({
        ...task(inputs),
        TaskType: textOf(inputs['taskType']) as MaintenanceWindowTaskType,
      }),
    )
    return { id: WindowTaskId }
  },
  async read({ ssm }, WindowTaskId, known) {
    const WindowId = written(known['windowId'])
    const found = await unlessGone(
      ssm.send(new GetMaintenanceWindowTaskCommand({ WindowId, WindowTaskId })),
      gone,
    )
    if (found === null) return null
    const { TimeoutSeconds, Parameters = {} } = found.TaskInvocationParameters?.RunCommand ?? {}
    return {
      windowId: found.WindowId ?? '',
      windowTaskId: WindowTaskId,
      taskType: found.TaskType ?? '',
      taskArn: found.TaskArn ?? '',
      name: found.Name ?? null,
      targets: targetsFrom(found.Targets),
      priority: found.Priority ?? 0,
      maxConcurrency: found.MaxConcurrency ?? null,
      maxErrors: found.MaxErrors ?? null,
      cutoffBehavior: found.CutoffBehavior ?? null,
      taskInvocationParameters: {
        runCommandParameters: {
          timeoutSeconds: TimeoutSeconds ?? null,
          parameters: Object.keys(Parameters)
            .sort()
            .map((name) => ({ name, values: Parameters[name] ?? [] })),
        },
      },
    }
  },
  async change({ ssm }, WindowTaskId, to) {
    await knowsTargets(ssm, to)
    await ssm.send(new UpdateMaintenanceWindowTaskCommand({ ...task(to), WindowTaskId, Replace: true }))
  },
  async remove({ ssm }, WindowTaskId, known) {
    const WindowId = written(known['windowId'])
    const asked = ssm.send(new GetMaintenanceWindowTaskCommand({ WindowId, WindowTaskId }))
    if ((await unlessGone(asked, gone)) === null) return
    await ssm.send(new DeregisterTaskFromMaintenanceWindowCommand({ WindowId, WindowTaskId }))
  },
}

// API reference, RegisterTaskWithMaintenanceWindow and MaintenanceWindowRunCommandParameters; moto takes all of it.
function refusedRate(what: string, value: Value | undefined, pattern: RegExp): string | undefined {
  if (value === undefined || hasUnknown(value) || pattern.test(written(value))) return undefined
  return `Systems Manager takes no ${what} of "${written(value)}": a number or a percentage (ValidationException)`
}

function refusedCommand(said: Value | undefined): string | undefined {
  const foreign = Object.keys(objectOf(said)).find((name) => name !== 'runCommandParameters')
  if (foreign !== undefined) return `the lab's stand-in for AWS does not know "${foreign}" of a task`
  const { timeoutSeconds, ...rest } = objectOf(objectOf(said)['runCommandParameters'])
  const other = Object.keys(rest).find((name) => name !== 'parameters')
  if (other !== undefined) return `the lab's stand-in for AWS does not know "${other}" of a command`
  return typeof timeoutSeconds === 'number' && (timeoutSeconds < 30 || timeoutSeconds > 2_592_000)
    ? `Systems Manager waits 30 seconds to 30 days, not ${timeoutSeconds} seconds (ValidationException)`
    : undefined
}

// Systems Manager refuses a task on targets that its window does not have; moto takes it.
async function knowsTargets(ssm: SSMClient, inputs: Properties): Promise<void> {
  const ids = (targetsTo(inputs['targets']) ?? []).flatMap(({ Key, Values = [] }) =>
    Key === 'WindowTargetIds' ? Values : [],
  )
  const known = (await targetsOf(ssm, written(inputs['windowId']))).map((one) => one.WindowTargetId)
  const foreign = ids.find((id) => !known.includes(id))
  if (foreign !== undefined)
    throw new Error(`Systems Manager knows no target ${foreign} in this window (ValidationException)`)
}

function task(inputs: Properties) {
  const { timeoutSeconds, parameters } = objectOf(
    objectOf(inputs['taskInvocationParameters'])['runCommandParameters'],
  )
  const cutoff = textOf(inputs['cutoffBehavior'])
  return {
    WindowId: textOf(inputs['windowId']),
    TaskArn: textOf(inputs['taskArn']),
    Name: textOf(inputs['name']),
    Targets: targetsTo(inputs['targets']),
    Priority: Number(inputs['priority'] ?? 0),
    MaxConcurrency: textOf(inputs['maxConcurrency']),
    MaxErrors: textOf(inputs['maxErrors']),
    ...(cutoff === undefined ? {} : { CutoffBehavior: cutoff as MaintenanceWindowTaskCutoffBehavior }),
    TaskInvocationParameters: {
      RunCommand: {
        ...(typeof timeoutSeconds === 'number' ? { TimeoutSeconds: timeoutSeconds } : {}),
        Parameters: Object.fromEntries(
          listOf(parameters).map(({ name, values }) => [written(name), textsOf(values)]),
        ),
      },
    },
  }
}

function targetsTo(value: Value | undefined): Target[] | undefined {
  if (!isList(value)) return undefined
  return listOf(value).map(({ key, values }) => ({ Key: written(key), Values: textsOf(values) }))
}

function targetsFrom(targets: readonly Target[] = []): Value {
  return targets.map(({ Key = '', Values = [] }) => ({ key: Key, values: Values }))
}

function listOf(value: Value | undefined): readonly Properties[] {
  return isList(value) ? value.map(objectOf) : []
}

function textsOf(value: Value | undefined): string[] {
  return isList(value) ? value.map((one) => written(one)) : []
}
