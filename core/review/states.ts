import type { StackPreview } from '../../schemas/stack-preview.ts'
import type { Side } from './resource.ts'
import { hiddenIn, type Properties, readProperties, type Value } from './value.ts'

type State = NonNullable<NonNullable<StackPreview['steps']>[number]['newState']>

/** A resource as it is: what the provider found in the cloud, and else what was asked for. */
export function sideBefore(state: State): Side {
  const { inputs, outputs } = read(state)
  const known = [...outputs].filter(([key, value]) => !inputs.has(key) || !isNotToBeHad(value))
  return { ...optionsOf(state), properties: new Map([...inputs, ...known]) }
}

/**
 * A resource as it will be: what is asked for. A property for which nobody asks, nor did before, is what the provider says
 * it will be, or what it is; one for which nobody asks any more is gone. `before` is null for what begins anew.
 */
export function sideAfter(state: State, before: State | null): Side {
  const { inputs, outputs } = read(state)
  const old = before === null ? null : read(before)
  const properties = new Map(inputs)
  for (const from of [outputs, old?.outputs ?? new Map<string, Value>()]) {
    for (const [key, value] of from) {
      const isComputed = !properties.has(key) && old?.inputs.has(key) !== true
      if (isComputed && !isNotToBeHad(value)) properties.set(key, value)
    }
  }
  return { ...optionsOf(state), properties }
}

function read({ inputs, outputs }: State): { readonly inputs: Properties; readonly outputs: Properties } {
  return { inputs: readProperties(inputs ?? {}), outputs: readProperties(outputs ?? {}) }
}

function optionsOf({ protect, retainOnDelete }: State): Pick<Side, 'protect' | 'retainOnDelete'> {
  return { protect: protect === true, retainOnDelete: retainOnDelete === true }
}

function isNotToBeHad(value: Value): boolean {
  return hiddenIn(value).size > 0
}
