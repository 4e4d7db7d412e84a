import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { visibleJson } from '../../connect/text.ts'
import { makeDirectory, replaceFile } from '../../core/durable.ts'
import { digestOf } from '../../core/digest.ts'
import { fileText } from '../../schemas/file-text.ts'
import { noText } from '../../schemas/no-text.ts'
import type { PatchPlan } from '../../schemas/plan.ts'
import { fail, ok, type Problem, type Result } from '../../schemas/problem.ts'

/** 64 MiB; a plan has about 10 kB a host. */
const mostBytes = 64 * 1024 * 1024

/** SHA-256 over everything in a plan but the digest itself. */
export function planDigest(plan: Omit<PatchPlan, 'digest'> & { digest?: string }): string {
  return digestOf({ ...plan, digest: undefined, $schema: undefined })
}

/** Reads a plan and holds it against its own digest. Problems: `input/plan-not-found`, `plan-file/...` of shape, `plan/stale`. */
export async function readPlan(path: string, shown: string): Promise<Result<PatchPlan>> {
  const read = await textOf(path, shown)
  if (!read.ok) return read
  const text = read.value
  const value = jsonOf(text)
  if (value !== undefined && !isPlan(value)) return fail(noPlan(shown, value))
  const { loadAs, published } = await import('../../schemas/load.ts')
  const loaded = loadAs<PatchPlan>('plan-file', published('patch-plan'), shown, text)
  return loaded.ok ? unchanged(loaded.value.value, shown) : loaded
}

/**
 * Reads the plan that was kept when its rollout began, by the `digest` that the journal has for it: its bytes are then
 * those that were checked at that time. Problems: `input/plan-not-found`, `plan/stale`.
 */
export async function readKeptPlan(path: string, digest: string): Promise<Result<PatchPlan>> {
  const text = await textOf(path, path)
  if (!text.ok) return text
  const value = jsonOf(text.value)
  if (!isPlan(value)) return fail(noPlan(path, value))
  const plan = value as PatchPlan
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

async function textOf(path: string, shown: string): Promise<Result<string>> {
  const read = await fileText(path, mostBytes)
  if (read.ok) return ok(read.text)
  return fail(
    noText('plan-file', shown, read, mostBytes) ?? {
      code: 'input/plan-not-found',
      what: 'There is no plan file here that can be read.',
      where: shown,
      fix: 'Make one with `upkeep patch plan --out FILE`.',
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

function isPlan(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false
  return 'kind' in value && value.kind === 'patch' && 'schemaVersion' in value && value.schemaVersion === 1
}

function noPlan(where: string, value: unknown): Problem {
  const { kind, schemaVersion, messageType } = (value ?? {}) as Record<string, unknown>
  return {
    code: 'plan-file/no-plan',
    what: 'This file is no patch plan of this version of Upkeep.',
    where,
    found: JSON.stringify({ kind, schemaVersion, messageType }),
    expected: JSON.stringify({ kind: 'patch', schemaVersion: 1 }),
    fix: 'Make one with `upkeep patch plan --out FILE`.',
  }
}

function unchanged(plan: PatchPlan, shown: string): Result<PatchPlan> {
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
export async function writePlan(path: string, plan: PatchPlan): Promise<void> {
  await mkdir(dirname(path), { recursive: true })
  await writeFile(path, textOfPlan(plan))
}

/**
 * Keeps the plan of a rollout that is about to begin, on the disk before it resolves; a plan that is kept already under
 * this id stays. Problems: `plan/stale` when that one is another, `plan-file/...` when it can not be read.
 */
export async function keepPlan(stateDir: string, plan: PatchPlan): Promise<Result<void>> {
  const path = keptPlanPath(stateDir, plan.id)
  const kept = await readKeptPlan(path, plan.digest)
  if (kept.ok) return ok(undefined)
  const problems = kept.problems.filter(({ code }) => code !== 'input/plan-not-found')
  if (problems.length > 0) return fail(...problems)
  await makeDirectory(dirname(path))
  await replaceFile(path, `${path}.new`, textOfPlan(plan))
  return ok(undefined)
}

function textOfPlan(plan: PatchPlan): string {
  return `${visibleJson(JSON.stringify(plan, null, 1))}\n`
}

/** Where the state directory keeps the plan of a rollout that was begun. */
export function keptPlanPath(stateDir: string, rollout: string): string {
  return join(stateDir, 'plans', `${rollout}.json`)
}
