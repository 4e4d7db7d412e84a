import * as aws from '@pulumi/aws'
import type * as pulumi from '@pulumi/pulumi'

export type CommandArgs = {
  readonly window: aws.ssm.MaintenanceWindow
  readonly name: string
  readonly target: aws.ssm.MaintenanceWindowTarget
  /** Name of a document of AWS. */
  readonly document: 'AWS-RunShellScript' | 'AWS-RunPatchBaseline'
  /** One value each. */
  readonly parameters: Readonly<Record<string, string>>
  /** Number or share of the nodes: how many are at it at the same time, and how many may fail before no more begin. */
  readonly atOnce: string
  readonly mostErrors: string
}

/** Seconds after which a node that was out of reach gets the command no more: well within the shortest window of an hour. */
const deliverySeconds = 600

/** A command that nodes run when a window opens; what is not done at its cutoff is called off. */
export function command(name: string, args: CommandArgs, parent: pulumi.Resource): void {
  const { window, target, parameters } = args
  new aws.ssm.MaintenanceWindowTask(
    name,
    {
      windowId: window.id,
      name: args.name,
      taskType: 'RUN_COMMAND',
      taskArn: args.document,
      targets: [{ key: 'WindowTargetIds', values: [target.id] }],
      // The same for all: none waits for another.
      priority: 1,
      maxConcurrency: args.atOnce,
      maxErrors: args.mostErrors,
      cutoffBehavior: 'CANCEL_TASK',
      taskInvocationParameters: {
        runCommandParameters: {
          timeoutSeconds: deliverySeconds,
          // In the order in which the service gives them back.
          parameters: Object.entries(parameters)
            .toSorted(([a], [b]) => (a < b ? -1 : 1))
            .map(([key, value]) => ({ name: key, values: [value] })),
        },
      },
    },
    { parent },
  )
}
