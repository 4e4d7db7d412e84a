import { isList, isMap, keyOf, type Properties, readValue, type Value } from './value.ts'

/**
 * A statement of a policy: what it lets, or forbids, whom do with what. Each list has at least one entry, '' where a policy
 * of an identity or of trust has none; an entry that begins with '!' is all but what follows (NotAction and so on).
 */
export type Statement = {
  readonly effect: 'Allow' | 'Deny'
  readonly principals: readonly string[]
  readonly actions: readonly string[]
  readonly resources: readonly string[]
  /** All of them must hold: `operator key values`. */
  readonly conditions: readonly string[]
}

/** No policy of AWS is longer than 20,480 characters. */
const mostText = 65_536

/** The statements of a policy document, as text or as an object; null when it is none that can be read whole. */
export function policyOf(value: Value | undefined): readonly Statement[] | null {
  if (value === undefined || value === null || value === '') return []
  const document = typeof value === 'string' ? parsed(value) : value
  if (!isMap(document) || !onlyHas(document, ['Version', 'Id', 'Statement'])) return null
  const statements = document.get('Statement')
  const all = (isList(statements) ? statements : [statements]).map(statementOf)
  return all.every((one) => one !== null) ? all : null
}

function parsed(text: string): Value {
  if (text.length > mostText) return null
  try {
    return readValue(JSON.parse(text))
  } catch {
    return null
  }
}

const elements = [
  'Sid',
  'Effect',
  'Principal',
  'NotPrincipal',
  'Action',
  'NotAction',
  'Resource',
  'NotResource',
  'Condition',
]

function statementOf(value: Value | undefined): Statement | null {
  if (!isMap(value) || !onlyHas(value, elements)) return null
  const effect = value.get('Effect')
  const principals = oneOf(value, 'Principal', principalsIn)
  const actions = oneOf(value, 'Action', (part) => textsIn(part)?.map((text) => text.toLowerCase()) ?? null)
  const resources = oneOf(value, 'Resource', textsIn)
  const conditions = conditionsIn(value.get('Condition'))
  if (effect !== 'Allow' && effect !== 'Deny') return null
  if (principals === null || actions === null || resources === null || conditions === null) return null
  return { effect, principals, actions, resources, conditions }
}

function onlyHas(value: Properties, keys: readonly string[]): boolean {
  return [...value.keys()].every((key) => keys.includes(key))
}

/** The entries of an element, or the one that stands for all but its entries. */
function oneOf(
  statement: Properties,
  element: string,
  read: (value: Value) => readonly string[] | null,
): readonly string[] | null {
  const [own, other] = [statement.get(element), statement.get(`Not${element}`)]
  if (own !== undefined && other !== undefined) return null
  if (own === undefined && other === undefined) return ['']
  const entries = read(own ?? other ?? null)
  if (entries === null || entries.length === 0) return null
  return other === undefined ? entries : [`!${JSON.stringify([...new Set(entries)].sort())}`]
}

function textsIn(value: Value): readonly string[] | null {
  if (typeof value === 'string') return [value]
  return isList(value) && value.every((item) => typeof item === 'string') ? value : null
}

function principalsIn(value: Value): readonly string[] | null {
  if (value === '*') return ['*']
  if (!isMap(value)) return null
  const all = [...value].map(([kind, names]) =>
    textsIn(names)?.map((name) => (kind === 'AWS' && name === '*' ? '*' : `${kind}:${name}`)),
  )
  return all.every((names) => names !== undefined) ? all.flat() : null
}

function conditionsIn(value: Value | undefined): readonly string[] | null {
  if (value === undefined || value === null) return []
  if (!isMap(value)) return null
  const conditions: string[] = []
  for (const [operator, tests] of value) {
    if (!isMap(tests)) return null
    for (const [key, wanted] of tests) {
      // Of several values one must fit: their order says nothing.
      const values = (isList(wanted) ? wanted : [wanted]).map((one) =>
        typeof one === 'boolean' || typeof one === 'number' ? String(one) : one,
      )
      if (!values.every((one) => typeof one === 'string')) return null
      const sorted = [...new Set(values)].sort().map(keyOf).join(',')
      conditions.push(`${operator.toLowerCase()} ${key.toLowerCase()} ${sorted}`)
    }
  }
  return conditions
}
