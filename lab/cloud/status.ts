import { existsSync } from 'node:fs'
import type { LabPaths } from '../layout.ts'
import { enginePath } from './engine.ts'
import { cloudPaths } from './layout.ts'
import { runningMoto } from './moto.ts'

/** What there is of the cloud: the engine that the lab brought, and where moto answers. */
export type CloudStatus = { readonly engine: string | null; readonly moto: string | null }

/** What there is of the cloud now; changes nothing. */
export function cloudStatus(lab: LabPaths): CloudStatus {
  const paths = cloudPaths(lab)
  const engine = enginePath(paths)
  return { engine: existsSync(engine) ? engine : null, moto: runningMoto(paths)?.url ?? null }
}
