import { ok, type Result } from '../../schemas/problem.ts'
import { compareManifests, type Manifest, takeManifest } from '../facts/manifest.ts'
import { done, type Ended, failed, type Performing } from './context.ts'

/** Units and ports need this long (ms) to be as they were after a boot or a restart. */
const settleMs = 45_000

/** Reads the host's manifest and keeps it in the content store; its digest goes to the journal. */
export async function recordManifest({ world, planned }: Performing): Promise<Ended> {
  const host = await world.host(planned.host)
  if (!host.ok) return failed(host.problems)
  const manifest = await takeManifest(host.value)
  if (!manifest.ok) return failed(manifest.problems)
  const kept = await world.files.putText(JSON.stringify(manifest.value))
  if (!kept.ok) return failed(kept.problems)
  return done('recorded', { manifest: kept.value })
}

/** Reads the manifest again until it is equal to the one from before; what still differs then is named. */
export async function compareManifest({ world, planned, context }: Performing): Promise<Ended> {
  const before = await manifestBefore({ world, planned, context })
  if (!before.ok) return failed(before.problems)
  const endMs = world.now() + settleMs
  for (;;) {
    const host = await world.host(planned.host)
    const after = host.ok ? await takeManifest(host.value) : host
    const differences = after.ok ? compareManifests(before.value, after.value) : []
    if (after.ok && differences.length === 0) return done('equal to before')
    if (world.now() >= endMs) {
      if (!after.ok) return failed(after.problems)
      return failed([
        {
          code: 'manifest/differs',
          what: `The host is not equal to before: ${differences.length} differences`,
          where: planned.host,
          found: differences.slice(0, 12).join('; '),
          fix: 'Put these right by hand, or find out why the way back left them.',
        },
      ])
    }
    await world.sleep(1000)
  }
}

/** The manifest that the rollout took of a host before it changed anything. */
export async function manifestBefore({
  world,
  planned,
  context,
}: Pick<Performing, 'world' | 'planned' | 'context'>): Promise<Result<Manifest>> {
  const digest = context.state.hosts[planned.host]?.ended['manifest.take']?.facts?.['manifest']
  const text = await world.files.getText(typeof digest === 'string' ? digest : '')
  return text.ok ? ok(JSON.parse(text.value) as Manifest) : text
}
