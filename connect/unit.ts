import { createHash } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'

import { fail, ok, type Problem, type Result } from '../schemas/problem.ts'
import type { Fence } from './fence.ts'
import { quoteAll } from './quote.ts'
import type { Host } from './remote.ts'
import { sanitise } from './text.ts'
import { type UnitEnd, unitEnd, unitAnswer } from './unit-end.ts'
import { awaitScript, removeScript, startScript, unitFiles, unitHome } from './unit-script.ts'

/** Work for a transient systemd unit; `unit` is its fixed name, `timeoutMs` the limit after which the host ends it. */
export type UnitWork = {
  readonly unit: string
  readonly script: string
  readonly args?: readonly string[]
  readonly timeoutMs: number
  /** Above it the host ends the work; without it there is no limit. */
  readonly memoryMaxBytes?: number
  /** Shown before the unit is started. */
  readonly fence?: Fence | undefined
}

export type { UnitEnd } from './unit-end.ts'

/** Whether this call started the unit, or found it running, ended or vanished. */
export type UnitStart = 'started' | 'running' | 'ended' | 'unknown'

/** Gives the connection to the host, a new one if need be: the `get` of a pool, bound to a name. */
export type GetHost = () => Promise<Result<Host>>

const oneCallMs = 30_000
/** The first output is wanted at once; for more, each answer costs the host a command, sudo and all (tenths of a second). */
const outputAfter = { first: 10, more: 40 }

/**
 * Starts work on the host once: a second call with the same name finds the first. Problems: `host/unit-differs` when
 * the name was used for other work, `host/unit` when systemd refuses, `host/lost` when no answer came (call again),
 * `host/fenced` and `host/fence-busy`, which start nothing.
 */
export async function startUnit(host: Host, work: UnitWork): Promise<Result<UnitStart>> {
  const text = `set -- ${quoteAll(work.args ?? [])}\n${work.script}\n`
  const sha256 = createHash('sha256').update(text).digest('hex')
  const seconds = String(Math.max(1, Math.ceil(work.timeoutMs / 1000)))
  const memory = work.memoryMaxBytes === undefined ? [] : [String(work.memoryMaxBytes)]
  const ran = await host.run(startScript, {
    root: true,
    fence: work.fence,
    args: [checked(work.unit), directory(work.unit), seconds, sha256, text, ...unitFiles, ...memory],
    timeoutMs: oneCallMs,
  })
  if (!ran.ok) return ran
  const where = `${host.name}:${work.unit}`
  if (ran.value.code === null) return fail(noAnswer(where))
  const said = ran.value.stdout.trim()
  if (ran.value.code === 0 && said === 'differs')
    return fail({
      code: 'host/unit-differs',
      what: 'The host has a unit of this name with other work in it; nothing was started.',
      where,
      fix: 'Make a new plan; a name stands for the same work for ever.',
    })
  if (ran.value.code === 0 && isStart(said)) return ok(said)
  return fail({
    code: 'host/unit',
    what: 'The host could not start the work as a systemd unit.',
    where,
    found: sanitise(ran.value.stderr.trim(), 300),
    fix: `Check systemd and the space in ${unitHome} on the host.`,
  })
}

/**
 * Waits until a unit has ended and tells how; may be called by another controller than the one that started it. A
 * lost link is connected again through `get`. When `timeoutMs` is over: `running`, or the problem that kept the host
 * from being asked. Problem `host/unit-absent`: the host knows no such unit.
 */
export async function awaitUnit(
  get: GetHost,
  o: { readonly unit: string; readonly timeoutMs: number; readonly onOutput?: (text: string) => void },
): Promise<Result<UnitEnd>> {
  const over = AbortSignal.timeout(o.timeoutMs)
  const expired = new Promise<undefined>((resolve) => {
    over.addEventListener('abort', () => resolve(undefined))
  })
  const decoder = new TextDecoder('utf-8', { ignoreBOM: true })
  let offset = 0
  let last: Result<UnitEnd> = ok({ state: 'running' })
  let failures = 0
  while (!over.aborted) {
    const asked = await Promise.race([ask(get, o, offset), expired])
    if (asked === undefined) break
    if (!asked.ok) {
      last = asked
      failures += 1
      if (isPermanent(asked.problems, failures)) return asked
      await Promise.race([sleep(Math.min(5000, 500 * 2 ** failures)), expired])
      continue
    }
    failures = 0
    const more = asked.value.more
    offset += more.length
    if (more.length > 0) o.onOutput?.(decoder.decode(more, { stream: true }))
    last = ok(asked.value.end)
    if (asked.value.end.state !== 'running') return last
  }
  return last
}

