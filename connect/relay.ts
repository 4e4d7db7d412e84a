import { createHash } from 'node:crypto'
import type { Writable } from 'node:stream'
import { fail, ok, type Problem, type Result } from '../schemas/problem.ts'
import { capture } from './capture.ts'
import { type Fence, fenceRefusal } from './fence.ts'
import type { Flow } from './link.ts'
import type { Host, Printed } from './remote.ts'
import { commitScript, receiveScript } from './relay-script.ts'
import { sanitise } from './text.ts'

/** What prints the bytes: a script that root runs on a host. */
export type RelayFrom = {
  readonly host: Host
  readonly script: string
  readonly args: readonly string[]
  readonly fence?: Fence | undefined
}

/** Where they go: a file in a directory of another host, which root alone can write to. */
export type RelayTo = {
  readonly host: Host
  readonly directory: string
  readonly name: string
  /** What stays free on its file system: bytes, or a share of it such as `10%`. */
  readonly reserve: string
  readonly fence?: Fence | undefined
}

/** Bytes that have reached the other host under a name of their own; `said` are the errors of the script that printed them. */
export type Relayed = {
  readonly bytes: number
  readonly sha256: string
  readonly said: string
  /** Reads them back there, and gives them their name; one that is taken by other bytes stays. */
  readonly commit: () => Promise<Result<void>>
  /** Removes them; what can not be removed now is written over by the next try. */
  readonly discard: () => Promise<void>
}

/**
 * Passes what a script of one host prints on to another host, as it comes: who writes slower is waited for, and nothing is
 * kept here. Problems: `archive/source`, `archive/directory`, `archive/reserve`, `archive/write`, `host/lost`, `host/fenced`; then
 * nothing is left but perhaps a hidden file, and the source is as it was.
 */
export async function relay(from: RelayFrom, to: RelayTo, timeoutMs: number): Promise<Result<Relayed>> {
  const asker = await to.host.run('id -u', { root: false, timeoutMs: 30_000 })
  if (!asker.ok) return asker
  const said = capture(4096)
  const opened = Promise.withResolvers<string>()
  const receiving = to.host.print(receiveScript, {
    root: true,
    fence: to.fence,
    args: [to.directory, to.name, asker.value.stdout.trim(), String(Math.ceil(timeoutMs / 1000)), to.reserve],
    timeoutMs,
    onStdout(chunk) {
      said.add(chunk)
      const pipe = /^ready (\/run\/upkeep-archive\.[A-Za-z0-9]{10}\/in)$/m.exec(said.text())?.[1]
      if (pipe !== undefined) opened.resolve(pipe)
    },
  })
  const pipe = await Promise.race([opened.promise, receiving.then(() => undefined)])
  if (pipe === undefined) return notReceived(to, await receiving, said.text())

  const input = Promise.withResolvers<Writable>()
  const feeding = to.host.feed(`exec /bin/sh -c 'exec cat >${pipe}'`, { timeoutMs, pour: input.resolve })
  const stdin = await Promise.race([input.promise, feeding.then(() => undefined)])
  const printed = stdin === undefined ? undefined : await pour(from, stdin, [receiving, feeding], timeoutMs)
  if (printed?.sent.ok !== true || printed.sent.value.code !== 0) await discard(to, pipe)
  const [received] = await Promise.all([receiving, feeding])
  if (printed !== undefined && printed.isWhole && !isGood(printed.sent))
    return notSent(from, printed.sent, printed.head)
  if (!isGood(received)) {
    await discard(to, pipe)
    return notReceived(to, received, said.text())
  }
  if (printed === undefined || !isGood(printed.sent)) return notSent(from, printed?.sent, printed?.head)
  const { bytes, sha256, sent } = printed
  return ok({
    bytes,
    sha256,
    said: sent.ok ? sent.value.stderr : '',
    commit: () => commit(to, bytes, sha256),
    discard: () => discard(to, pipe),
  })
}

/** Writes what a script prints to the standard input of the other host; gives up when that has ended. */
async function pour(
  from: RelayFrom,
  stdin: Writable,
  others: readonly Promise<unknown>[],
  timeoutMs: number,
) {
  const hash = createHash('sha256')
  // A host that refuses says so instead of bytes.
  const head = capture(1024)
  let bytes = 0
  let flow: Flow | undefined
  let isOver = false
  // What waits for a reader that is gone would wait for ever.
  void Promise.race(others).then(() => {
    isOver = true
    flow?.stop()
  })
  stdin.on('drain', () => flow?.resume())
  const sent = await from.host.print(from.script, {
    root: true,
    fence: from.fence,
    args: from.args,
    timeoutMs,
    onFlow(of) {
      flow = of
      if (isOver) of.stop()
    },
    onStdout(chunk) {
      hash.update(chunk)
      head.add(chunk)
      bytes += chunk.length
      if (!stdin.write(chunk) && !isOver) flow?.pause()
    },
  })
  // Nobody asked the source to stop: how it ended is its own doing.
  const isWhole = !isOver
  stdin.end()
  return { sent, isWhole, bytes, sha256: hash.digest('hex'), head: head.text() }
}

