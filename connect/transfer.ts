import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { Readable } from 'node:stream'

import { fail, ok, type Problem, type Result } from '../schemas/problem.ts'
import { capture } from './capture.ts'
import { type Fence, fenceRefusal } from './fence.ts'
import type { Link } from './link.ts'
import type { Stream } from './remote.ts'
import { sanitise } from './text.ts'

/** How long the reading of a file may take (ms), and how many bytes of it are wanted; more is a problem. */
export type ReceiveLimits = { readonly timeoutMs: number; readonly maxBytes: number }

/** Reads a file of the host as root into a sink; `host/receive` when it can not be read to its end. */
export async function receive(
  name: string,
  stream: Stream,
  path: string,
  sink: (chunk: Buffer) => void,
  o: ReceiveLimits,
): Promise<Result<{ bytes: number; sha256: string }>> {
  const hash = createHash('sha256')
  let bytes = 0
  // The host is asked to stop one byte past the limit, and not believed: what comes beyond it is not passed on.
  const ended = await stream('exec head -c "$2" -- "$1"', {
    root: true,
    args: [path, String(o.maxBytes + 1)],
    timeoutMs: o.timeoutMs,
    onStdout(chunk) {
      bytes += chunk.length
      if (bytes > o.maxBytes) return
      hash.update(chunk)
      sink(chunk)
    },
  })
  if (!ended.ok) return ended
  if (bytes > o.maxBytes) return fail(tooLong(`${name}:${path}`, o.maxBytes))
  if (ended.value.code === 0) return ok({ bytes, sha256: hash.digest('hex') })
  return fail({
    code: ended.value.lost ? 'host/lost' : 'host/receive',
    what: 'A file of the host could not be read to its end.',
    where: `${name}:${path}`,
    found: sanitise(ended.value.stderr.trim(), 300) || `no end after ${bytes} bytes`,
    fix: 'Check that the file is there, then try again.',
  })
}

/** A local file, where it goes on the host, and the SHA-256 that it must have there. */
export type FileToSend = { readonly from: string; readonly to: string; readonly sha256: string }

/** How long the sending of a batch may take (ms), and what is shown before any of it is put in place. */
export type SendOptions = { readonly timeoutMs: number; readonly fence?: Fence | undefined }

type Sized = FileToSend & { readonly size: number }

/**
 * What is sent lies on the host twice until it is in place: no more bytes than this at once, but for a larger file; and no more
 * files, each of which waits for the disk while a later controller waits for the fence.
 */
const batchBytes = 16 << 20
const batchFiles = 50

/**
 * Writes local files to the host, into directories that are made where they are not there, as many as go together in two round trips. They go first to one temporary file of the
 * connecting user, as root's wrapper has no standard input to spare; root copies each out of that, checks the copy, which
 * nobody else can change, syncs and renames it. Those before one that can not be written are in place.
 */
export async function send(
  name: string,
  link: Link,
  stream: Stream,
  files: readonly FileToSend[],
  o: SendOptions,
): Promise<Result<void>> {
  const sized: Sized[] = []
  for (const file of files) {
    if (!file.to.startsWith('/') || file.to.endsWith('/')) throw new Error(`not a file: ${file.to}`)
    const size = await sizeOf(file.from)
    if (size === undefined)
      return fail(sendProblem(`${name}:${file.to}`, `${file.from} is not a readable file`))
    sized.push({ ...file, size })
  }
  for (const batch of batchesOf(sized)) {
    const sent = await sendBatch(name, link, stream, batch, o)
    if (!sent.ok) return sent
  }
  return ok(undefined)
}

function sizeOf(path: string): Promise<number | undefined> {
  return stat(path).then(
    (found) => (found.isFile() ? found.size : undefined),
    () => undefined,
  )
}

function batchesOf(files: readonly Sized[]): readonly (readonly Sized[])[] {
  const batches: Sized[][] = []
  let bytes = 0
  for (const file of files) {
    bytes += file.size
    const last = batches.at(-1)
    if (last !== undefined && last.length < batchFiles && bytes <= batchBytes) last.push(file)
    else {
      batches.push([file])
      bytes = file.size
    }
  }
  return batches
}

