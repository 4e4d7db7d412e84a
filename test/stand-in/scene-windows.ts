import { changeCalendarText } from '../../core/calendar/ics.ts'
import { of, type Part, tags } from './scene-part.ts'

const freezes = (name: string) =>
  changeCalendarText(
    'freezes',
    [{ uid: name, summary: name, description: '', startMs: 0, endMs: 3_600_000 }],
    0,
  )

const command = (timeoutSeconds: number) => ({
  runCommandParameters: {
    timeoutSeconds,
    parameters: [
      { name: 'commands', values: ['true'] },
      { name: 'executionTimeout', values: ['60'] },
    ],
  },
})

/** What the program `windows` makes, by name. */
export const windowScene: Readonly<Record<string, Part>> = {
  window: {
    type: 'aws:ssm/maintenanceWindow:MaintenanceWindow',
    says: () => ({
      name: 'upkeep_test_erp',
      description: 'Window of erp',
      schedule: 'cron(0 30 22 ? * SAT,SUN *)',
      scheduleTimezone: 'Asia/Shanghai',
      duration: 6,
      cutoff: 2,
      enabled: true,
      allowUnassociatedTargets: false,
      tags,
    }),
    changes: {
      name: 'upkeep_test_other',
      description: null,
      schedule: 'cron(0 0 3 ? * MON *)',
      scheduleTimezone: 'Europe/Berlin',
      duration: 5,
      cutoff: 1,
      enabled: false,
      allowUnassociatedTargets: true,
      tags: { other: 'one' },
    },
    replaces: {},
  },
  target: {
    type: 'aws:ssm/maintenanceWindowTarget:MaintenanceWindowTarget',
    says: (ids) => ({
      windowId: of('window')(ids),
      name: 'controller',
      resourceType: 'INSTANCE',
      targets: [{ key: 'tag:upkeep:controller', values: ['test'] }],
    }),
    changes: { targets: [{ key: 'tag:Role', values: ['a', 'b'] }] },
    replaces: { windowId: 'mw-0', name: 'hosts', resourceType: 'RESOURCE_GROUP' },
    taken: (ids) => `${of('window')(ids)}/${of('target')(ids)}`,
  },
  task: {
    type: 'aws:ssm/maintenanceWindowTask:MaintenanceWindowTask',
    says: (ids) => ({
      windowId: of('window')(ids),
      name: 'nudge',
      taskType: 'RUN_COMMAND',
      taskArn: 'AWS-RunShellScript',
      targets: [{ key: 'WindowTargetIds', values: [of('target')(ids)] }],
      priority: 1,
      maxConcurrency: '1',
      maxErrors: '0',
      cutoffBehavior: 'CANCEL_TASK',
      taskInvocationParameters: command(600),
    }),
    changes: {
      name: 'scan',
      taskArn: 'AWS-RunPatchBaseline',
      priority: 2,
      maxConcurrency: '10%',
      maxErrors: '10%',
      cutoffBehavior: 'CONTINUE_TASK',
      taskInvocationParameters: command(300),
    },
    replaces: { windowId: 'mw-0', taskType: 'AUTOMATION' },
    taken: (ids) => `${of('window')(ids)}/${of('task')(ids)}`,
  },
  calendar: {
    type: 'aws:ssm/document:Document',
    says: () => ({
      name: 'upkeep_test_erp',
      documentType: 'ChangeCalendar',
      documentFormat: 'TEXT',
      content: freezes('year-end'),
      tags,
    }),
    changes: { content: freezes('audit'), tags: { other: 'one' } },
    // Systems Manager takes no content a second time (DuplicateDocumentContent).
    stays: { content: freezes('other') },
    replaces: { name: 'upkeep_test_oa' },
  },
}
