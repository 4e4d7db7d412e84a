/** A step as the engine prints it. */
export type StepJson = {
  readonly op: string
  readonly urn: string
  readonly oldState?: Readonly<Record<string, unknown>>
  readonly newState?: Readonly<Record<string, unknown>>
  readonly diffReasons?: readonly string[] | null
  readonly replaceReasons?: readonly string[] | null
  readonly detailedDiff?: Readonly<Record<string, unknown>> | null
}

/** What steps must give: every verdict as `rule property`, most dangerous first; and which rules they nearly break. */
export type StackCase = {
  readonly it: string
  readonly steps: readonly StepJson[]
  readonly gives: readonly string[]
  readonly near?: readonly string[]
}

type Properties = Readonly<Record<string, unknown>>
type Options = {
  readonly name?: string
  readonly within?: string
  readonly old?: Properties
  readonly next?: Properties
  readonly outputs?: Properties
}

export const unknown = '04da6b54-80e4-46f7-96ec-b56ff0331ba9'
export const secret = {
  '4dabf18193072939515e22adb298388d': '1b47061264138c4ac30d75fd1eb44270',
  ciphertext: 'AAABAK7hwyzDQpwHsYMkZG==',
}

/** The token of a type of AWS: `s3/bucketVersioning` is `aws:s3/bucketVersioning:BucketVersioning`. */
function token(kind: string): string {
  const [, last = ''] = kind.split('/')
  return kind.includes(':') ? kind : `aws:${kind}:${last[0]?.toUpperCase()}${last.slice(1)}`
}

function urnOf(kind: string, { name = 'it', within }: Options): string {
  return `urn:pulumi:backup::upkeep::${within === undefined ? '' : `${within}$`}${token(kind)}::${name}`
}

function state(kind: string, inputs: Properties, o: Options, more: Properties = {}): Properties {
  const provider = 'urn:pulumi:backup::upkeep::pulumi:providers:aws::offsite::6f1c'
  return { urn: urnOf(kind, o), custom: true, type: token(kind), inputs, provider, ...more }
}

/** A resource that is changed in its place; the cloud has what was asked for, and in `outputs` what differs from that. */
export function update(kind: string, was: Properties, becomes: Properties, o: Options = {}): StepJson {
  const keys = [...new Set([...Object.keys(was), ...Object.keys(becomes)])]
  const changed = keys.filter((key) => JSON.stringify(was[key]) !== JSON.stringify(becomes[key]))
  return {
    op: 'update',
    urn: urnOf(kind, o),
    oldState: state(kind, was, o, { id: 'i', outputs: { id: 'i', ...was, ...o.outputs }, ...o.old }),
    newState: state(kind, becomes, o, { id: 'i', ...o.next }),
    diffReasons: changed,
    detailedDiff: Object.fromEntries(changed.map((key) => [key, { kind: 'update', inputDiff: false }])),
  }
}

export function create(kind: string, inputs: Properties, o: Options = {}): StepJson {
  return { op: 'create', urn: urnOf(kind, o), newState: state(kind, inputs, o, o.next), detailedDiff: null }
}

export function remove(kind: string, inputs: Properties, o: Options = {}): StepJson {
  const more = { id: 'i', outputs: inputs, ...o.old }
  return { op: 'delete', urn: urnOf(kind, o), oldState: state(kind, inputs, o, more), detailedDiff: null }
}

/** A replacement as the engine prints it when it shows all of its steps. */
export function replace(
  kind: string,
  was: Properties,
  becomes: Properties,
  by: readonly string[],
  o: Options = {},
): readonly StepJson[] {
  const { oldState, newState, ...step } = update(kind, was, becomes, o)
  const reasons = { replaceReasons: by }
  if (oldState === undefined || newState === undefined) return []
  return [
    { ...step, op: 'create-replacement', oldState, newState, ...reasons },
    { ...step, op: 'replace', oldState, newState, ...reasons },
    { urn: step.urn, op: 'delete-replaced', oldState: { ...oldState, delete: true }, detailedDiff: null },
  ]
}
