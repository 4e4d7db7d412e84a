import { createHash } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'

import { fail, ok, type Problem, type Result } from '../schemas/problem.ts'
import { capture } from './capture.ts'
import { type Fence, fenceRefusal } from './fence.ts'
import { quoteAll } from './quote.ts'
import type { Host } from './remote.ts'
import { sanitise } from './text.ts'
import { type UnitAnswer, unitAnswer, type UnitEnd, unitEnd } from './unit-end.ts'
import { awaitScript, removeScript, startScript, thenAwaitScript, unitHome, unitText } from './unit-script.ts'

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
/** Each command costs the host more than what it does (sudo, the log): one starts the unit, waits for it, and tells its output. */
const waitTenths = (oneCallMs - 5000) / 100
/** Tenths of a second after which output is told first. */
const outputAfter = 10

/** Output of a unit as it comes, how much of it has come, and whether nobody waits for it any more. */
type Output = {
  readonly isWanted: boolean
  bytes: number
  isOver: boolean
  readonly tell: (bytes: Buffer) => void
}

/**
 * Starts work on the host once: a second call with the same name finds the first. Problems: `host/unit-differs` when
 * the name was used for other work, `host/unit` when systemd refuses, `host/lost` when no answer came (call again),
 * `host/fenced` and `host/fence-busy`, which start nothing.
 */
export async function startUnit(host: Host, work: UnitWork): Promise<Result<UnitStart>> {
  const started = await start(host, work)
  return started.ok ? ok(started.value.start) : started
}

/** The same, and with `output` the first time of waiting for its end, in one command. */
async function start(
  host: Host,
  work: UnitWork,
  output?: Output,
): Promise<Result<{ readonly start: UnitStart; readonly end: UnitEnd }>> {
  const text = `set -- ${quoteAll(work.args ?? [])}\n${work.script}\n`
  const sha256 = createHash('sha256').update(text).digest('hex')
  const seconds = String(Math.max(1, Math.ceil(work.timeoutMs / 1000)))
  const memory = work.memoryMaxBytes === undefined ? 'infinity' : String(work.memoryMaxBytes)
  const args = [checked(work.unit), directory(work.unit), seconds, sha256, text, unitText, memory]
  const answer = unitAnswer((more) => take(output, more))
  const first = capture(1024)
  const ran = await host.print(startScript, {
    root: true,
    fence: work.fence,
    args: output === undefined ? args : [...args, ...waiting(output)],
    afterwards: output === undefined ? undefined : thenAwaitScript,
    timeoutMs: output === undefined ? oneCallMs : 2 * oneCallMs,
    onStdout(chunk) {
      first.add(chunk)
      answer.add(chunk)
    },
    isFull: answer.isFlood,
  })
  if (!ran.ok) return ran
  const where = `${host.name}:${work.unit}`
  const { code, stderr } = ran.value
  const refusal = work.fence && fenceRefusal(work.fence, { code, stdout: first.text(), where: host.name })
  if (refusal !== undefined) return fail(refusal)
  const word = answer.said.get('start') ?? ''
  // What was started is known to be so, whatever became of the waiting.
  if (isStart(word)) return ok({ start: word, end: endOf(answer) })
  if (code === null) return fail(noAnswer(where))
  if (word === 'differs')
    return fail({
      code: 'host/unit-differs',
      what: 'The host has a unit of this name with other work in it; nothing was started.',
      where,
      fix: 'Make a new plan; a name stands for the same work for ever.',
    })
  return fail({
    code: 'host/unit',
    what: 'The host could not start the work as a systemd unit.',
    where,
    found: sanitise(stderr.trim(), 300),
    fix: `Check systemd and the space in ${unitHome} on the host.`,
  })
}

function waiting({ isWanted, bytes }: Output): readonly string[] {
  return [String(waitTenths), String(bytes), String(isWanted ? outputAfter : 0)]
}

function take(output: Output | undefined, more: Buffer): void {
  if (output === undefined || output.isOver) return
  output.bytes += more.length
  output.tell(more)
}

// Nothing that was cut off tells of an end: its state is said last.
function endOf({ said }: UnitAnswer): UnitEnd {
  return said.has('state') ? unitEnd(said) : { state: 'running' }
}

