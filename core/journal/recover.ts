import { open, readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { digestOfFile } from '../digest.ts'
import { makeDirectory, syncDirectory, systemCode, writeNew } from '../durable.ts'
import type { Tail } from './walk.ts'

/** Data of `journal.recovered`: bytes that were set aside, and whether a newline ended them (then they may have been recorded). */
export type Recovered = {
  readonly file: string
  readonly segment: number
  readonly offset: number
  readonly bytes: number
  readonly sha256: string
  readonly ended: boolean
}

/** Moves a tail byte for byte into `quarantine/<segment>-<offset>.bin` beside the journal, then cuts it off its segment. */
export async function quarantine(dir: string, tail: Tail): Promise<void> {
  const directory = join(dir, 'quarantine')
  await makeDirectory(directory)
  await using segment = await open(tail.file, 'r+')
  const bytes = Buffer.alloc(tail.bytes)
  await segment.read(bytes, 0, tail.bytes, tail.offset)
  await keep(directory, `${String(tail.segment).padStart(6, '0')}-${tail.offset}`, bytes)
  await syncDirectory(directory)
  // Only after the copy is safe; killed in between, the next open finds the copy and cuts again.
  await segment.truncate(tail.offset)
  await segment.sync()
}

async function keep(directory: string, name: string, bytes: Buffer): Promise<void> {
  for (let copy = 1; ; copy += 1) {
    const path = join(directory, copy === 1 ? `${name}.bin` : `${name}-${copy}.bin`)
    try {
      return await writeNew(path, bytes)
    } catch (error) {
      if (systemCode(error) !== 'EEXIST') throw error
      if ((await readFile(path)).equals(bytes)) return
    }
  }
}

/** What lies in quarantine and is not among `recorded` file names yet, as the data of the events that record it. */
export async function unrecorded(dir: string, recorded: ReadonlySet<string>): Promise<readonly Recovered[]> {
  const found: Recovered[] = []
  for (const name of (await quarantined(dir)).filter((name) => !recorded.has(name))) {
    const [, segment, offset] = /^(\d+)-(\d+)/.exec(name) ?? []
    const path = join(dir, 'quarantine', name)
    const { sha256, bytes } = await digestOfFile(path)
    const ended = await endsWithNewline(path, bytes)
    found.push({ file: name, segment: Number(segment), offset: Number(offset), bytes, sha256, ended })
  }
  return found
}

async function quarantined(dir: string): Promise<readonly string[]> {
  try {
    return (await readdir(join(dir, 'quarantine')))
      .filter((name) => /^\d+-\d+(-\d+)?\.bin$/.test(name))
      .sort()
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return []
    throw error
  }
}

async function endsWithNewline(path: string, bytes: number): Promise<boolean> {
  await using file = await open(path, 'r')
  const { buffer, bytesRead } = await file.read(Buffer.alloc(1), 0, 1, Math.max(0, bytes - 1))
  return bytesRead === 1 && buffer[0] === 0x0a
}
