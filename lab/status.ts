import { existsSync } from 'node:fs'
import { cloudStatus, type CloudStatus } from './cloud/status.ts'
import { hasBridge, serverPid } from './controller-side.ts'
import { hostStatus, type HostStatus } from './health.ts'
import { isMounted } from './image.ts'
import { labPaths } from './layout.ts'
import { offered, type LabOffer } from './repository.ts'

export type LabStatus = {
  readonly dir: string
  /** The lab was made to the end, and its pristine state is kept. */
  readonly complete: boolean
  readonly mounted: boolean
  readonly bridge: boolean
  readonly repository: boolean
  readonly offered: readonly LabOffer[]
  readonly hosts: readonly HostStatus[]
  readonly cloud: CloudStatus
}

/** What there is of the lab now; changes nothing. */
export async function labStatus(dir?: string): Promise<LabStatus> {
  const paths = labPaths(dir)
  return {
    dir: paths.dir,
    complete: existsSync(paths.complete),
    mounted: await isMounted(paths),
    bridge: await hasBridge(),
    repository: serverPid(paths) !== undefined,
    offered: offered(paths),
    hosts: await hostStatus(paths),
    cloud: cloudStatus(paths),
  }
}
