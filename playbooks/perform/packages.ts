import { posix } from 'node:path'
import type { FileToSend } from '../../connect/transfer.ts'
import type { Action } from '../../schemas/plan.ts'
import { act } from './ask.ts'
import { done, type Ended, failed, type Performing } from './context.ts'

/** Makes the directories, and says of each file (path, SHA-256, in turn) whether it is there whole. */
const whatIsThere = `
umask 077
while [ $# -ge 2 ]; do
  mkdir -p -- "\${1%/*}" || exit 1
  found=$(sha256sum <"$1" 2>/dev/null) || found=
  if [ "\${found%% *}" = "$2" ]; then echo there; else echo missing; fi
  shift 2
done
`

/** Sends package files from the content store, hashed here and again on the host; what is there already is kept. */
export async function sendFiles(
  { world, planned, step }: Performing,
  action: Extract<Action, { kind: 'packages.send' }>,
): Promise<Ended> {
  const pairs = action.files.flatMap((file) => [posix.normalize(file.path), file.sha256])
  const there = await act(world, planned.host, whatIsThere, pairs, step.limitMs)
  if (!there.ok) return failed(there.problems)
  const answers = there.value.stdout.split('\n')
  const missing = action.files.filter((_, index) => answers[index] !== 'there')
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