/**
 * Starts a unit and waits for its end; `waitMs` (its own time limit and a minute by default) bounds the waiting.
 * Problems: what kept it from being started. Once it may have been started, trouble is `unknown`.
 */
export async function runUnit(
  get: GetHost,
  work: UnitWork & { readonly waitMs?: number; readonly onOutput?: (text: string) => void },
): Promise<Result<UnitEnd>> {
  let mayBeStarted = false
  for (let tries = 1; ; tries++) {
    const host = await get()
    const start = host.ok ? await startUnit(host.value, work) : host
    if (start.ok) break
    mayBeStarted ||= host.ok && start.problems.some((problem) => problem.code === 'host/lost')
    if (start.problems.some((problem) => problem.code === 'host/fenced')) return start
    // A start without an answer may have happened; asking again is safe, as it happens once.
    const mayPass = start.problems.every((problem) =>
      ['host/lost', 'host/unreachable', 'host/fence-busy'].includes(problem.code),
    )
    if (!mayPass || tries >= 5) return mayBeStarted ? notKnown(start.problems) : start
    await sleep(500 * 2 ** tries)
  }
  const timeoutMs = work.waitMs ?? work.timeoutMs + 60_000
  const onOutput = work.onOutput === undefined ? {} : { onOutput: work.onOutput }
  const end = await awaitUnit(get, { unit: work.unit, timeoutMs, ...onOutput })
  return end.ok ? end : notKnown(end.problems)
}

function notKnown([problem]: readonly Problem[]): Result<UnitEnd> {
  return ok({
    state: 'unknown',
    why: `${problem?.what ?? ''} Whether the work was done is not known yet.`.trim(),
  })
}

/** Removes what units whose names begin with the prefix have left on the host; running ones stay and are named. */
export async function removeUnitFiles(
  host: Host,
  unitPrefix: string,
  fence?: Fence,
): Promise<Result<{ removed: readonly string[]; busy: readonly string[] }>> {
  const ran = await host.run(removeScript, {
    root: true,
    fence,
    args: [checked(unitPrefix)],
    timeoutMs: oneCallMs,
  })
  if (!ran.ok) return ran
  if (ran.value.code !== 0) return fail(noAnswer(`${host.name}:${unitPrefix}*`))
  const lines = ran.value.stdout.split('\n').map((line) => line.split(' '))
  const named = (word: string) => lines.flatMap(([first, unit]) => (first === word && unit ? [unit] : []))
  return ok({ removed: named('removed'), busy: named('busy') })
}

async function ask(
  get: GetHost,
  o: { readonly unit: string; readonly onOutput?: (text: string) => void },
  offset: number,
): Promise<Result<{ end: UnitEnd; more: Buffer }>> {
  const host = await get()
  if (!host.ok) return host
  const where = `${host.value.name}:${o.unit}`
  const after = offset === 0 ? outputAfter.first : outputAfter.more
  const live = o.onOutput === undefined ? 0 : after
  const ran = await host.value.run(awaitScript, {
    root: true,
    args: [
      checked(o.unit),
      directory(o.unit),
      String((oneCallMs - 5000) / 100),
      String(offset),
      String(live),
    ],
    timeoutMs: oneCallMs + 5000,
  })
  if (!ran.ok) return ran
  if (ran.value.code !== 0) return fail(noAnswer(where))
  const said = unitAnswer(ran.value.stdout)
  if (said.get('state') === 'absent')
    return fail({
      code: 'host/unit-absent',
      what: 'The host knows no unit of this name: it was never started there, or its files were removed.',
      where,
      fix: 'Start it; that happens once, whoever asks.',
    })
  return ok({ end: unitEnd(said), more: Buffer.from(said.get('more') ?? '', 'base64') })
}

// A password that is refused again and again locks the account; all else may pass while the host restarts.
function isPermanent(problems: readonly Problem[], failures: number): boolean {
  return problems.some(
    ({ code }) =>
      /^host\/(key-|certificate|known-hosts|unit-absent|sudo-wrapper)/.test(code) ||
      (code === 'host/sudo-refused' && failures >= 3),
  )
}

function isStart(word: string): word is UnitStart {
  return ['started', 'running', 'ended', 'unknown'].includes(word)
}

function directory(unit: string): string {
  return `${unitHome}/${unit}`
}

// The name stands in paths and in systemd's own quoting, so it has none of the characters that mean something there.
function checked(unit: string): string {
  if (!/^[A-Za-z0-9][A-Za-z0-9._-]{0,180}$/.test(unit)) throw new Error(`not a unit name: ${unit}`)
  return unit
}

function noAnswer(where: string): Problem {
  return {
    code: 'host/lost',
    what: 'The host gave no answer about the unit; what it does goes on there.',
    where,
    fix: 'Ask again; nothing is started twice.',
  }
}
