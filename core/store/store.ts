import { access, mkdtemp, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { fail, ok, type Result } from '../../schemas/problem.ts'
import { digestOfFile, isDigest } from '../digest.ts'
import { canonical } from '../canonical.ts'
import { makeDirectory, replaceFile, systemCode } from '../durable.ts'
import { type Content, isContent, sinceMs, type Stored } from './content.ts'
import { changed, missing, storeTrouble } from './problem.ts'
import { startStoring, type StoreWriter } from './writer.ts'

/** Bytes by their SHA-256 (lower-case hex); a digest of another form throws. */
export type Store = {
  readonly writer: () => Promise<Result<StoreWriter>>
  /** Stores whole bytes or a stream of pieces; `expected` refuses any other digest. */
  readonly put: (bytes: Pieces, content: Content, expected?: string) => Promise<Result<Stored>>
  readonly has: (digest: string) => Promise<boolean>
  /** Where the bytes lie, or would lie. */
  readonly path: (digest: string) => string
  /** Reads the bytes again; problems: `store/changed`, `store/missing`, `store/unreadable`. */
  readonly verify: (digest: string) => Promise<Result<Stored>>
  /** Those of the digests that the store does not have. */
  readonly missing: (digests: readonly string[]) => Promise<readonly string[]>
  /** Notes that a plan made at this time (ISO 8601 in UTC) needs these bytes, so that they are kept as if fetched then. */
  readonly planned: (digests: readonly string[], at: string) => Promise<Result<void>>
  /** What is known about stored bytes; problems: `store/missing`, `store/unreadable`. */
  readonly content: (digest: string) => Promise<Result<Content>>
}

/** Bytes at once, or piece by piece. */
export type Pieces = Uint8Array | AsyncIterable<Uint8Array> | Iterable<Uint8Array>

/** So much later (ms) a plan has to be made than the last one that is known for it to be noted. */
const plannedEveryMs = 3_600_000

/** Opens the content store in `<state>/store`, and makes it if need be; problems: `store/full`, `store/unreadable`. */
export async function storeOpen(dir: string): Promise<Result<Store>> {
  const temporary = join(dir, 'tmp')
  try {
    for (const path of ['sha256', 'meta', 'tmp']) await makeDirectory(join(dir, path))
  } catch (error) {
    return storeTrouble(error, dir)
  }
  return ok({ writer, put, has, path, verify, missing: missingOf, planned, content: contentOf })

  function path(digest: string): string {
    return join(dir, 'sha256', checked(digest).slice(0, 2), digest)
  }

  function contentPath(digest: string): string {
    return join(dir, 'meta', `${checked(digest)}.json`)
  }

  function writer(): Promise<Result<StoreWriter>> {
    return startStoring(temporary, { bytesOf: path, contentOf: contentPath })
  }

  async function put(pieces: Pieces, content: Content, expected?: string): Promise<Result<Stored>> {
    const started = await writer()
    if (!started.ok) return started
    try {
      for await (const piece of pieces instanceof Uint8Array ? [pieces] : pieces) {
        const written = await started.value.write(piece)
        if (!written.ok) return written
      }
    } catch (error) {
      await started.value.abort()
      throw error
    }
    return started.value.finish(content, expected)
  }

  async function has(digest: string): Promise<boolean> {
    try {
      await access(path(digest))
      return true
    } catch (error) {
      if (systemCode(error) === 'ENOENT') return false
      throw error
    }
  }

  async function verify(digest: string): Promise<Result<Stored>> {
    const file = path(digest)
    try {
      const { sha256, bytes } = await digestOfFile(file)
      return sha256 === digest ? ok({ digest, bytes, path: file }) : fail(changed(digest, sha256, file))
    } catch (error) {
      return systemCode(error) === 'ENOENT' ? fail(missing(digest, file)) : storeTrouble(error, file)
    }
  }

  async function missingOf(digests: readonly string[]): Promise<readonly string[]> {
    const absent: string[] = []
    for (const digest of digests) if (!(await has(digest))) absent.push(digest)
    return absent
  }

  async function planned(digests: readonly string[], at: string): Promise<Result<void>> {
    for (const digest of new Set(digests)) {
      const content = await contentOf(digest)
      if (!content.ok) return content
      // The hosts of one plan share most of their packages.
      if (Date.parse(at) - sinceMs(content.value) < plannedEveryMs) continue
      try {
        const room = await mkdtemp(join(temporary, 'p-'))
        const text = canonical({ ...content.value, plannedAt: at })
        await replaceFile(contentPath(digest), join(room, 'content'), text)
        await rm(room, { recursive: true })
      } catch (error) {
        return storeTrouble(error, contentPath(digest))
      }
    }
    return ok(undefined)
  }

  async function contentOf(digest: string): Promise<Result<Content>> {
    const file = contentPath(digest)
    try {
      const content: unknown = JSON.parse(await readFile(file, 'utf8'))
      return isContent(content) ? ok(content) : fail(unreadableContent(file))
    } catch (error) {
      if (error instanceof SyntaxError) return fail(unreadableContent(file))
      return systemCode(error) === 'ENOENT' ? fail(missing(digest, file)) : storeTrouble(error, file)
    }
  }
}

function checked(digest: string): string {
  if (!isDigest(digest)) throw new Error(`"${digest}" is not a SHA-256 in lower-case hex`)
  return digest
}

function unreadableContent(where: string) {
  return {
    code: 'store/unreadable',
    what: 'What the store knows about these bytes can not be read',
    where,
    fix: 'Remove the file and make the plan again',
  }
}
