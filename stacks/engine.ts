import type {
  EngineEvent,
  InlineProgramArgs,
  LocalWorkspaceOptions,
  Stack,
} from '@pulumi/pulumi/automation/index.js'
import { engineVersion } from '../schemas/lab-cloud.ts'
import { fail, ok, type Result } from '../schemas/problem.ts'
import { type Lock, lockOf } from './interrupted.ts'
import type { Program } from './program.ts'
import { isOwed, lockedBy, settle } from './settle.ts'

/** What the engine is asked to do. */
export type StackVerb = 'preview' | 'up' | 'refresh' | 'destroy'

/** A resource that the engine does something to; `properties` are those that differ. */
export type StackChange = {
  readonly operation: string
  readonly type: string
  readonly name: string
  readonly properties: readonly string[]
}

/** How it ended: each change, and the number of resources by operation (`same` among them). */
export type StackEnd = {
  readonly changes: readonly StackChange[]
  readonly counts: Readonly<Record<string, number>>
}

export type StackWork = {
  readonly verb: StackVerb
  readonly stack: string
  readonly program: Program
  /** Directory of the project's and the stacks' settings; made if it is not there. */
  readonly directory: string
  /** Path of the program pulumi; without one that of PATH. */
  readonly engine?: string
  /** Environment of the engine: state, passphrase, access to the cloud. */
  readonly env: Readonly<Record<string, string>>
  /** Told of each change as it is seen or done, and of what the engine warns. */
  readonly told: (line: StackChange | { readonly warning: string }) => void
  /** Asks the engine to finish what is in flight and to begin nothing more. */
  readonly signal: AbortSignal
  /** Whether a process of this machine lives; `null` for one of another machine. */
  readonly lives: (lock: Lock) => Promise<boolean | null>
}

const project = 'upkeep'

/**
 * Has the real engine preview, make, read again or remove the resources of a program. What an engine that was killed has
 * left is settled first. Problems: `stack/no-engine`, `stack/passphrase`, `stack/locked`, `stack/not-ours`,
 * `stack/protected`, `stack/failed`.
 */
export async function runStack(work: StackWork): Promise<Result<StackEnd>> {
  const automation = await import('@pulumi/pulumi/automation/index.js')
  const pulumiCommand = await automation.PulumiCommand.get(
    work.engine === undefined ? {} : { root: work.engine.replace(/\/bin\/pulumi$/, '') },
  ).catch(() => null)
  if (pulumiCommand === null) return noEngine(work.engine)
  const args: InlineProgramArgs = {
    stackName: work.stack,
    projectName: project,
    program: async () => ({ made: await work.program() }),
  }
  const options: LocalWorkspaceOptions = {
    pulumiCommand,
    workDir: work.directory,
    envVars: { PULUMI_SKIP_UPDATE_CHECK: 'true', ...work.env },
  }
  const seen = watching(work)
  try {
    const stack = await automation.LocalWorkspace.createOrSelectStack(args, options)
    if (work.verb !== 'preview') {
      const left = await settle(stack, work)
      if (left !== undefined) return fail(left)
    } else if (isOwed(work))
      work.told({ warning: 'the state has what was never read in the account: upkeep stack refresh' })
    await ask(stack, work, seen)
    return ok({ changes: seen.changes, counts: seen.counts() })
  } catch (cause) {
    if (cause instanceof automation.ConcurrentUpdateError) return locked(lockOf(work))
    return failed(cause, seen.errors)
  }
}

async function ask(stack: Stack, { verb, signal }: StackWork, seen: Seen) {
  const common = { signal, color: 'never', suppressProgress: true } as const
  const asked = { ...common, onEvent: seen.onEvent }
  // What is protected is refused while the engine is at work, when others may be gone already (pulumi#6191): so it is
  // tried first, and nothing is begun that would be refused.
  const tried = { ...common, onEvent: seen.onTrial }
  switch (verb) {
    case 'preview':
      return void (await stack.preview(asked))
    case 'up':
      await stack.preview(tried)
      return void (await stack.up(asked))
    case 'refresh':
      return void (await stack.refresh(asked))
    case 'destroy':
      await stack.previewDestroy(tried)
      return void (await stack.destroy(asked))
  }
}

type Seen = ReturnType<typeof watching>

function watching(work: StackWork) {
  const changes: StackChange[] = []
  const errors: string[] = []
  let counts: Readonly<Record<string, number>> = {}
  const isPreview = work.verb === 'preview'
  function onEvent(event: EngineEvent): void {
    const { diagnosticEvent: said, summaryEvent, resourcePreEvent, resOutputsEvent } = event
    if (summaryEvent !== undefined) counts = summaryEvent.resourceChanges
    if (said?.severity === 'error') errors.push(said.message.trim())
    if (said?.severity === 'warning' && said.ephemeral !== true) work.told({ warning: said.message.trim() })
    // Made or changed is what has an outcome; in a preview, what is about to.
    const metadata = (isPreview ? resourcePreEvent : resOutputsEvent)?.metadata
    if (metadata === undefined) return
    // Components are the program's own grouping: nothing in the cloud.
    if ((metadata.new ?? metadata.old)?.custom !== true) return
    const properties = Object.keys(metadata.detailedDiff ?? {})
    const op = String(metadata.op)
    if (op === 'same' || op === 'read' || (op === 'refresh' && properties.length === 0)) return
    const change = { operation: op, type: metadata.type, name: nameOf(metadata.urn), properties }
    changes.push(change)
    work.told(change)
  }
  // Of a trial only what it refuses is told: warnings come again.
  function onTrial({ diagnosticEvent: said }: EngineEvent): void {
    if (said?.severity === 'error') errors.push(said.message.trim())
  }
  return { changes, errors, counts: () => counts, onEvent, onTrial }
}

function nameOf(urn: string): string {
  return urn.split('::')[3] ?? urn
}

function noEngine(path: string | undefined): Result<never> {
  return fail({
    code: 'stack/no-engine',
    what: 'There is no Pulumi engine of the version that is needed.',
    found: path ?? 'no usable "pulumi" on PATH',
    expected: engineVersion,
    fix: 'Install it (https://www.pulumi.com/docs/install), or rehearse: upkeep lab up --cloud',
  })
}

function locked(lock: Lock | null): Result<never> {
  if (lock !== null) return fail(lockedBy(lock))
  return fail({
    code: 'stack/locked',
    what: 'Another engine works on this stack.',
    fix: 'Wait for it; if it was killed: pulumi cancel',
  })
}

function failed(cause: unknown, errors: readonly string[]): Result<never> {
  const said = errors.length > 0 ? errors.join('\n') : cause instanceof Error ? cause.message : String(cause)
  if (/incorrect passphrase/.test(said))
    return fail({
      code: 'stack/passphrase',
      what: 'The passphrase is not the one with which the secrets of this stack were encrypted.',
    })
  if (/cannot be deleted\s+because it is protected|marked for protection/.test(said))
    return fail({
      code: 'stack/protected',
      what: 'This would remove or replace what holds data; that is protected, and nothing was begun.',
      found: [...new Set(said.match(/urn:pulumi:[^"'\s]+/g) ?? [])].map(nameOf).join(', '),
      fix: 'Take the change of the estate back, or add a store beside this one. To end the protection is to lose backups.',
    })
  return fail({
    code: 'stack/failed',
    what: 'The engine did not finish; what it had done is in the state.',
    found: said,
    fix: 'Mend what it names, and do the same again: it goes on from there.',
  })
}