async function sendBatch(
  name: string,
  link: Link,
  stream: Stream,
  batch: readonly Sized[],
  o: SendOptions,
): Promise<Result<void>> {
  const where = `${name}:${batch.map(({ to }) => to).join(', ')}`.slice(0, 300)
  const staged = await stage(link, batch, o.timeoutMs)
  if (!staged.ok) return fail(...staged.problems.map((problem) => ({ ...problem, where })))
  const said = capture(1024)
  const installed = await stream(install, {
    root: true,
    fence: o.fence,
    args: [staged.value, ...batch.flatMap(({ to, size, sha256 }) => [to, String(size), sha256])],
    timeoutMs: o.timeoutMs,
    onStdout: said.add,
  })
  if (!installed.ok) return installed
  const { code, lost, stderr } = installed.value
  // Where root was refused, nobody has taken it away.
  if (code !== null && code !== 0)
    await link.exec({
      command: `rm -f ${staged.value}`,
      timeoutMs: 30_000,
      feed: (stdin) => stdin.end(),
      onStdout() {},
      onStderr() {},
    })
  const refusal = o.fence && fenceRefusal(o.fence, { code, stdout: said.text(), where })
  if (refusal !== undefined) return fail(refusal)
  if (code === 0) return ok(undefined)
  if (code === null)
    return fail({ ...sendProblem(where, 'no answer'), code: lost ? 'host/lost' : 'host/send' })
  if (code !== 65) return fail(sendProblem(where, stderr))
  // sudo may have said something before it.
  const [, place, found = stderr] = /^(\d+) (\d+ bytes, .*)$/m.exec(stderr) ?? []
  const file = place === undefined ? undefined : batch[Number(place)]
  return fail({
    code: 'host/send-differs',
    what: 'The bytes that reached the host are not the ones that were meant; the file was not put in place.',
    where: file === undefined ? where : `${name}:${file.to}`,
    found: sanitise(found.trim(), 300),
    ...(file === undefined ? {} : { expected: `${file.size} bytes, sha256 ${file.sha256}` }),
    fix: 'Check the local file against its digest, and the disk of the host.',
  })
}

async function stage(link: Link, batch: readonly Sized[], timeoutMs: number): Promise<Result<string>> {
  const stdout = capture(65536)
  const stderr = capture(65536)
  const source = Readable.from(bytesOf(batch))
  let readError: Error | undefined
  const ended = await link.exec({
    command: stageCommand(batch.reduce((sum, { size }) => sum + size, 0)),
    timeoutMs,
    feed(stdin) {
      source.once('error', (error) => {
        readError = error
        stdin.end()
      })
      source.pipe(stdin)
    },
    onStdout: stdout.add,
    onStderr: stderr.add,
  })
  source.destroy()
  if (!ended.ok) return ended
  const path = /^upkeep-staged (\/var\/tmp\/upkeep\.[A-Za-z0-9]{10})$/m.exec(stdout.text())?.[1]
  if (ended.value.code === 0 && path !== undefined) return ok(path)
  if (ended.value.code === null)
    return fail({ ...sendProblem('', 'no answer'), code: ended.value.lost ? 'host/lost' : 'host/send' })
  return fail(sendProblem('', readError?.message ?? stderr.text()))
}

async function* bytesOf(batch: readonly Sized[]): AsyncGenerator<Buffer> {
  for (const { from } of batch) yield* createReadStream(from) as AsyncIterable<Buffer>
}

// The size is a number, the rest constant: nothing here needs quoting in any log-in shell. What a lost link left an hour ago
// or before, whole and never put in place, goes: nobody else would take it away.
function stageCommand(size: number): string {
  return `exec /bin/sh -c 'umask 077; set -- /var/tmp/upkeep.??????????; [ ! -e "$1" ] || find /var/tmp -maxdepth 1 -type f -name "upkeep.??????????" -user "$(id -u)" -mmin +60 -exec rm -f {} + 2>/dev/null; f=$(mktemp /var/tmp/upkeep.XXXXXXXXXX) || exit 1; cat >"$f" && [ "$(wc -c <"$f")" -eq ${size} ] && echo "upkeep-staged $f" && exit 0; rm -f "$f"; exit 1'`
}

const install = `
stage=$1 begin=1 place=0
tmp=
trap 'rm -f -- "$stage" \${tmp:+"$tmp"}' EXIT
umask 077
shift
[ -f "$stage" ] || { echo "$stage is gone" >&2; exit 1; }
while [ $# -ge 3 ]; do
  dest=$1 size=$2 sha256=$3
  mkdir -p -- "\${dest%/*}/" || exit 1
  [ ! -d "$dest" ] || { echo "$dest is a directory" >&2; exit 1; }
  tmp=$(mktemp "\${dest%/*}/.upkeep.XXXXXXXXXX") || exit 1
  tail -c "+$begin" -- "$stage" 2>/dev/null | head -c "$size" >"$tmp" || exit 1
  bytes=$(wc -c <"$tmp") sum=$(sha256sum <"$tmp") || exit 1
  sum=\${sum%% *}
  [ "$bytes" -eq "$size" ] && [ "$sum" = "$sha256" ] || { echo "$place $bytes bytes, sha256 $sum" >&2; exit 65; }
  sync -- "$tmp" && mv -fT -- "$tmp" "$dest" && sync -- "\${dest%/*}/" || exit 1
  tmp= begin=$((begin + size)) place=$((place + 1))
  shift 3
done
`

function tooLong(where: string, maxBytes: number): Problem {
  return {
    code: 'host/receive-too-long',
    what: 'A file of the host is longer than the host had said; the rest was not read.',
    where,
    expected: `${maxBytes} bytes`,
    fix: 'Look at who changes that file, and make a new plan.',
  }
}

function sendProblem(where: string, found: string): Problem {
  return {
    code: 'host/send',
    what: 'A file could not be written to the host.',
    where,
    found: sanitise(found.trim(), 300),
    fix: 'Check space and rights of its directory and of /var/tmp on the host.',
  }
}
