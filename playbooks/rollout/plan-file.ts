import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { visibleJson } from '../../connect/text.ts'
import { makeDirectory, replaceFile } from '../../core/durable.ts'
import { digestOf } from '../../core/digest.ts'
import { fileText } from '../../schemas/file-text.ts'
import { noText } from '../../schemas/no-text.ts'
import type { CleanupPlan } from '../../schemas/cleanup-plan.ts'
import type { PatchPlan } from '../../schemas/plan.ts'
import { fail, ok, type Problem, type Result } from '../../schemas/problem.ts'

/** 64 MiB; a plan has about 10 kB a host. */
const mostBytes = 64 * 1024 * 1024

/** The plans that there are, by the word that stands in them. */
type Plans = { readonly patch: PatchPlan; readonly cleanup: CleanupPlan }
type Kind = keyof Plans

/** SHA-256 over everything in a plan but the digest itself. */
export function planDigest(plan: { readonly digest?: string; readonly $schema?: string }): string {
  return digestOf({ ...plan, digest: undefined, $schema: undefined })
}

/** Reads a plan and holds it against its own digest. Problems: `input/plan-not-found`, `plan-file/...` of shape, `plan/stale`. */
export async function readPlan<K extends Kind>(
  kind: K,
  path: string,
  shown: string,
): Promise<Result<Plans[K]>> {
  const read = await textOf(kind, path, shown)
  if (!read.ok) return read
  const text = read.value
  const value = jsonOf(text)
  if (value !== undefined && !isPlan(kind, value)) return fail(noPlan(kind, shown, value))
  const [{ loadAs }, { published }] = await Promise.all([
    import('../../schemas/load.ts'),
    import('../../schemas/validator.ts'),
  ])
  const loaded = loadAs<Plans[K]>('plan-file', published(`${kind}-plan`), shown, text)
  return loaded.ok ? unchanged(loaded.value.value, shown) : loaded
}

/**
 * Reads the plan that was kept when its rollout began, by the `digest` that the journal has for it: its bytes are then
 * those that were checked at that time. Problems: `input/plan-not-found`, `plan/stale`.
 */
export async function readKeptPlan<K extends Kind>(
  kind: K,
  path: string,
  digest: string,
): Promise<Result<Plans[K]>> {
  const text = await textOf(kind, path, path)
  if (!text.ok) return text
  const value = jsonOf(text.value)
  if (!isPlan(kind, value))
    return fail({
      ...noPlan(kind, path, value),
      fix: 'Go on with the version of Upkeep that began it, or put the right plan back from your backup.',
    })
  const plan = value as Plans[K]
  const found = planDigest(plan)
  if (found === digest) return ok(plan)
  return fail({
    code: 'plan/stale',
    what: 'The kept plan is not the one that the journal says was begun.',
    where: path,
    found,
    expected: digest,
    fix: 'Put the right plan back from your backup.',
  })
}

async function textOf(kind: Kind, path: string, shown: string): Promise<Result<string>> {
  const read = await fileText(path, mostBytes)
  if (read.ok) return ok(read.text)
  return fail(
    noText('plan-file', shown, read, mostBytes) ?? {
      code: 'input/plan-not-found',
      what: 'There is no plan file here that can be read.',
      where: shown,
      fix: `Make one with \`upkeep ${kind} plan --out FILE\`.`,
    },
  )
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text) as unknown
  } catch {
    return undefined
  }
}

function isPlan(kind: Kind, value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false
  return 'kind' in value && value.kind === kind && 'schemaVersion' in value && value.schemaVersion === 1
}

function noPlan(wanted: Kind, where: string, value: unknown): Problem {
  const { kind, schemaVersion, messageType } = (value ?? {}) as Record<string, unknown>
  return {
    code: 'plan-file/no-plan',
    what: `This file is no ${wanted} plan of this version of Upkeep.`,
    where,
    found: JSON.stringify({ kind, schemaVersion, messageType }),
    expected: JSON.stringify({ kind: wanted, schemaVersion: 1 }),
    fix: `Use it with the version of Upkeep that made it, or make one with \`upkeep ${wanted} plan --out FILE\`.`,
  }
}

function unchanged<P extends Plans[Kind]>(plan: P, shown: string): Result<P> {
  const digest = planDigest(plan)
  if (digest === plan.digest) return ok(plan)
  return fail({
    code: 'plan/stale',
    what: 'The plan file was changed after it was made; nothing was done.',
    where: shown,
    found: `SHA-256 ${digest}`,
    expected: `SHA-256 ${plan.digest}`,
    fix: 'Make a new plan.',
  })
}

/** Writes a plan where people and `patch run` look for it. */
export async function writePlan(path: string, plan: Plans[Kind]): Promise<void> {
  await mkdir(dirname(path), { recursive: true })
  await writeFile(path, textOfPlan(plan))
}

/**
 * Keeps the plan of a rollout that is about to begin, on the disk before it resolves; a plan that is kept already under
 * this id stays. Problems: `plan/stale` when that one is another, `plan-file/...` when it can not be read.
 */
export async function keepPlan(stateDir: string, plan: Plans[Kind]): Promise<Result<void>> {
  const path = keptPlanPath(stateDir, plan.id)
  const kept = await readKeptPlan(plan.kind, path, plan.digest)
  if (kept.ok) return ok(undefined)
  const problems = kept.problems.filter(({ code }) => code !== 'input/plan-not-found')
  if (problems.length > 0) return fail(...problems)
  await makeDirectory(dirname(path))
  await replaceFile(path, `${path}.new`, textOfPlan(plan))
  return ok(undefined)
}

function textOfPlan(plan: Plans[Kind]): string {
  return `${visibleJson(JSON.stringify(plan, null, 1))}\n`
}

/** Where the state directory keeps the plan of a rollout that was begun. */
export function keptPlanPath(stateDir: string, rollout: string): string {
  return join(stateDir, 'plans', `${rollout}.json`)
}
