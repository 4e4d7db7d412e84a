import type { Rows } from './row.ts'

/** Maintenance windows, whom they mean, what runs, and calendars. */
export const windowRows: Rows = {
  'aws:ssm/maintenanceWindow:MaintenanceWindow': {
    source: 'internal/service/ssm/maintenance_window.go',
    makes: { newWindow: ['ssm:CreateMaintenanceWindow'], untaggedWindow: ['ssm:AddTagsToResource'] },
    reads: { window: ['ssm:GetMaintenanceWindow', 'ssm:ListTagsForResource'] },
    changes: { window: ['ssm:UpdateMaintenanceWindow'] },
    tags: { window: ['ssm:AddTagsToResource', 'ssm:RemoveTagsFromResource'] },
    removes: { window: ['ssm:DeleteMaintenanceWindow'] },
  },
  'aws:ssm/maintenanceWindowTarget:MaintenanceWindowTarget': {
    source: 'internal/service/ssm/maintenance_window_target.go',
    makes: { window: ['ssm:RegisterTargetWithMaintenanceWindow'] },
    reads: { window: ['ssm:DescribeMaintenanceWindowTargets'] },
    changes: {
      window: ['ssm:UpdateMaintenanceWindowTarget'],
      windowPart: ['ssm:UpdateMaintenanceWindowTarget'],
    },
    removes: {
      window: ['ssm:DeregisterTargetFromMaintenanceWindow'],
      windowPart: ['ssm:DeregisterTargetFromMaintenanceWindow'],
    },
  },
  'aws:ssm/maintenanceWindowTask:MaintenanceWindowTask': {
    source: 'internal/service/ssm/maintenance_window_task.go',
    // A task without a role of its own runs by that of the service, which is made with the first (AWS Systems Manager,
    // "Using service-linked roles").
    makes: {
      window: ['ssm:RegisterTaskWithMaintenanceWindow'],
      serviceRole: ['iam:CreateServiceLinkedRole'],
    },
    reads: { window: ['ssm:GetMaintenanceWindowTask'] },
    changes: {
      window: ['ssm:UpdateMaintenanceWindowTask'],
      windowPart: ['ssm:UpdateMaintenanceWindowTask'],
    },
    removes: {
      window: ['ssm:DeregisterTaskFromMaintenanceWindow'],
      windowPart: ['ssm:DeregisterTaskFromMaintenanceWindow'],
    },
  },
  'aws:ssm/document:Document': {
    source: 'internal/service/ssm/document.go',
    makes: { calendar: ['ssm:AddTagsToResource', 'ssm:CreateDocument'] },
    reads: {
      calendar: [
        'ssm:DescribeDocument',
        'ssm:DescribeDocumentPermission',
        'ssm:GetDocument',
        'ssm:ListTagsForResource',
      ],
    },
    changes: { calendar: ['ssm:UpdateDocument', 'ssm:UpdateDocumentDefaultVersion'] },
    tags: { calendar: ['ssm:AddTagsToResource', 'ssm:RemoveTagsFromResource'] },
    removes: { calendar: ['ssm:DeleteDocument'] },
  },
}
