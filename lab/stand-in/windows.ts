import {
  AddTagsToResourceCommand,
  CreateMaintenanceWindowCommand,
  DeleteMaintenanceWindowCommand,
  GetMaintenanceWindowCommand,
  ListTagsForResourceCommand,
  RemoveTagsFromResourceCommand,
  type ResourceTypeForTagging,
  type SSMClient,
  UpdateMaintenanceWindowCommand,
} from '@aws-sdk/client-ssm'
import { tagList, tagRecord, unlessGone } from './cloud.ts'
import type { Kind } from './kind.ts'
import { hasUnknown, objectOf, type Properties, textOf, written } from './values.ts'

/** aws:ssm/maintenanceWindow:MaintenanceWindow. Sources: internal/service/ssm/maintenance_window.go, without any ForceNew. */
export const maintenanceWindow: Kind = {
  type: 'aws:ssm/maintenanceWindow:MaintenanceWindow',
  rules: {
    name: 'updates',
    description: 'updates',
    schedule: 'updates',
    scheduleTimezone: 'updates',
    duration: 'updates',
    cutoff: 'updates',
    enabled: 'updates',
    allowUnassociatedTargets: 'updates',
    tags: 'updates',
  },
  required: ['name', 'schedule', 'duration', 'cutoff'],
  defaults: { enabled: true, allowUnassociatedTargets: false },
  computed: ['tagsAll'],
  refuses,
  async make({ ssm }, inputs) {
    const { WindowId = '' } = await ssm.send(
      new CreateMaintenanceWindowCommand({ ...said(inputs), Tags: tagList(objectOf(inputs['tags'])) }),
    )
    if (inputs['enabled'] === false)
      await ssm.send(new UpdateMaintenanceWindowCommand({ WindowId, Enabled: false }))
    return { id: WindowId }
  },
  async read({ ssm }, WindowId) {
    const asked = ssm.send(new GetMaintenanceWindowCommand({ WindowId }))
    const found = await unlessGone(asked, 'DoesNotExistException')
    if (found === null) return null
    const tags = await ssmTags(ssm, 'MaintenanceWindow', WindowId)
    return {
      name: found.Name ?? '',
      description: found.Description ?? null,
      schedule: found.Schedule ?? '',
      scheduleTimezone: found.ScheduleTimezone ?? null,
      duration: found.Duration ?? 0,
      cutoff: found.Cutoff ?? 0,
      enabled: found.Enabled === true,
      allowUnassociatedTargets: found.AllowUnassociatedTargets === true,
      tags,
      tagsAll: tags,
    }
  },
  async change({ ssm }, WindowId, to, from) {
    // Replace: else what is said no more would stay (maintenance_window.go).
    const Enabled = to['enabled'] !== false
    await ssm.send(new UpdateMaintenanceWindowCommand({ ...said(to), WindowId, Enabled, Replace: true }))
    await retag(ssm, 'MaintenanceWindow', WindowId, { from, to })
  },
  async remove({ ssm }, WindowId) {
    await unlessGone(ssm.send(new DeleteMaintenanceWindowCommand({ WindowId })), 'DoesNotExistException')
  },
}

// moto takes any window. Systems Manager's own limits, from the API reference of CreateMaintenanceWindow.
function refuses(inputs: Properties): string | undefined {
  const { name, schedule, duration, cutoff } = inputs
  const of = `Systems Manager takes no maintenance window`
  if (!hasUnknown(name) && !/^[a-zA-Z0-9_.-]{3,128}$/.test(written(name)))
    return `${of} of the name "${written(name)}" (ValidationException)`
  if (!hasUnknown(schedule) && !/^(cron|rate|at)\(.+\)$/.test(written(schedule)))
    return `${of} with the schedule "${written(schedule)}" (ValidationException)`
  if (typeof duration !== 'number' || typeof cutoff !== 'number') return undefined
  if (!Number.isInteger(duration) || duration < 1 || duration > 24)
    return `${of} of ${duration} hours: whole ones, 1 to 24 (ValidationException)`
  if (!Number.isInteger(cutoff) || cutoff < 0 || cutoff >= duration)
    return `${of} of ${duration} hours with a cutoff of ${cutoff}: it has to be less (ValidationException)`
  return undefined
}

function said(inputs: Properties) {
  const zone = textOf(inputs['scheduleTimezone'])
  const text = textOf(inputs['description'])
  return {
    Name: textOf(inputs['name']),
    Schedule: textOf(inputs['schedule']),
    Duration: Number(inputs['duration']),
    Cutoff: Number(inputs['cutoff']),
    AllowUnassociatedTargets: inputs['allowUnassociatedTargets'] === true,
    ...(text === undefined ? {} : { Description: text }),
    ...(zone === undefined ? {} : { ScheduleTimezone: zone }),
  }
}

/** Tags of what Systems Manager has. */
export async function ssmTags(ssm: SSMClient, ResourceType: ResourceTypeForTagging, ResourceId: string) {
  const { TagList } = await ssm.send(new ListTagsForResourceCommand({ ResourceType, ResourceId }))
  return tagRecord(TagList)
}

/** Has the tags of what Systems Manager has as they are said. */
export async function retag(
  ssm: SSMClient,
  ResourceType: ResourceTypeForTagging,
  ResourceId: string,
  { from, to }: { readonly from: Properties; readonly to: Properties },
): Promise<void> {
  const TagKeys = Object.keys(objectOf(from['tags']))
  if (TagKeys.length > 0)
    await ssm.send(new RemoveTagsFromResourceCommand({ ResourceType, ResourceId, TagKeys }))
  const Tags = tagList(objectOf(to['tags']))
  if (Tags.length > 0) await ssm.send(new AddTagsToResourceCommand({ ResourceType, ResourceId, Tags }))
}
