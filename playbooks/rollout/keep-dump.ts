import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { open, rename, rm, stat, statfs } from 'node:fs/promises'
import { join } from 'node:path'
import type { Host } from '../../connect/remote.ts'
import { makeDirectory, syncDirectory } from '../../core/durable.ts'
import { fail, ok, type Result } from '../../schemas/problem.ts'
import type { DumpOnHost, KeptDump } from '../perform/context.ts'
import type { Session } from './session.ts'

/** Directory on the controller for the dumps of one rollout: they outlive whatever is done to their hosts. */
export function dumpDirectory(stateDir: string, rollout: string): string {
  return join(stateDir, 'dumps', rollout)
}

/**
 * Brings a dump from a host to the controller, readable for its user only; it appears under its name once all of it is
 * there and on disk. Nobody but a person removes it. Problems: `dump/no-room`, `dump/unwritable`, `dump/differs`, those
 * of the connection.
 */
export async function keepDump(
  { pool, estate }: Pick<Session, 'pool' | 'estate'>,
  rollout: string,
  name: string,
  path: string,
  dump: DumpOnHost,
): Promise<Result<string>> {
  const directory = dumpDirectory(estate.stateDir, rollout)
  const file = join(directory, dump.name)
  const host = await pool.get(name)
  if (!host.ok) return host
  try {
    await makeDirectory(directory)
    const { bavail, bsize } = await statfs(directory)
    if (bavail * bsize < dump.bytes) {
      return fail({
        code: 'dump/no-room',
        what: 'There is no room on the controller for the dump of a database.',
        where: directory,
        found: `${bavail * bsize} bytes free`,
        expected: `${dump.bytes} bytes`,
        fix: 'Free space there; the dump is then made anew.',
      })
    }
    const received = await receiveInto(`${file}.part`, host.value, path, dump)
    if (!received.ok) {
      await rm(`${file}.part`, { force: true })
      return received
    }
    await rename(`${file}.part`, file)
    await syncDirectory(directory)
    return ok(file)
  } catch (error) {
    await rm(`${file}.part`, { force: true }).catch(() => {})
    return fail({
      code: 'dump/unwritable',
      what: 'The dump of a database could not be written on the controller.',
      where: directory,
      found: error instanceof Error ? error.message : String(error),
      fix: 'Put right what is said there, then try again.',
    })
  }
}

/** Whether a dump that was kept is there still: its size and its digest. What can not be read is not there. */
export async function hasDump({ file, bytes, sha256 }: KeptDump): Promise<boolean> {
  try {
    if ((await stat(file)).size !== bytes) return false
    const digest = createHash('sha256')
    for await (const chunk of createReadStream(file)) digest.update(chunk as Buffer)
    return digest.digest('hex') === sha256
  } catch {
    return false
  }
}

async function receiveInto(part: string, host: Host, path: string, dump: DumpOnHost): Promise<Result<void>> {
  const file = await open(part, 'w', 0o600)
  try {
    let written = Promise.resolve()
    let trouble: { readonly cause: unknown } | null = null
    const received = await host.receive(
      path,
      (chunk) => {
        // The sink can not wait, so the writes queue up behind one another.
        written = written.then(async () => {
          if (trouble !== null) return
          await file.writeFile(chunk).catch((cause: unknown) => {
            trouble = { cause }
          })
        })
      },
      { timeoutMs: dump.timeoutMs, maxBytes: dump.bytes },
    )
    await written
    if (trouble !== null) throw (trouble as { cause: unknown }).cause
    if (!received.ok) return received
    if (received.value.sha256 !== dump.sha256) {
      return fail({
        code: 'dump/differs',
        what: 'The dump that reached the controller is not the one that the host made.',
        where: `${host.name}:${path}`,
        found: `SHA-256 ${received.value.sha256}`,
        expected: `SHA-256 ${dump.sha256}`,
        fix: 'Try again; if it stays so, look at who writes there on the host.',
      })
    }
    await file.sync()
    return ok(undefined)
  } finally {
    await file.close()
  }
}
