import { type FileHandle, open, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { maxLineBytes } from './line.ts'

/** One file of the journal: its number from 1 and its path. */
export type Segment = { readonly number: number; readonly path: string }

/** A piece of a segment: its bytes without newline, their offset, and whether a newline ended them. */
export type Line = { readonly bytes: Buffer; readonly offset: number; readonly ended: boolean }

const chunkBytes = 1 << 20
const newline = 0x0a

/** The path of a segment: six digits, then `.jsonl`. */
export function segmentPath(dir: string, number: number): string {
  return join(dir, `${String(number).padStart(6, '0')}.jsonl`)
}

/** The segments of a journal directory in order; other files are not the journal's. A missing directory rejects. */
export async function listSegments(dir: string): Promise<readonly Segment[]> {
  const numbers = (await readdir(dir)).flatMap((name) => {
    const number = /^(?<number>\d{6,})\.jsonl$/.exec(name)?.groups?.['number']
    return number === undefined ? [] : [Number(number)]
  })
  return numbers.sort((a, b) => a - b).map((number) => ({ number, path: segmentPath(dir, number) }))
}

/** Reads a segment up to `size` bytes as lines, a chunk's worth at a time; ends after a piece beyond the length limit. */
export async function* readLines(file: FileHandle, size: number): AsyncGenerator<readonly Line[]> {
  let held: Buffer = Buffer.alloc(0)
  let read = 0
  while (read < size && held.length <= maxLineBytes) {
    const buffer = Buffer.allocUnsafe(Math.min(chunkBytes, size - read))
    const { bytesRead } = await file.read(buffer, 0, buffer.length, read)
    if (bytesRead === 0) break
    const bytes = Buffer.concat([held, buffer.subarray(0, bytesRead)])
    const start = read - held.length
    const lines: Line[] = []
    let from = 0
    for (let to = bytes.indexOf(newline); to !== -1; to = bytes.indexOf(newline, from)) {
      lines.push({ bytes: bytes.subarray(from, to), offset: start + from, ended: true })
      from = to + 1
    }
    held = bytes.subarray(from)
    read += bytesRead
    yield lines
  }
  if (held.length > 0) yield [{ bytes: held, offset: read - held.length, ended: false }]
}

/** The sequence that a segment's first line claims, unchecked; undefined when it has no readable first line. */
export async function firstSequence(path: string): Promise<number | undefined> {
  await using file = await open(path, 'r')
  for await (const lines of readLines(file, (await file.stat()).size)) {
    const first = lines[0]
    if (first !== undefined) return claimedSequence(first)
  }
  return undefined
}

function claimedSequence(line: Line): number | undefined {
  if (!line.ended) return undefined
  try {
    const event: unknown = JSON.parse(line.bytes.toString('utf8'))
    const sequence: unknown =
      typeof event === 'object' && event !== null && 'sequence' in event ? event.sequence : undefined
    return Number.isSafeInteger(sequence) ? (sequence as number) : undefined
  } catch {
    return undefined
  }
}
