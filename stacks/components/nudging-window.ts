import * as aws from '@pulumi/aws'
import * as pulumi from '@pulumi/pulumi'
import type { ResolvedCloudWindow } from '../../core/estate/resolved.ts'
import { cloudName } from '../../core/estate/cloud-windows.ts'
import { command } from './command.ts'

export type NudgingWindowArgs = {
  /** Name of the estate: the value of the controller's tag. */
  readonly estate: string
  readonly window: ResolvedCloudWindow
  readonly systemTag: string
  readonly controllerTag: string
  /** Unit of the controller that goes on with rollouts. */
  readonly nudged: string
  readonly tags: Readonly<Record<string, string>>
}

/**
 * A maintenance window of a system. When it opens, the controller is nudged to go on with rollouts, and the system's nodes
 * are scanned for missing patches. Beside it stands the calendar of its freezes, for automation of others. It installs nothing: what is done, and when, the gates of the controller decide.
 */
export class NudgingWindow extends pulumi.ComponentResource {
  readonly windowId: pulumi.Output<string>

  constructor(name: string, args: NudgingWindowArgs, opts?: pulumi.ComponentResourceOptions) {
    super('upkeep:windows:NudgingWindow', name, args, opts)
    const { estate, systemTag, controllerTag, nudged, tags } = args
    const { system, cron, timeZone, durationHours, cutoffHours, freezes } = args.window
    const child = { parent: this }
    const window = new aws.ssm.MaintenanceWindow(
      name,
      {
        name: cloudName(estate, system),
        description: `Window of ${system}: nudges Upkeep, whose gates decide; scans; installs nothing`,
        schedule: cron,
        scheduleTimezone: timeZone,
        duration: durationHours,
        cutoff: cutoffHours,
        enabled: true,
        allowUnassociatedTargets: false,
        tags,
      },
      child,
    )
    const nodes = (what: string, tag: string, value: string) =>
      new aws.ssm.MaintenanceWindowTarget(
        `${name}-${what}`,
        {
          windowId: window.id,
          name: what,
          resourceType: 'INSTANCE',
          // By tag: a list of instances holds ten at most, and forgets new ones.
          targets: [{ key: `tag:${tag}`, values: [value] }],
        },
        child,
      )
    command(
      `${name}-nudge`,
      {
        window,
        name: 'nudge',
        target: nodes('controller', controllerTag, estate),
        document: 'AWS-RunShellScript',
        parameters: { commands: `systemctl start --no-block ${nudged}`, executionTimeout: '60' },
        // One after the other: of several controllers only one holds the lease.
        atOnce: '1',
        mostErrors: '0',
      },
      this,
    )
    command(
      `${name}-scan`,
      {
        window,
        name: 'scan',
        target: nodes('hosts', systemTag, system),
        document: 'AWS-RunPatchBaseline',
        parameters: { Operation: 'Scan', RebootOption: 'NoReboot' },
        atOnce: '10%',
        mostErrors: '10%',
      },
      this,
    )
    new aws.ssm.Document(
      `${name}-freezes`,
      {
        name: cloudName(estate, system),
        documentType: 'ChangeCalendar',
        documentFormat: 'TEXT',
        content: freezes,
        tags,
      },
      child,
    )
    this.windowId = window.id
    this.registerOutputs({ windowId: this.windowId })
  }
}
