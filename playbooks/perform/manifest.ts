import { ok, type Result } from '../../schemas/problem.ts'
import { sanitise } from '../../connect/text.ts'
import { compareAfterUse, compareManifests } from '../facts/manifest-compare.ts'
import type { Manifest } from '../facts/manifest.ts'
import { packagesOf } from '../packages/of-host.ts'
import { done, type Ended, failed, type Performing } from './context.ts'

/** Units and ports need this long (ms) to be as they were after a boot or a restart. */
const settleMs = 45_000

/** Reads the host's manifest and keeps it in the content store; its digest goes to the journal. */
export async function recordManifest({ world, planned }: Performing): Promise<Ended> {
  const host = await world.host(planned.host)
  if (!host.ok) return failed(host.problems)
  const manifest = await packagesOf(planned).facts.manifest(host.value)
  if (!manifest.ok) return failed(manifest.problems)
  const kept = await world.files.putText(JSON.stringify(manifest.value))
  if (!kept.ok) return failed(kept.problems)
  return done('recorded', { manifest: kept.value })
}

/**
 * Reads the manifest again until it is equal to the one from before; what still differs then is named. On a way back that
 * begins after the host's patch had ended, what somebody else changed in between is left, named, and no failure.
 */
export async function compareManifest(performing: Performing): Promise<Ended> {
  const { world, planned } = performing
  const taken = await manifests(performing)
  if (!taken.ok) return failed(taken.problems)
  const endMs = world.now() + settleMs
  for (;;) {
    const host = await world.host(planned.host)
    const now = host.ok ? await packagesOf(planned).facts.manifest(host.value) : host
    const { owed, others } = now.ok ? compared(taken.value, now.value) : nothing
    if (now.ok && owed.length === 0) return done(saidOf(others))
    if (world.now() >= endMs) {
      if (!now.ok) return failed(now.problems)
      return failed([
        {
          code: 'manifest/differs',
          what: `The host is not equal to before: ${owed.length} differences`,
          where: planned.host,
          found: owed.slice(0, 12).join('; '),
          fix: 'Put these right by hand, or find out why the way back left them.',
        },
      ])
    }
    await world.sleep(1000)
  }
}

type Taken = { readonly before: Manifest; readonly patched?: Manifest; readonly found?: Manifest }

const nothing = { owed: [], others: [] }

function compared({ before, patched, found }: Taken, now: Manifest): ReturnType<typeof compareAfterUse> {
  return patched === undefined || found === undefined
    ? { owed: compareManifests(before, now), others: [] }
    : compareAfterUse({ before, patched, found, now })
}

function saidOf(others: readonly string[]): string {
  if (others.length === 0) return 'equal to before'
  return sanitise(
    `equal to before, but for what somebody changed since: ${others.slice(0, 12).join('; ')}`,
    800,
  )
}

/** The manifest that the rollout took of a host before it changed anything. */
export function manifestBefore(performing: Performing): Promise<Result<Manifest>> {
  return taken(performing, 'manifest.take')
}

async function taken({ world, planned, context }: Performing, step: string): Promise<Result<Manifest>> {
  const digest = context.state.hosts[planned.host]?.ended[step]?.facts?.['manifest']
  const text = await world.files.getText(typeof digest === 'string' ? digest : '')
  return text.ok ? ok(JSON.parse(text.value) as Manifest) : text
}

async function manifests(performing: Performing): Promise<Result<Taken>> {
  const { planned, context } = performing
  const ended = context.state.hosts[planned.host]?.ended ?? {}
  const before = await manifestBefore(performing)
  if (!before.ok) return before
  // Where its snapshot was put back, nothing that somebody changed since is left: all must be as before.
  const isLater = ended['manifest.take-patched'] !== undefined && ended['manifest.take-found'] !== undefined
  if (!isLater) return ok({ before: before.value })
  const patched = await taken(performing, 'manifest.take-patched')
  const found = await taken(performing, 'manifest.take-found')
  if (!patched.ok) return patched
  return found.ok ? ok({ before: before.value, patched: patched.value, found: found.value }) : found
}
