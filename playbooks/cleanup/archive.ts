import { limiter } from '../../connect/limit.ts'
import { differs, relay, type Relayed } from '../../connect/relay.ts'
import type { Host } from '../../connect/remote.ts'
import { sanitise } from '../../connect/text.ts'
import { awaitUnit } from '../../connect/unit.ts'
import type { Archived, PendingArchive } from '../../core/cleanup/archive.ts'
import { archiveReserve, sizeBytes } from '../../core/estate/cleanup.ts'
import { leaseLostError } from '../../core/run/execute.ts'
import { fail, ok, type Problem, type Result } from '../../schemas/problem.ts'
import { lastLine } from '../facts/cleanup/ask.ts'
import { cleanupProgram, cleanupScript } from '../facts/cleanup/program.ts'
import type { Session } from '../rollout/session.ts'
import { counted } from '../show/count.ts'
import { size } from '../show/size.ts'
import { cleanUnit, limitMs as cleanMs } from './host.ts'

// Each needs two of the few sessions that a connection has, and hosts may have the same archive.
const inTurn = limiter(2)

/** What became of one archive. */
export type ArchiveEnd = {
  readonly outcome: 'done' | 'failed'
  readonly said: string
  readonly problem?: Problem
}

/** A disk full of logs over a slow link (ms). */
const limitMs = 12 * 3_600_000
/** Removing what was archived (ms). */
const dropMs = 30 * 60_000

/**
 * Archives what a rule has put aside: the bytes go from host to host as a stream, the other host reads them back, and only then
 * is anything removed from the quarantine. The journal knows each of the three steps, so that it may be begun again.
 */
export function archive(session: Session, pending: PendingArchive): Promise<ArchiveEnd> {
  return inTurn(() => archiveOne(session, pending))
}

async function archiveOne(session: Session, pending: PendingArchive): Promise<ArchiveEnd> {
  const { cleanup, host, rule, to } = pending
  await session.record({ type: 'cleanup.archive.started', subject: host, data: { cleanup, rule, to } })
  const end = await archived(session, pending)
  if (end.problem?.code === 'host/fenced') throw leaseLostError(end.problem)
  await session.record({ type: 'cleanup.archive.ended', subject: host, data: { cleanup, rule, ...end } })
  return end
}

async function archived(session: Session, pending: PendingArchive): Promise<ArchiveEnd> {
  const { cleanup, rule, to } = pending
  const source = await session.pool.get(pending.host)
  if (!source.ok) return failed(rule, source.problems)
  const over = await untilOver(session, pending, source.value)
  if (!over.ok) return failed(rule, over.problems)
  let found = pending.archived
  if (found === null) {
    const target = await session.pool.get(to.host)
    if (!target.ok) return failed(rule, target.problems)
    const sent = await send(session, pending, source.value, target.value)
    if (!sent.ok) return failed(rule, sent.problems)
    if (sent.value === null) return { outcome: 'done', said: `${rule}: nothing was left to archive` }
    found = sent.value
    await session.record({
      type: 'cleanup.archived',
      subject: pending.host,
      data: { cleanup, rule, ...found },
    })
  }
  const dropped = await drop(session, pending, source.value, found)
  if (!dropped.ok) return failed(rule, dropped.problems)
  const what = `${counted(found.entries, 'entry')}, ${size(found.bytes)}`
  return { outcome: 'done', said: `${rule}: archived as ${to.host}:${found.file} (${what})` }
}

/** Waits for a run of which nobody knows how it ended, since it may put more aside. */
async function untilOver(
  session: Session,
  { cleanup, host, open }: PendingArchive,
  source: Host,
): Promise<Result<void>> {
  if (open === null) return ok(undefined)
  // From here on no controller that was overtaken can begin it.
  const shown = await source.run(':', { root: true, fence: session.fence, timeoutMs: 30_000 })
  if (!shown.ok) return shown
  const unit = cleanUnit(cleanup, open)
  const end = await awaitUnit(() => session.pool.get(host), { unit, timeoutMs: cleanMs + 60_000 })
  if (!end.ok) return end.problems.every(({ code }) => code === 'host/unit-absent') ? ok(undefined) : end
  if (end.value.state !== 'running' && shown.value.code === 0) return ok(undefined)
  return fail({
    code: 'archive/at-work',
    what: 'The clean-up that puts aside what is to be archived is still at work on the host.',
    where: host,
    found: unit,
    fix: 'Run the clean-up again when it is over.',
  })
}

