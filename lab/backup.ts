import { labPaths } from './layout.ts'
import { execMachine } from './machine.ts'

/** What the last good backup of the production ERP is. */
export type LabBackup = { readonly time: string; readonly place: string; readonly bytes: number }

/** Dumps the production ERP to the host `ops` and answers what it now says of its last good backup. */
export async function labBackup(dir?: string): Promise<LabBackup> {
  const ran = await execMachine(
    labPaths(dir),
    'ops',
    'erp-backup && cat /srv/backup/erp/latest.json',
    120_000,
  )
  if (ran.code !== 0) throw new Error(`the backup failed: ${ran.stderr.trim()}`)
  return JSON.parse(ran.stdout) as LabBackup
}
