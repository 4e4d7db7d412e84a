import type { Cloud } from './cloud.ts'
import { hasUnknown, isList, type Properties, same, type Value } from './values.ts'

/** What a change of a property does: the resource is changed where it is, or another one takes its place. */
export type Rule = Effect | ((from: Value | undefined, to: Value | undefined) => Effect)
type Effect = 'updates' | 'replaces'

/**
 * A type of resource: what may be said of it, and how it is made, read, changed and removed. Each rule has its source
 * beside it: the provider's page of the resource, or "ForceNew" in its code where the page is silent.
 */
export type Kind = {
  readonly type: string
  readonly rules: Readonly<Record<string, Rule>>
  readonly required: readonly string[]
  /** What AWS has where nothing was said. */
  readonly defaults?: Properties
  /** Outputs that are known once the resource is there. */
  readonly computed?: readonly string[]
  /**
   * The property that is the resource's name, if the real provider could have chosen it: then a replacement under the
   * same name deletes first (pulumi-terraform-bridge, nameRequiresDeleteBeforeReplace).
   */
  readonly name?: string
  /** Most letters of a name that the provider makes where none is said; only of a kind with `name`. */
  readonly namesItself?: number
  /** An id as it is said when something is taken over, where the resource's own says less or is a checksum. */
  readonly taken?: (said: string) => Taken
  /** Why the service would refuse these properties, in one sentence. */
  readonly refuses?: (inputs: Properties) => string | undefined
  /** Makes it; answers its id, and what no later reading gives. */
  readonly make: (cloud: Cloud, inputs: Properties) => Promise<Made>
  /** All properties as they are now, `null` when it is gone; `known` is what the state has of it. */
  readonly read: (cloud: Cloud, id: string, known: Properties) => Promise<Properties | null>
  readonly change: (cloud: Cloud, id: string, to: Properties, from: Properties) => Promise<void>
  readonly remove: (cloud: Cloud, id: string, known: Properties) => Promise<void>
}

export type Taken = { readonly id: string; readonly known: Properties }
export type Made = { readonly id: string; readonly once?: Properties }

/** A property that is not as it was. */
export type Difference = {
  readonly property: string
  readonly kind: 'added' | 'deleted' | 'updated'
  readonly replaces: boolean
}

/** What is wrong with the properties of a resource, each with the property's name; `''` for the whole. */
export function complaints(
  kind: Kind,
  inputs: Properties,
): readonly { readonly property: string; readonly reason: string }[] {
  const foreign = Object.keys(inputs).filter((name) => kind.rules[name] === undefined && name !== defaulted)
  const missing = kind.required.filter((name) => inputs[name] === undefined || inputs[name] === null)
  const refusal = missing.length > 0 ? undefined : kind.refuses?.(inputs)
  return [
    ...foreign.map((property) => ({
      property,
      reason: `the lab's stand-in for AWS does not know the property "${property}" of ${kind.type}`,
    })),
    ...missing.map((property) => ({
      property,
      reason: `the lab's stand-in for AWS wants "${property}" of ${kind.type} to be said`,
    })),
    ...(refusal === undefined ? [] : [{ property: '', reason: refusal }]),
  ]
}

/** What differs between two sets of inputs, by the rules of the kind. What is not known yet counts as changed. */
export function differences(kind: Kind, from: Properties, to: Properties): readonly Difference[] {
  return Object.entries(kind.rules).flatMap(([property, rule]): readonly Difference[] => {
    const [old, fresh] = [withDefault(kind, property, from), withDefault(kind, property, to)]
    if (!hasUnknown(fresh) && same(old, fresh)) return []
    const change = isAbsent(from[property]) ? 'added' : isAbsent(to[property]) ? 'deleted' : 'updated'
    const effect = typeof rule === 'function' ? rule(old, fresh) : rule
    return [{ property, kind: change, replaces: effect === 'replaces' }]
  })
}

/** The inputs that would give what was read: what was said before, and what is other than AWS has by itself. */
export function inputsOf(kind: Kind, read: Properties, said: Properties): Properties {
  const entries = Object.keys(kind.rules).flatMap((name): [string, Value][] => {
    const value = read[name]
    if (isAbsent(value)) return []
    // The text stays the program's own as long as it says the same.
    if (same(value, said[name])) return [[name, said[name] ?? null]]
    return isAbsent(said[name]) && same(value, kind.defaults?.[name]) ? [] : [[name, value ?? null]]
  })
  const own = said[defaulted]
  return { ...Object.fromEntries(entries), ...(own === undefined ? {} : { [defaulted]: own }) }
}

/** What the bridge of Pulumi has filled in by itself, as it stands in the inputs (pulumi-terraform-bridge, __defaults). */
const defaulted = '__defaults'

/** The inputs with a name, where none was said: the one that the resource has already, else one that nobody has. */
export function withName(kind: Kind, inputs: Properties, before: Properties, fresh: string): Properties {
  const { name, namesItself } = kind
  if (name === undefined || namesItself === undefined || !isAbsent(inputs[name])) return inputs
  const kept = ownsName(kind, before) ? before[name] : undefined
  return { ...inputs, [name]: kept ?? fresh.slice(-namesItself), [defaulted]: [name] }
}

/** Whether the name of a resource was said by nobody: then another one can take its place before it goes. */
export function ownsName({ name }: Kind, inputs: Properties): boolean {
  const own = inputs[defaulted]
  return isList(own) && name !== undefined && own.includes(name)
}

function withDefault(kind: Kind, name: string, inputs: Properties): Value | undefined {
  return isAbsent(inputs[name]) ? kind.defaults?.[name] : inputs[name]
}

function isAbsent(value: Value | undefined): boolean {
  return value === undefined || value === null
}
