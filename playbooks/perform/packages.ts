import type { Action } from '../../schemas/plan.ts'
import { done, type Ended, failed, type Performing } from './context.ts'

/** Sends package files from the content store, hashed here and again on the host; what is there already is kept. */
export async function sendFiles(
  { world, planned, step }: Performing,
  action: Extract<Action, { kind: 'packages.send' }>,
): Promise<Ended> {
  for (const file of action.files) {
    const path = await world.files.path(file.sha256)
    if (!path.ok) return failed(path.problems)
    const host = await world.host(planned.host)
    if (!host.ok) return failed(host.problems)
    const sent = await host.value.send(path.value, file.path, {
      sha256: file.sha256,
      timeoutMs: step.limitMs,
    })
    if (!sent.ok) return failed(sent.problems)
  }
  return done(`${action.files.length} files on the host, SHA-256 equal`)
}
