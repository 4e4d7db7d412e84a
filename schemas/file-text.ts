import { constants } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'

/** Why a file gave no text: it can not be opened or read (`code` of the system), is no plain file, is too large, or is no UTF-8. */
export type NoText =
  | { readonly why: 'unreadable'; readonly code: string }
  | { readonly why: 'no-file'; readonly found: string }
  | { readonly why: 'too-large'; readonly bytes: number }
  | { readonly why: 'not-utf8'; readonly found: string; readonly line: number; readonly column: number }

/**
 * Text of a plain file of at most `mostBytes` bytes of UTF-8; a byte order mark is left out. What could go on for ever or
 * never begin (a device, a FIFO, a socket) is not read at all, and a file that grows meanwhile only to the limit.
 */
export async function fileText(
  path: string,
  mostBytes: number,
): Promise<{ readonly ok: true; readonly text: string } | ({ readonly ok: false } & NoText)> {
  let file: FileHandle | undefined
  try {
    // Without O_NONBLOCK the opening of a FIFO waits for somebody who writes to it.
    file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY)
    const { size, mode } = await file.stat()
    const kind = kinds[mode & constants.S_IFMT]
    if (kind !== undefined) return { ok: false, why: 'no-file', found: kind }
    if (size > mostBytes) return { ok: false, why: 'too-large', bytes: size }
    const bytes = await upTo(file, mostBytes + 1)
    if (bytes.length > mostBytes) return { ok: false, why: 'too-large', bytes: bytes.length }
    return decoded(bytes)
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : String(error)
    return { ok: false, why: 'unreadable', code }
  } finally {
    await file?.close()
  }
}

/** Why there is no text, in a few words. */
export function whyNoText(no: NoText): string {
  if (no.why === 'too-large') return `${no.bytes} bytes are too many`
  return no.why === 'unreadable' ? no.code : no.found
}

const kinds: Readonly<Record<number, string>> = {
  [constants.S_IFDIR]: 'a directory',
  [constants.S_IFIFO]: 'a FIFO',
  [constants.S_IFCHR]: 'a device',
  [constants.S_IFBLK]: 'a device',
  [constants.S_IFSOCK]: 'a socket',
}

async function upTo(file: FileHandle, most: number): Promise<Buffer> {
  const pieces: Buffer[] = []
  let length = 0
  while (length < most) {
    const piece = Buffer.allocUnsafe(Math.min(65_536, most - length))
    const { bytesRead } = await file.read(piece, 0, piece.length, null)
    if (bytesRead === 0) break
    pieces.push(piece.subarray(0, bytesRead))
    length += bytesRead
  }
  return Buffer.concat(pieces)
}

function decoded(bytes: Buffer): Awaited<ReturnType<typeof fileText>> {
  const [first, second] = bytes
  const isUtf16 = (first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff)
  if (isUtf16) return { ok: false, why: 'not-utf8', found: 'UTF-16', line: 1, column: 1 }
  try {
    return { ok: true, text: new TextDecoder('utf-8', { fatal: true }).decode(bytes) }
  } catch {
    // Up to the first byte that does not fit, decoding and encoding again changes nothing.
    const again = Buffer.from(bytes.toString('utf8'))
    let at = 0
    while (at < bytes.length && bytes[at] === again[at]) at += 1
    const before = bytes.subarray(0, at).toString('utf8')
    const line = before.split('\n').length
    const column = before.length - before.lastIndexOf('\n')
    const found = `the byte 0x${(bytes[at] ?? 0).toString(16).padStart(2, '0')}`
    return { ok: false, why: 'not-utf8', found, line, column }
  }
}
