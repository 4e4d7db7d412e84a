import { rename } from 'node:fs/promises'
import { join } from 'node:path'
import { makeDirectory, replaceFile, whyNot } from '../../core/durable.ts'
import { fileText, whyNoText } from '../../schemas/file-text.ts'
import { conforms } from '../../schemas/load.ts'
import { PatrolKept } from '../../schemas/patrol-output.ts'
import type { Problem } from '../../schemas/problem.ts'

/** 200 findings and 24 histories a host, of 1,000 hosts, stay below it. */
const mostBytes = 128 << 20

/** What the last inspection of a system left, null when there was none, and whether this one may keep its own in that place. */
export type Last = {
  readonly last: PatrolKept | null
  readonly problems: readonly Problem[]
  readonly mayKeep: boolean
}

/** Reads what the last inspection of a system left. It is a problem where it can not be read: it is set aside then, or left if it is of another version. */
export async function readLast(stateDir: string, system: string): Promise<Last> {
  const path = join(stateDir, 'patrol', `${system}.json`)
  const read = await fileText(path, mostBytes)
  if (!read.ok && read.why === 'unreadable' && read.code === 'ENOENT')
    return { last: null, problems: [], mayKeep: true }
  const value = read.ok ? parsed(read.text) : undefined
  if (conforms(PatrolKept, value)) return { last: value, problems: [], mayKeep: true }
  const unreadable = {
    code: 'patrol/last-unreadable',
    what: 'What was kept of the last inspection can not be read, so every finding is new.',
    where: path,
  }
  const version = versionOf(value)
  if (version !== undefined && version !== 1) {
    const fix =
      'It stays, and nothing is kept of this one. Inspect with the version that wrote it, or remove it.'
    const problem = { ...unreadable, found: `schemaVersion ${version}`, expected: 'schemaVersion 1', fix }
    return { last: null, problems: [problem], mayKeep: false }
  }
  const aside = `${path}.unreadable`
  const isAside = await rename(path, aside).then(
    () => true,
    () => false,
  )
  return {
    last: null,
    mayKeep: true,
    problems: [
      {
        ...unreadable,
        found: read.ok ? 'not what an inspection keeps' : whyNoText(read),
        fix: isAside
          ? `It lies at ${aside} now. The next inspection goes on from this one.`
          : 'Let the user of Upkeep read and write there.',
      },
    ],
  }
}

/** Keeps what an inspection found for the next one, whole or not at all; gives the problem where the disk does not take it. */
export async function keepLast(stateDir: string, kept: PatrolKept, pid: number): Promise<readonly Problem[]> {
  const directory = join(stateDir, 'patrol')
  const path = join(directory, `${kept.system}.json`)
  const code =
    (await whyNot(makeDirectory(directory))) ??
    (await whyNot(replaceFile(path, `${path}.${pid}`, `${JSON.stringify(kept)}\n`)))
  if (code === null) return []
  return [
    {
      code: 'patrol/not-kept',
      what: 'What this inspection found can not be kept, so the next one can not tell what is new.',
      where: path,
      found: code,
      fix: 'Give the state directory room, and the user of Upkeep the right to write there.',
    },
  ]
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function versionOf(value: unknown): number | undefined {
  if (typeof value !== 'object' || value === null || !('schemaVersion' in value)) return undefined
  return typeof value.schemaVersion === 'number' ? value.schemaVersion : undefined
}
