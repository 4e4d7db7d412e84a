import { stat } from 'node:fs/promises'

import { fileText } from '../schemas/file-text.ts'

type Read = Awaited<ReturnType<typeof fileText>>
type LastRead = { readonly stamp: string; readonly read: Read; age: 'new' | 'old' | 'confirmed' }

const lastRead = new Map<string, LastRead>()

// Two changes that follow each other at once may bear the same time; after this long (ms) the next one bears another.
const sameTimeMs = 2_000

/**
 * Text of a file as `fileText` reads it, for a file that every connection needs: it is looked at each time, so that a
 * change counts at once, and while it is the same file with the same times all share one text.
 */
export async function sharedText(path: string, mostBytes: number): Promise<Read> {
  const stamp = await stampOf(path)
  const last = lastRead.get(path)
  if (last?.age === 'confirmed' && last.stamp === stamp) return last.read
  const read = await fileText(path, mostBytes)
  if (!read.ok) return read
  if (last?.read.ok === true && last.stamp === stamp && last.read.text === read.text) {
    if (last.age === 'old') last.age = 'confirmed'
    return last.read
  }
  const fresh: LastRead = { stamp, read, age: 'new' }
  lastRead.set(path, fresh)
  setTimeout(() => (fresh.age = 'old'), sameTimeMs).unref()
  return read
}

/** What differs when a file is another one, or has changed. */
async function stampOf(path: string): Promise<string> {
  const found = await stat(path, { bigint: true }).catch(() => undefined)
  return found === undefined ? '' : [found.dev, found.ino, found.size, found.mtimeNs, found.ctimeNs].join(' ')
}