function outputOf(onOutput: ((text: string) => void) | undefined): Output {
  const decoder = new TextDecoder('utf-8', { ignoreBOM: true })
  return {
    isWanted: onOutput !== undefined,
    bytes: 0,
    isOver: false,
    tell: (more) => onOutput?.(decoder.decode(more, { stream: true })),
  }
}

/**
 * Waits until a unit has ended and tells how; may be called by another controller than the one that started it. A
 * lost link is connected again through `get`. When `timeoutMs` is over: `running`, or the problem that kept the host
 * from being asked. Problem `host/unit-absent`: the host knows no such unit.
 */
export function awaitUnit(
  get: GetHost,
  o: { readonly unit: string; readonly timeoutMs: number },
): Promise<Result<UnitEnd>> {
  return untilEnded(o.timeoutMs, outputOf(undefined), (output) => ask(get, o.unit, output))
}

async function untilEnded(
  timeoutMs: number,
  output: Output,
  once: (output: Output) => Promise<Result<UnitEnd>>,
): Promise<Result<UnitEnd>> {
  const over = AbortSignal.timeout(timeoutMs)
  const expired = new Promise<undefined>((resolve) => {
    over.addEventListener('abort', () => resolve(undefined))
  })
  let last: Result<UnitEnd> = ok({ state: 'running' })
  let failures = 0
  try {
    while (!over.aborted) {
      const asked = await Promise.race([once(output), expired])
      if (asked === undefined) break
      last = asked
      if (asked.ok) {
        failures = 0
        if (asked.value.state !== 'running') return asked
        continue
      }
      failures += 1
      if (isPermanent(asked.problems, failures)) return asked
      await Promise.race([sleep(Math.min(5000, 500 * 2 ** failures)), expired])
    }
    return last
  } finally {
    // What is asked may still answer.
    output.isOver = true
  }
}

/**
 * Starts a unit and waits for its end; `waitMs` (its own time limit and a minute by default) bounds the waiting.
 * Problems: what kept it from being started. Once it may have been started, trouble is `unknown`.
 */
export async function runUnit(
  get: GetHost,
  work: UnitWork & { readonly waitMs?: number; readonly onOutput?: (text: string) => void },
): Promise<Result<UnitEnd>> {
  const output = outputOf(work.onOutput)
  let mayBeStarted = false
  for (let tries = 1; ; tries++) {
    const host = await get()
    const started = host.ok ? await start(host.value, work, output) : host
    if (started.ok) {
      if (started.value.end.state !== 'running') return ok(started.value.end)
      break
    }
    const { problems } = started
    mayBeStarted ||= host.ok && problems.some((problem) => problem.code === 'host/lost')
    if (problems.some((problem) => problem.code === 'host/fenced')) return started
    // A start without an answer may have happened; asking again is safe, as it happens once.
    const mayPass = problems.every((problem) =>
      ['host/lost', 'host/unreachable', 'host/fence-busy'].includes(problem.code),
    )
    if (!mayPass || tries >= 5) return mayBeStarted ? notKnown(problems) : started
    await sleep(500 * 2 ** tries)
  }
  const timeoutMs = work.waitMs ?? work.timeoutMs + 60_000
  const end = await untilEnded(timeoutMs, output, (of) => ask(get, work.unit, of))
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

async function ask(get: GetHost, unit: string, output: Output): Promise<Result<UnitEnd>> {
  const host = await get()
  if (!host.ok) return host
  const where = `${host.value.name}:${unit}`
  const answer = unitAnswer((more) => take(output, more))
  const ran = await host.value.print(awaitScript, {
    root: true,
    args: [checked(unit), directory(unit), ...waiting(output)],
    timeoutMs: oneCallMs + 5000,
    onStdout: answer.add,
    isFull: answer.isFlood,
  })
  if (!ran.ok) return ran
  if (ran.value.code !== 0) return fail(noAnswer(where))
  if (answer.said.get('state') === 'absent')
    return fail({
      code: 'host/unit-absent',
      what: 'The host knows no unit of this name: it was never started there, or its files were removed.',
      where,
      fix: 'Start it; that happens once, whoever asks.',
    })
  return ok(endOf(answer))
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