/** Sends, compares the digests of all who saw the bytes, and gives the file its name; null when nothing was left. */
async function send(
  session: Session,
  pending: PendingArchive,
  source: Host,
  target: Host,
): Promise<Result<Archived | null>> {
  const { to, cleanup, host, rule, part } = pending
  const name = `${cleanup}_${host}_${rule}${part === 1 ? '' : `_${part}`}.tar.gz`
  const { fence } = session
  const asked = { verb: 'pack', home: '/var/lib/upkeep', id: quarantineOf(pending) }
  const args = [await cleanupProgram(), JSON.stringify(asked)]
  const written = to.reserve ?? archiveReserve
  const reserve = written.endsWith('%') ? written : String(sizeBytes(written))
  const from = { host: source, script: await cleanupScript(), args, fence }
  const sent = await relay(from, { host: target, directory: to.directory, name, reserve, fence }, limitMs)
  if (!sent.ok) return sent
  const said = packedOf(sent.value)
  if (said === undefined || said.sha256 !== sent.value.sha256 || said.bytes !== sent.value.bytes) {
    await sent.value.discard()
    const found = `the host sent ${sanitise(sent.value.said.trim().slice(-300), 300)}`
    return fail(differs(host, found, `${sent.value.bytes} bytes, sha256 ${sent.value.sha256}`))
  }
  if (said.entries === 0) {
    await sent.value.discard()
    return ok(null)
  }
  const committed = await sent.value.commit()
  if (!committed.ok) return committed
  return ok({ ...said, file: `${to.directory}/${name}` })
}

/** Where the program puts aside what a rule archives; see archive.py. */
function quarantineOf({ cleanup, rule }: PendingArchive): string {
  return `${cleanup}.archive.${rule}`
}

function packedOf({ said }: Relayed): Omit<Archived, 'file'> | undefined {
  const value = lastLine(said) as Partial<Record<keyof Archived, unknown>> | null | undefined
  const { sha256, bytes, entries, manifest } = value ?? {}
  if (typeof sha256 !== 'string' || typeof manifest !== 'string' || !isSums(manifest)) return undefined
  if (!Number.isSafeInteger(bytes) || !Number.isSafeInteger(entries)) return undefined
  return { sha256, bytes: Number(bytes), entries: Number(entries), manifest }
}

/** Digests of the lists of what was archived, one for each place where it lies; none where there is no list. */
function isSums(text: string): boolean {
  return text === '' || text.split(',').every((sum) => /^[0-9a-f]{64}$/.test(sum))
}

async function drop(
  session: Session,
  pending: PendingArchive,
  source: Host,
  { manifest }: Archived,
): Promise<Result<void>> {
  const asked = { verb: 'drop', home: '/var/lib/upkeep', id: quarantineOf(pending), manifest }
  const ran = await source.run(await cleanupScript(), {
    root: true,
    fence: session.fence,
    args: [await cleanupProgram(), JSON.stringify(asked)],
    timeoutMs: dropMs,
  })
  if (!ran.ok) return ran
  const { stdout, stderr, code } = ran.value
  const said = lastLine(stdout) as {
    readonly gone?: unknown
    readonly strays?: unknown
    readonly trouble?: unknown
  } | null
  if (code === 0 && said?.trouble === null && said.strays === 0) return ok(undefined)
  const trouble = typeof said?.trouble === 'string' ? said.trouble : stderr.trim().slice(-300)
  const kept = `${Number(said?.strays ?? 0)} were other files by then, and are kept in quarantine/kept`
  return fail({
    code: 'archive/left',
    what: 'What was archived could not all be removed from the host; the archive is whole.',
    where: pending.host,
    found: sanitise(trouble === '' ? kept : trouble, 300),
    fix: 'Look at the quarantine on the host; the next clean-up tries again.',
  })
}

function failed(rule: string, [problem]: readonly Problem[]): ArchiveEnd {
  const said = `${rule}: not archived, it stays in quarantine: ${problem?.what ?? ''}`
  return { outcome: 'failed', said, ...(problem === undefined ? {} : { problem }) }
}
