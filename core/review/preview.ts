import { conforms, loadAs } from '../../schemas/load.ts'
import { fail, ok, type Problem, type Result } from '../../schemas/problem.ts'
import { mostBytes as mostPlacedBytes, parseSource } from '../../schemas/source.ts'
import { StackPreview } from '../../schemas/stack-preview.ts'
import { partsOfUrn, type ResourceChange } from './resource.ts'
import { sideAfter, sideBefore } from './states.ts'
import { keyOf, nameText, readValue } from './value.ts'

type Step = NonNullable<StackPreview['steps']>[number]

/** 128 MiB: a stack of 5,000 resources is about 50 MiB. */
const mostBytes = 128 * 1024 * 1024

/**
 * Reads what `pulumi preview --json` printed; the changes are in one order, whatever that of the steps. What is only read,
 * refreshed or a component is no change. Problems `preview/...`: too large, no JSON, another shape, a URN that is none,
 * and a preview that did not come to its end and so does not show all that would change.
 */
export function readPreview(file: string, text: string): Result<readonly ResourceChange[]> {
  const bytes = Buffer.byteLength(text)
  if (bytes > mostBytes) return fail(tooLarge(file, bytes))
  const json = parsed(file, text)
  if (!json.ok) return json
  const preview = json.value
  if (!conforms(StackPreview, preview)) return otherShape(file, text)
  const errors = (preview.diagnostics ?? []).filter(({ severity }) => severity === 'error').length
  if (errors > 0 || preview.maybeCorrupt === true) return unfinished(file, errors)
  return changesOf(file, preview.steps ?? [])
}

function changesOf(file: string, steps: readonly Step[]): Result<readonly ResourceChange[]> {
  const problems: Problem[] = []
  const groups = new Map<string, Step[]>()
  for (const [index, step] of steps.entries()) {
    const kind = effects[step.op]
    if (kind === null) continue
    if (partsOfUrn(step.urn) === null) problems.push(noUrn(file, index, step.urn))
    // Two steps of one resource are one change only where they are parts of a replacement.
    const group = kind === 'replace' ? `${kind} ${step.urn}` : `${kind} ${step.urn} ${index}`
    groups.set(group, [...(groups.get(group) ?? []), step])
  }
  if (problems.length > 0) return { ok: false, problems }
  const changes = [...groups.values()].flatMap((group) => changeOf(group))
  return ok(
    changes
      .map((change) => ({ change, key: orderOf(change) }))
      .sort(byKey)
      .map(({ change }) => change),
  )
}

/** What a step means for what is in the cloud; null: nothing. A `same` is shown only when its protection changes. */
const effects: Readonly<Record<Step['op'], ResourceChange['operation'] | null>> = {
  same: 'update',
  create: 'create',
  import: 'create',
  update: 'update',
  delete: 'delete',
  replace: 'replace',
  'create-replacement': 'replace',
  'delete-replaced': 'replace',
  'import-replacement': 'replace',
  'remove-pending-replace': 'replace',
  read: null,
  'read-replacement': null,
  refresh: null,
  discard: null,
  'discard-replaced': null,
}

function changeOf(group: readonly Step[]): readonly ResourceChange[] {
  const steps = group.toSorted((a, b) => rank(a) - rank(b) || (stepKey(a) < stepKey(b) ? -1 : 1))
  const [first] = steps
  const operation = first === undefined ? null : effects[first.op]
  const parts = first === undefined ? null : partsOfUrn(first.urn)
  if (first === undefined || operation === null || parts === null) return []
  const old = operation === 'create' ? undefined : steps.find(({ oldState }) => oldState)?.oldState
  const next = operation === 'delete' ? undefined : steps.find(({ newState }) => newState)?.newState
  if ((next ?? old)?.custom === false) return []
  // What is made anew has nothing that nobody asks for from what was there.
  const kept = operation === 'replace' ? null : (old ?? null)
  return [
    {
      ...parts,
      operation,
      urn: first.urn.toWellFormed(),
      before: old === undefined ? null : sideBefore(old),
      // What the provider fills in where nothing was is nobody's change.
      after:
        next === undefined ? null : sideAfter(operation === 'create' ? { ...next, outputs: {} } : next, kept),
      isWhole:
        (operation === 'create' || old !== undefined) && (operation === 'delete' || next !== undefined),
      changed: new Set(steps.flatMap(keysOf)),
      forcedBy: [...new Set(steps.flatMap(({ replaceReasons }) => replaceReasons ?? []))].sort(),
    },
  ]
}

