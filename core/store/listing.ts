import { readdir, readFile, rm, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { isDigest } from '../digest.ts'
import { syncDirectory, systemCode } from '../durable.ts'
import { isContent, sinceMs } from './content.ts'

/** Bytes that the store holds, and since when (epoch ms): when they were fetched, or a later plan found them here, or else written. */
export type Listed = { readonly digest: string; readonly bytes: number; readonly sinceMs: number }

/** All that the store in a directory holds, without reading the bytes; nothing when there is no store yet. */
export async function storeListing(dir: string): Promise<readonly Listed[]> {
  const found: Listed[] = []
  for (const first of await names(join(dir, 'sha256'))) {
    for (const digest of await names(join(dir, 'sha256', first))) {
      if (!isDigest(digest)) continue
      const { size, mtimeMs } = await stat(join(dir, 'sha256', first, digest))
      found.push({ digest, bytes: size, sinceMs: (await neededMs(dir, digest)) ?? mtimeMs })
    }
  }
  return found
}

/** Removes bytes from the store in a directory, and then what is known about them; may be repeated. */
export async function storeRemove(dir: string, digest: string): Promise<void> {
  if (!isDigest(digest)) throw new Error(`"${digest}" is not a SHA-256 in lower-case hex`)
  const path = join(dir, 'sha256', digest.slice(0, 2), digest)
  await rm(path, { force: true })
  await syncDirectory(dirname(path)).catch(ifThere)
  // Bytes in the store always have it, so it goes last.
  await rm(join(dir, 'meta', `${digest}.json`), { force: true })
}

async function neededMs(dir: string, digest: string): Promise<number | null> {
  try {
    const content: unknown = JSON.parse(await readFile(join(dir, 'meta', `${digest}.json`), 'utf8'))
    const ms = isContent(content) ? sinceMs(content) : NaN
    return Number.isNaN(ms) ? null : ms
  } catch {
    return null
  }
}

async function names(dir: string): Promise<readonly string[]> {
  return readdir(dir).catch((error: unknown) => {
    ifThere(error)
    return []
  })
}

function ifThere(error: unknown): void {
  if (systemCode(error) !== 'ENOENT') throw error
}
