import { createHash } from 'node:crypto'
import { type FileHandle, mkdtemp, open, rename, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fail, ok, type Result } from '../../schemas/problem.ts'
import { canonical } from '../canonical.ts'
import { makeDirectory, replaceFile, syncDirectory } from '../durable.ts'
import type { Content, Stored } from './content.ts'
import { changed, storeTrouble } from './problem.ts'

/** Takes bytes in pieces. Nothing is in the store before `finish`; a failure or `abort` leaves nothing behind. */
export type StoreWriter = {
  readonly write: (piece: Uint8Array) => Promise<Result<void>>
  /** Puts the bytes in place; problems: `store/full`, and `store/changed` when they are not the `expected` digest. */
  readonly finish: (content: Content, expected?: string) => Promise<Result<Stored>>
  readonly abort: () => Promise<void>
}

/** Where a digest's bytes and what is known about them lie. */
export type Places = {
  readonly bytesOf: (digest: string) => string
  readonly contentOf: (digest: string) => string
}

/** Starts to take bytes into a store, by way of a file in its `temporary`; problems: `store/full`, `store/unreadable`. */
export async function startStoring(temporary: string, places: Places): Promise<Result<StoreWriter>> {
  try {
    const room = await mkdtemp(join(temporary, 'w-'))
    const path = join(room, 'bytes')
    const file = await open(path, 'wx', 0o444).catch(async (error: unknown) => {
      await rm(room, { recursive: true })
      throw error
    })
    return ok(storing(room, path, file, places))
  } catch (error) {
    return storeTrouble(error, temporary)
  }
}

function storing(room: string, path: string, file: FileHandle, places: Places): StoreWriter {
  const hash = createHash('sha256')
  let bytes = 0

  async function attempt<T>(work: () => Promise<Result<T>>): Promise<Result<T>> {
    try {
      const result = await work()
      if (!result.ok) await abort()
      return result
    } catch (error) {
      await abort()
      return storeTrouble(error, path)
    }
  }

  function write(piece: Uint8Array): Promise<Result<void>> {
    return attempt(async () => {
      // writeFile goes on after a short write, and continues where the last one ended.
      await file.writeFile(piece)
      hash.update(piece)
      bytes += piece.length
      return ok(undefined)
    })
  }

  function finish(content: Content, expected?: string): Promise<Result<Stored>> {
    return attempt(async () => {
      await file.sync()
      await file.close()
      const digest = hash.digest('hex')
      const target = places.bytesOf(digest)
      if (expected !== undefined && digest !== expected) return fail(changed(expected, digest, target))
      const about = places.contentOf(digest)
      await makeDirectory(dirname(target))
      // First what is known: bytes in the store always have it.
      await replaceFile(about, join(room, 'content'), canonical(content))
      await rename(path, target)
      await syncDirectory(dirname(target))
      await rm(room, { recursive: true })
      return ok({ digest, bytes, path: target })
    })
  }

  async function abort(): Promise<void> {
    await file.close().catch(() => undefined)
    await rm(room, { recursive: true, force: true })
  }

  return { write, finish, abort }
}
