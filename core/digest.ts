import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { canonical } from './canonical.ts'

/** SHA-256 in lower-case hex of bytes, or of text as UTF-8. */
export function sha256(content: string | Uint8Array): string {
  return createHash('sha256').update(content).digest('hex')
}

/** SHA-256 in lower-case hex of a value's canonical JSON (RFC 8785). */
export function digestOf(value: unknown): string {
  return sha256(canonical(value))
}

/** SHA-256 in lower-case hex and length in bytes of a file, read as a stream; a file that cannot be read rejects. */
export async function digestOfFile(
  path: string,
): Promise<{ readonly sha256: string; readonly bytes: number }> {
  const hash = createHash('sha256')
  let bytes = 0
  for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 }) as AsyncIterable<Buffer>) {
    hash.update(chunk)
    bytes += chunk.length
  }
  return { sha256: hash.digest('hex'), bytes }
}

/** Whether a text has the form of a SHA-256 in lower-case hex. */
export function isDigest(text: string): boolean {
  return /^[0-9a-f]{64}$/.test(text)
}
