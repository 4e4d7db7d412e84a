import { posix } from 'node:path'
import type { FileToSend } from '../../connect/transfer.ts'
import type { Action } from '../../schemas/plan.ts'
import { ok, type Result } from '../../schemas/problem.ts'
import { act } from './ask.ts'
import { done, type Ended, failed, type Performing } from './context.ts'

/** Says of each file (path, SHA-256, in turn) whether it is there whole. */
const whatIsThere = `
while [ $# -ge 2 ]; do
  found=$(sha256sum <"$1" 2>/dev/null) || found=
  if [ "\${found%% *}" = "$2" ]; then echo there; else echo missing; fi
  shift 2
done
`

/** Fewer bytes are sent without asking first what is there already: the question costs more than they do. */
const worthAsking = 1 << 20

type Send = Extract<Action, { kind: 'packages.send' }>

/** Sends package files from the content store, hashed here and again on the host; of much, what is there already is kept. */
export async function sendFiles(performing: Performing, action: Send): Promise<Ended> {
  const { world, planned, step } = performing
  const wanted = await notThere(performing, action)
  if (!wanted.ok) return failed(wanted.problems)
  const missing = wanted.value
  const files: FileToSend[] = []
  for (const { path, sha256 } of missing) {
    const from = await world.files.path(sha256)
    if (!from.ok) return failed(from.problems)
    files.push({ from: from.value, to: path, sha256 })
  }
  if (files.length > 0) {
    const host = await world.host(planned.host)
    if (!host.ok) return failed(host.problems)
    const sent = await host.value.send(files, { timeoutMs: step.limitMs, fence: world.fence })
    if (!sent.ok) return failed(sent.problems)
  }
  return done(`${action.files.length} files on the host, ${missing.length} of them sent now, SHA-256 equal`)
}

async function notThere(
  { world, planned, step }: Performing,
  { files }: Send,
): Promise<Result<Send['files']>> {
  const bytes = planned.packages.reduce((sum, { from, to }) => sum + to.bytes + (from?.bytes ?? 0), 0)
  if (bytes < worthAsking) return ok(files)
  const pairs = files.flatMap((file) => [posix.normalize(file.path), file.sha256])
  const there = await act(world, planned.host, whatIsThere, pairs, step.limitMs)
  if (!there.ok) return there
  const answers = there.value.stdout.split('\n')
  return ok(files.filter((_, index) => answers[index] !== 'there'))
}
