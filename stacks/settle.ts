import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Deployment, Stack } from '@pulumi/pulumi/automation/index.js'
import type { Problem } from '../schemas/problem.ts'
import { type Adopted, type Lock, lockOf, strangers, unfinished, without } from './interrupted.ts'

/** What is known of a stack before its engine begins. */
export type Surroundings = {
  readonly stack: string
  readonly directory: string
  readonly env: Readonly<Record<string, string>>
  readonly told: (line: { readonly warning: string }) => void
  readonly lives: (lock: Lock) => Promise<boolean | null>
}

type Settled = Pick<Stack, 'cancel' | 'exportStack' | 'importStack'> & {
  readonly refresh: (options: {
    readonly color: 'never'
    readonly suppressProgress: true
  }) => Promise<unknown>
}

/**
 * Ends what a killed engine left: its lock, and resources of which nobody knows whether they were made. Those with a name
 * are looked for in the account, which is owed until it was done: the state forgets that they were never read. Problems:
 * `stack/locked`, `stack/not-ours`.
 */
export async function settle(stack: Settled, work: Surroundings): Promise<Problem | undefined> {
  const lock = lockOf(work)
  if (lock !== null) {
    if ((await work.lives(lock)) !== false) return lockedBy(lock)
    work.told({ warning: `an engine was killed here (process ${lock.pid}): its lock is taken away` })
    await stack.cancel()
  }
  const { deployment, adopted, forgotten } = unfinished(await stack.exportStack())
  const owed = owedOf(work)
  if (deployment === null && owed.length === 0) return undefined
  for (const { urn } of adopted) work.told({ warning: `was being made when the engine was killed: ${urn}` })
  for (const urn of forgotten)
    work.told({ warning: `may have been made when the engine was killed, look in the account: ${urn}` })
  const unread = [...owed, ...adopted]
  // Before the state is changed: after that it says nothing of them any more.
  if (unread.length > 0) owe(work, unread)
  if (deployment !== null) await stack.importStack(deployment)
  // What was adopted and is not there is dropped by this, and made again.
  await stack.refresh({ color: 'never', suppressProgress: true })
  const problem = await leaveStrangers(stack, unread)
  rmSync(fileOf(work), { force: true })
  return problem
}

/** Whether something is in the state of a stack that was never read in the account. */
export function isOwed(work: Pick<Surroundings, 'directory' | 'stack'>): boolean {
  return existsSync(fileOf(work))
}

/** A name alone makes nothing ours: what does not bear the marks of this stack goes from the state, and stays as it is. */
async function leaveStrangers(stack: Settled, unread: readonly Adopted[]): Promise<Problem | undefined> {
  if (unread.length === 0) return undefined
  const read: Deployment = await stack.exportStack()
  const found = strangers(read, unread)
  if (found.length === 0) return undefined
  await stack.importStack(without(read, found))
  return {
    code: 'stack/not-ours',
    what: 'What was being made when the engine was killed stands in the account without the marks of this stack. Nobody can say whose it is: it is left alone.',
    found: found.map(({ type, id }) => `${type} ${id}`).join(', '),
    expected: 'the tags upkeep:estate and upkeep:stack of this stack',
    fix: 'If it is yours and empty, delete it and do the same again; if it is not, choose another name in the estate.',
  }
}

/** A stack on which another engine works. */
export function lockedBy({ pid, hostname }: Lock): Problem {
  return {
    code: 'stack/locked',
    what: 'Another engine works on this stack.',
    found: `process ${pid} on ${hostname}`,
    fix: 'Wait for it; if it was killed there: pulumi cancel',
  }
}

function fileOf({ directory, stack }: Pick<Surroundings, 'directory' | 'stack'>): string {
  return join(directory, `unread-${encodeURIComponent(stack)}.json`)
}

function owedOf(work: Surroundings): readonly Adopted[] {
  if (!isOwed(work)) return []
  const text = readFileSync(fileOf(work), 'utf8')
  try {
    return JSON.parse(text) as readonly Adopted[]
  } catch {
    throw new Error(
      `${fileOf(work)} is not whole: look in the account for what a broken-off run has made (bucket, user, window), then remove that file`,
    )
  }
}

function owe(work: Surroundings, unread: readonly Adopted[]): void {
  const file = fileOf(work)
  const kept = unread.map(({ urn, type, id, tags }) => ({ urn, type, id, tags }))
  writeFileSync(`${file}.part`, JSON.stringify(kept), { mode: 0o600, flush: true })
  renameSync(`${file}.part`, file)
}
