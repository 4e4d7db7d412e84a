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
type Files = Send['files']

/** Sends package files from the content store, hashed here and again on the host; of much, what is there already is kept. */
export async function sendFiles(performing: Performing, action: Send): Promise<Ended> {
  const { files } = action
  if (isLittleAndNew(performing) && (await send(performing, files)).ok) return sent(files, files)
  // A way back must not fail for want of what is there: neither the content store nor room is needed for that.
  const missing = await notThere(performing, files)
  if (!missing.ok) return failed(missing.problems)
  const ended = await send(performing, missing.value)
  return ended.ok ? sent(files, missing.value) : failed(ended.problems)
}

/** Whether none of it can be there yet, and it is so little that a question costs more. */
function isLittleAndNew({ planned, step, context }: Performing): boolean {
  const bytes = planned.packages.reduce((sum, { from, to }) => sum + to.bytes + (from?.bytes ?? 0), 0)
  return bytes < worthAsking && step.id === 'packages.send' && !context.resume
}

async function notThere({ world, planned, step }: Performing, files: Files): Promise<Result<Files>> {
  const pairs = files.flatMap((file) => [posix.normalize(file.path), file.sha256])
  const there = await act(world, planned.host, whatIsThere, pairs, step.limitMs)
  if (!there.ok) return there
  const answers = there.value.stdout.split('\n')
  return ok(files.filter((_, index) => answers[index] !== 'there'))
}

async function send({ world, planned, step }: Performing, some: Files): Promise<Result<void>> {
  if (some.length === 0) return ok(undefined)
  const files: FileToSend[] = []
  for (const { path, sha256 } of some) {
    const from = await world.files.path(sha256)
    if (!from.ok) return from
    files.push({ from: from.value, to: path, sha256 })
  }
  const host = await world.host(planned.host)
  if (!host.ok) return host
  return host.value.send(files, { timeoutMs: step.limitMs, fence: world.fence })
}

function sent(files: Files, now: Files): Ended {
  return done(`${files.length} files on the host, ${now.length} of them sent now, SHA-256 equal`)
}
