import { join } from 'node:path'
import type { LabPaths } from '../layout.ts'

/** The files of the lab's cloud; what lies in `cache` is made once a machine. */
export type CloudPaths = {
  /** What is told to the programs that use the cloud: `lab-cloud.schema.json`; without it there is no cloud. */
  readonly file: string
  readonly dir: string
  readonly cache: string
  readonly pid: string
  readonly log: string
  /** Holds `pulumi-resource-aws`, for PATH. */
  readonly providers: string
  readonly passphrase: string
  /** State of the lab's stacks. */
  readonly stacks: string
}

/** The paths of the cloud of a lab. */
export function cloudPaths({ dir, cache }: Pick<LabPaths, 'dir' | 'cache'>): CloudPaths {
  const cloud = join(dir, 'cloud')
  return {
    dir: cloud,
    cache: join(cache, 'cloud'),
    file: join(cloud, 'cloud.json'),
    pid: join(cloud, 'moto.pid'),
    log: join(cloud, 'moto.log'),
    providers: join(cloud, 'providers'),
    passphrase: join(cloud, 'passphrase'),
    stacks: join(dir, 'state', 'stacks'),
  }
}
