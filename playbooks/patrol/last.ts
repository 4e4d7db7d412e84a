import { rename } from 'node:fs/promises'
import { join } from 'node:path'
import { makeDirectory, replaceFile, whyNot } from '../../core/durable.ts'
import { fileText, whyNoText } from '../../schemas/file-text.ts'
import { conforms } from '../../schemas/load.ts'
import { PatrolKept } from '../../schemas/patrol-output.ts'
import type { Problem } from '../../schemas/problem.ts'

/** 200 findings and 24 histories a host, of 1,000 hosts, stay below it. */
const mostBytes = 128 << 20

/** What the last inspection of a system left, null when there was none; a problem when it can not be read, which is then set aside. */
export async function readLast(
  stateDir: string,
  system: string,
): Promise<{ readonly last: PatrolKept | null; readonly problems: readonly Problem[] }> {
  const path = join(stateDir, 'patrol', `${system}.json`)
  const read = await fileText(path, mostBytes)
  if (!read.ok && read.why === 'unreadable' && read.code === 'ENOENT') return { last: null, problems: [] }
  const kept = read.ok ? parsed(read.text) : undefined
  if (kept !== undefined) return { last: kept, problems: [] }
  const aside = `${path}.unreadable`
  const isAside = await rename(path, aside).then(
    () => true,
    () => false,
  )
  return {
    last: null,
    problems: [
      {
        code: 'patrol/last-unreadable',
        what: 'What was kept of the last inspection can not be read, so every finding is new.',
        where: path,
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

function parsed(text: string): PatrolKept | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return conforms(PatrolKept, value) ? value : undefined
  } catch {
    return undefined
  }
}