async function commit(to: RelayTo, bytes: number, sha256: string): Promise<Result<void>> {
  const ran = await to.host.run(commitScript, {
    root: true,
    fence: to.fence,
    args: [to.directory, to.name, String(bytes), sha256],
    timeoutMs: 3_600_000,
  })
  if (!ran.ok) return ran
  const { code, stderr, lost } = ran.value
  const where = whereOf(to)
  if (code === 0) return ok(undefined)
  const found = sanitise(stderr.trim(), 300)
  if (code === 66) {
    return fail({
      code: 'archive/taken',
      what: 'Another file has the name of the archive; it stays, and so does what was to be archived.',
      where,
      found,
      fix: 'See what it is, and move it away; then run the clean-up again.',
    })
  }
  if (code === 65) return fail(differs(where, found, `${bytes} bytes, sha256 ${sha256}`))
  return fail({ ...noWrite(where, found), ...(code === null && lost ? { code: 'host/lost' } : {}) })
}

/** The problem of bytes that are not the same at both ends. */
export function differs(where: string, found: string, expected: string): Problem {
  return {
    code: 'archive/differs',
    what: 'What the other host reads back is not what was to be archived; the source stays.',
    where,
    found,
    expected,
    fix: 'Check the disk and the memory of both hosts, then run the clean-up again.',
  }
}

// Ends what may still wait at the pipe, too.
async function discard(to: RelayTo, pipe: string): Promise<void> {
  const script = `rm -f -- "$1/.upkeep-new.$2"; [ ! -p "$3" ] || timeout 5 sh -c ': >"$1"' sh "$3"; :`
  await to.host.run(script, { root: true, args: [to.directory, to.name, pipe], timeoutMs: 30_000 })
}

function isGood(ended: Result<Printed>): boolean {
  return ended.ok && ended.value.code === 0
}

function notSent({ host, fence }: RelayFrom, sent: Result<Printed> | undefined, stdout = ''): Result<never> {
  if (sent?.ok === false) return sent
  const code = sent?.value.code ?? null
  const refusal = fence && fenceRefusal(fence, { code, stdout, where: host.name })
  if (refusal !== undefined) return fail(refusal)
  const isLost = code === null
  return fail({
    code: isLost ? 'host/lost' : 'archive/source',
    what: 'What was to be archived could not be read to its end; it stays.',
    where: host.name,
    found: sanitise(sent?.value.stderr.trim().slice(-300) ?? '', 300),
    fix: 'Look at the host, then run the clean-up again.',
  })
}

function notReceived(to: RelayTo, received: Result<Printed>, stdout: string): Result<never> {
  if (!received.ok) return received
  const { code, stderr } = received.value
  const where = whereOf(to)
  const refusal = to.fence && fenceRefusal(to.fence, { code, stdout, where })
  if (refusal !== undefined) return fail(refusal)
  const found = sanitise(stderr.trim(), 300)
  if (code === 65) {
    return fail({
      code: 'archive/directory',
      what: 'The directory of the archive is not one that root alone can write to; nothing was sent there.',
      where,
      found,
      expected: 'a directory of root, mode 755 or less, in such directories',
      fix: 'Make it so on that host: mkdir -p, chown root, chmod 700.',
    })
  }
  if (code === 67) {
    return fail({
      code: 'archive/reserve',
      what: 'The archive would take what is to stay free on the disk of the other host; it is removed there, and the source stays.',
      where,
      found,
      expected: `${to.reserve}${to.reserve.endsWith('%') ? '' : ' bytes'} stay free`,
      fix: 'Make room there, or lower `reserve:` of the rule; then run the clean-up again.',
    })
  }
  return fail({ ...noWrite(where, found), ...(code === null ? { code: 'host/lost' } : {}) })
}

function noWrite(where: string, found: string): Problem {
  return {
    code: 'archive/write',
    what: 'The archive could not be written on the other host; the source stays.',
    where,
    found,
    fix: 'Look for room on its disk, then run the clean-up again.',
  }
}

function whereOf({ host, directory, name }: RelayTo): string {
  return `${host.name}:${directory}/${name}`
}