/** The step that speaks for a replacement comes first: the one in which the engine has both sides. */
function rank({ op }: Step): number {
  return op === 'replace' ? 0 : op === 'delete-replaced' ? 2 : 1
}

function stepKey(step: Step): string {
  return keyOf(readValue(step))
}

function orderOf({ urn, operation, before, after, changed }: ResourceChange): string {
  const texts = [before, after].map((side) =>
    side === null ? '' : `${keyOf(side.properties)}${side.protect}`,
  )
  return JSON.stringify([urn, operation, ...texts, ...[...changed].sort()])
}

function byKey(a: { readonly key: string }, b: { readonly key: string }): number {
  return a.key < b.key ? -1 : a.key > b.key ? 1 : 0
}

/** First keys of what differs: a path of the engine is `rules[0].id`, or `["a key"].b` where a key is no name. */
function keysOf({ diffReasons, detailedDiff }: Step): readonly string[] {
  const paths = Object.keys(detailedDiff ?? {}).map(
    (path) => /^\["((?:[^"\\]|\\.)*)"\]/.exec(path)?.[1] ?? path.split(/[.[]/)[0] ?? path,
  )
  return [...(diffReasons ?? []), ...paths].map((key) => key.toWellFormed())
}

function parsed(file: string, text: string): Result<unknown> {
  try {
    return ok(JSON.parse(text))
  } catch (cause) {
    if (!(cause instanceof SyntaxError)) throw cause
    return fail({
      code: 'preview/json',
      what: 'This is no JSON, so it is not what a preview printed.',
      where: placeOf(file, text, cause.message),
      fix: 'Write it anew: pulumi preview --json > FILE, without what the engine says on standard error.',
    })
  }
}

/** Where JSON ends to be some: as the platform says, or else as the reader of YAML does, of which JSON is a part. */
function placeOf(file: string, text: string, message: string): string {
  const [, line, column] = /line (\d+) column (\d+)/.exec(message) ?? []
  if (line !== undefined) return `${file}:${line}:${column}`
  const source = parseSource('preview', file, text)
  return source.ok ? file : (source.problems[0]?.where ?? file)
}

/** Where it is wrong first; in a file that is larger than an estate may be that is not looked for. */
function otherShape(file: string, text: string): Result<never> {
  const isSmall = Buffer.byteLength(text) <= mostPlacedBytes
  const placed = isSmall ? loadAs('preview', StackPreview, file, text) : undefined
  const first = placed?.ok === false ? placed.problems[0] : undefined
  return fail({
    code: 'preview/shape',
    what: 'This is not the shape of what `pulumi preview --json` prints.',
    where: first?.where ?? file,
    ...(first === undefined ? {} : { found: first.what }),
    expected: 'steps with op, urn, oldState and newState, and changeSummary',
  })
}

function noUrn(file: string, index: number, urn: string): Problem {
  return {
    code: 'preview/urn',
    what: 'A step names a resource by something that is no URN.',
    where: `${file}, steps[${index}].urn`,
    found: nameText(urn),
    expected: 'urn:pulumi:STACK::PROJECT::TYPE::NAME',
  }
}

function unfinished(file: string, errors: number): Result<never> {
  return fail({
    code: 'preview/unfinished',
    what: 'The preview did not come to its end, so it does not show all that would change.',
    where: file,
    found: errors === 0 ? 'the engine says that the state may be damaged' : `errors of the engine: ${errors}`,
    fix: 'Mend what it complains of, and preview again.',
  })
}

function tooLarge(file: string, bytes: number): Problem {
  return {
    code: 'preview/too-large',
    what: 'The preview is larger than Upkeep reads.',
    where: file,
    found: `${Math.ceil(bytes / 1024 / 1024)} MiB`,
    expected: `at most ${mostBytes / 1024 / 1024} MiB`,
    fix: 'Cut the stack into smaller ones.',
  }
}
