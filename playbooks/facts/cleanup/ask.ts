import type { Host } from '../../../connect/ssh.ts'
import { sanitise } from '../../../connect/text.ts'
import type { ResolvedCleanupRule } from '../../../core/estate/resolved.ts'
import { CleanupAnswer } from '../../../schemas/cleanup-answer.ts'
import { fail, ok, type Result } from '../../../schemas/problem.ts'
import { ask } from '../answer.ts'
import { wrongClock } from '../clock.ts'
import { reading } from '../reading.ts'
import { cleanupProgram } from './program.ts'

/** Where clean-up keeps its own things on a host. */
const home = '/var/lib/upkeep'
/** A walk over a million files takes half a minute on a slow disk. */
const scanMs = 300_000

/** A directory as it was when the plan was made: another one in its place is not cleaned. */
export type Pin = { readonly path: string; readonly dev: number; readonly ino: number }

/** A rule to be carried out, and the directories it was planned for. */
export type AskedRule = { readonly rule: ResolvedCleanupRule; readonly pinned: readonly Pin[] | null }

/** The question to the program: to look, or to clean up, with the id of the run and how long things stay in quarantine. */
export function cleanupQuestion(
  verb: 'scan' | 'clean',
  o: { readonly id: string; readonly quarantineMs: number; readonly rules: readonly AskedRule[] },
): string {
  const rules = o.rules.map(({ rule, pinned }) => ({
    name: rule.name,
    where: rule.where,
    what: rule.what,
    not: rule.not,
    olderThanS: Math.ceil(rule.olderThanMs / 1000),
    ageBy: rule.ageBy,
    keepTail: rule.keepTailBytes,
    kernels: rule.kernels,
    keepNewest: rule.keepNewest,
    capBytes: rule.capBytes,
    onlyAbove: rule.onlyAbovePercent,
    budget: rule.budget,
    do: rule.do,
    regenerable: rule.regenerable,
    rotatesJournal: rule.rotatesJournal,
    mount: rule.mount,
    pinned,
  }))
  return JSON.stringify({ verb, home, id: o.id, quarantineS: Math.ceil(o.quarantineMs / 1000), rules })
}

/** The question that brings back what a run has put aside. */
export function undoQuestion(id: string): string {
  return JSON.stringify({ verb: 'undo', home, id })
}

/**
 * Asks a host what rules of clean-up would take; it is left as it was. A host whose clock is wrong is not asked further: all that it has
 * may look old. Problems: `fact/...`, `cleanup/no-interpreter`, `gate/clock`.
 */
export async function wouldCleanUp(
  host: Host,
  o: { readonly id: string; readonly quarantineMs: number; readonly rules: readonly AskedRule[] },
  now: () => number,
): Promise<Result<CleanupAnswer>> {
  const before = now()
  const answer = await ask(host, {
    scripts: ['cleanup/run.sh', 'cleanup/ask.sh'],
    args: [await cleanupProgram(), cleanupQuestion('scan', o)],
    timeoutMs: scanMs,
  })
  if (!answer.ok) return answer
  const read = reading(answer.value)
  const text = read.text('answer')
  const clocks = [read.text('clock'), read.text('clock-after')]
  const said = read.done(text)
  const times = { before, after: now() }
  // The first one says surely that it is behind, the last one that it is ahead: a walk takes its time.
  for (const clock of said.ok ? clocks : []) {
    const wrong = wrongClock(host.name, clock, times)
    if (wrong !== undefined) return fail(wrong)
  }
  return said.ok ? readAnswer(host.name, text) : said
}

/** Reads the line that the program prints last. Problems: `cleanup/no-interpreter`, `fact/unreadable`. */
export async function readAnswer(host: string, output: string): Promise<Result<CleanupAnswer>> {
  const value = lastLine(output)
  if (isNoInterpreter(value)) return fail(noInterpreter(host))
  const { conforms } = await import('../../../schemas/load.ts')
  return conforms(CleanupAnswer, value) ? ok(value) : fail(unreadable(host, output))
}

/** The JSON that the last line of an output is; undefined when it is none. */
export function lastLine(output: string): unknown {
  try {
    return JSON.parse(output.trimEnd().split('\n').at(-1) ?? '') as unknown
  } catch {
    return undefined
  }
}

/** Whether the host has no interpreter that can do the work. */
export function isNoInterpreter(value: unknown): boolean {
  return typeof value === 'object' && value !== null && 'noInterpreter' in value
}

/** The problem of a host that has no interpreter for the work. */
export function noInterpreter(where: string) {
  return {
    code: 'cleanup/no-interpreter',
    what: 'The host has no Python that can clean up safely; nothing was done there.',
    where,
    expected: 'python3 (3.6 or later), or /usr/libexec/platform-python',
    fix: 'Install python3-minimal there, or give the rules `roles:` that leave this host out.',
  }
}

/** The problem of an answer that does not have the form that is agreed. */
export function unreadable(where: string, output: string) {
  return {
    code: 'cleanup/unreadable',
    what: 'What the host said of the clean-up can not be read.',
    where,
    found: sanitise(output.trim().slice(-600), 600),
    fix: 'Look at what it complains of; where the host is right, report this.',
  }
}
