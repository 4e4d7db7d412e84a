import { mkdir, open, rename, rm } from 'node:fs/promises'
import { dirname } from 'node:path'

/** Makes what a directory lists survive a power cut; needed after each create, rename and remove in it. */
export async function syncDirectory(path: string): Promise<void> {
  const handle = await open(path, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

/** Creates a directory with its parents so that they survive a power cut; mode 0700, for journals name hosts and people. */
export async function makeDirectory(path: string): Promise<void> {
  const first = await mkdir(path, { recursive: true, mode: 0o700 })
  if (first === undefined) return
  for (let made = path; ; made = dirname(made)) {
    await syncDirectory(dirname(made))
    if (made === first || made === dirname(made)) return
  }
}

/** Writes a new file and its bytes to the disk; a failure leaves no file. Rejects with EEXIST when there is one. */
export async function writeNew(path: string, content: string | Uint8Array, mode = 0o600): Promise<void> {
  const handle = await open(path, 'wx', mode)
  try {
    // Whatever the umask: who is meant to read it can.
    await handle.chmod(mode)
    await handle.writeFile(content)
    await handle.sync()
    await handle.close()
  } catch (error) {
    await handle.close().catch(() => undefined)
    await rm(path, { force: true })
    throw error
  }
}

/** Puts a whole file in place at once, by way of `temporary` on the same file system, and on the disk before it resolves. */
export async function replaceFile(
  path: string,
  temporary: string,
  content: string | Uint8Array,
  mode = 0o600,
): Promise<void> {
  await rm(temporary, { force: true })
  await writeNew(temporary, content, mode)
  await rename(temporary, path)
  await syncDirectory(dirname(path))
}

/** For who goes on without a change of the disk: null once it is done, or the code of the system error in its way ("ENOSPC"). */
export async function whyNot(change: Promise<unknown>): Promise<string | null> {
  try {
    await change
    return null
  } catch (error) {
    const code = systemCode(error)
    if (code === undefined) throw error
    return code
  }
}

/** The code of a system error ("ENOSPC"), or undefined for any other value. */
export function systemCode(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error) || typeof error.code !== 'string') return undefined
  return 'syscall' in error ? error.code : undefined
}
