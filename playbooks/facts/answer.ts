import { readFile } from 'node:fs/promises'

import type { Host } from '../../connect/ssh.ts'
import { sanitise } from '../../connect/text.ts'
import { fail, ok, type Problem, type Result } from '../../schemas/problem.ts'

/** One part of an answer: the bytes that a command printed and its exit code. */
export type Section = { readonly code: number; readonly bytes: Buffer }

/** The parts of an answer by name, with who answered and the end of what the script complained of. */
export type Answer = {
  readonly host: string
  readonly complaints: string
  readonly sections: ReadonlyMap<string, Section>
}

/** What to ask: script files of this folder (`frame.sh` goes before them), parameters and limits. */
export type Question = {
  readonly scripts: readonly string[]
  readonly args?: readonly string[]
  readonly timeoutMs: number
  readonly root?: boolean
  readonly maxBytes?: number
  /** Once more came than is kept, no more is read. */
  readonly stopWhenFull?: boolean
}

const frame = /^@(?<name>[a-z][a-z0-9-]*) (?<base64>[A-Za-z0-9+/=]*) (?<code>\d{1,3})$/
const defaultMaxBytes = 16 << 20

// A thousand hosts are asked with the same scripts; read for each of them, they were a fifth of all work.
const texts = new Map<string, Promise<string>>()
const whole = new Map<string, Promise<string>>()

/** Text of one of this folder's scripts; it is read once. */
export function scriptText(file: string): Promise<string> {
  return kept(texts, file, () => readFile(new URL(file, import.meta.url), 'utf8'))
}

/** Scripts as one, after the frame that they answer in. */
function scriptOf(files: readonly string[]): Promise<string> {
  const all = ['frame.sh', ...files]
  return kept(whole, all.join(' '), async () => (await Promise.all(all.map(scriptText))).join('\n'))
}

function kept(map: Map<string, Promise<string>>, key: string, read: () => Promise<string>): Promise<string> {
  const known = map.get(key)
  if (known !== undefined) return known
  const text = read()
  map.set(key, text)
  // Out of open files, for example: the next one may have better luck.
  text.catch(() => map.delete(key))
  return text
}

/**
 * Asks a host in one round trip. Problems: those of the connection, `fact/lost` when no end was seen,
 * `fact/truncated`, `fact/incomplete` when a part or the end sentinel is missing, doubled or not framed.
 */
export async function ask(host: Host, question: Question): Promise<Result<Answer>> {
  const ran = await host.run(await scriptOf(question.scripts), {
    root: question.root ?? true,
    args: question.args ?? [],
    timeoutMs: question.timeoutMs,
    maxBytes: question.maxBytes ?? defaultMaxBytes,
    stopWhenFull: question.stopWhenFull ?? false,
  })
  if (!ran.ok) return ran
  const { code, stdout, stderr, truncated, lost } = ran.value
  const complaints = sanitise(stderr.trim().slice(-1000), 1000)
  if (code === null && !truncated)
    return fail({
      code: 'fact/lost',
      what: lost
        ? 'The connection was lost while the host answered.'
        : `The host did not answer within ${question.timeoutMs / 1000} s.`,
      where: host.name,
      ...(complaints === '' ? {} : { found: complaints }),
      fix: 'Try again; if it stays so, look at the load and the disks of the host.',
    })
  if (truncated)
    return fail({
      code: 'fact/truncated',
      what: 'The host printed more than is read, so its answer is not complete.',
      where: host.name,
      expected: `at most ${question.maxBytes ?? defaultMaxBytes} bytes`,
      fix: 'Look at what the host prints for a command of that user; a log-in script may flood it.',
    })
  return parseAnswer(host.name, stdout, complaints)
}

/** Text of an answer as its sections; `fact/incomplete` when it is not framed from the first line to the sentinel. */
export function parseAnswer(host: string, stdout: string, complaints = ''): Result<Answer> {
  const sections = new Map<string, Section>()
  const lines = stdout.split('\n')
  if (lines.pop() !== '') return fail(incomplete(host, 'the last line is cut', complaints))
  const end = lines.pop()
  for (const line of lines) {
    const groups = frame.exec(line)?.groups
    if (groups === undefined) return fail(incomplete(host, `a line without frame: ${line}`, complaints))
    const { name = '', base64 = '', code } = groups
    if (sections.has(name)) return fail(incomplete(host, `section "${name}" came twice`, complaints))
    sections.set(name, { code: Number(code), bytes: Buffer.from(base64, 'base64') })
  }
  return end === `@end ${sections.size}`
    ? ok({ host, complaints, sections })
    : fail(incomplete(host, `${end ?? 'nothing'} after ${sections.size} sections`, complaints))
}

function incomplete(host: string, found: string, complaints: string): Problem {
  return {
    code: 'fact/incomplete',
    what: 'The answer of the host is not complete, so it says nothing.',
    where: host,
    found: sanitise(complaints === '' ? found : `${found}; ${complaints}`, 400),
    expected: 'framed sections and an end mark',
    fix: 'Try again; if it stays so, run the fact by hand on the host.',
  }
}
