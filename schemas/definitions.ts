/** A JSON Schema, or a part of one, as plain data. */
type Part = { readonly [key: string]: unknown }

// Below that, naming a part makes it no shorter to read or to compile.
const leastCharacters = 100

/**
 * The same schema, in which parts that stood there more than once stand once, in `definitions`, each named for the
 * keys at which it came first. What lies beneath a choice or a rule for names stays: messages about mistakes go by where it stands.
 */
export function withDefinitions(schema: object): object {
  const whole = JSON.parse(JSON.stringify(schema)) as Part
  const repeated = repeatedParts(whole)
  const names = new Map<string, string>()
  const definitions: Record<string, unknown> = {}

  function short(part: Part, of: string): Part {
    return mapParts(part, (child, key) => {
      const text = JSON.stringify(child)
      if (!repeated.has(text)) return short(child, key)
      let name = names.get(text)
      if (name === undefined) {
        name = freeName(of, key, definitions)
        names.set(text, name)
        definitions[name] = {} // keeps the name while what is in it is named
        definitions[name] = short(child, key)
      }
      return { $ref: `#/definitions/${name}` }
    })
  }

  const shortened = short(whole, '')
  return names.size === 0 ? whole : { ...shortened, definitions }
}

function repeatedParts(whole: Part): ReadonlySet<string> {
  const times = new Map<string, number>()
  const open: Part[] = [whole]
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    mapParts(next, (child) => {
      const text = JSON.stringify(child)
      times.set(text, (times.get(text) ?? 0) + 1)
      // What is in a part is repeated when it also stands elsewhere.
      if (times.get(text) === 1) open.push(child)
      return child
    })
  }
  const long = [...times].filter(([text, count]) => count > 1 && text.length >= leastCharacters)
  return new Set(long.map(([text]) => text))
}

/** Replaces each part directly beneath a part; `key` is what to call it by. */
function mapParts(part: Part, change: (child: Part, key: string) => Part): Part {
  const changed: Record<string, unknown> = { ...part }
  for (const group of ['properties', 'patternProperties'] as const) {
    const parts = part[group] as Readonly<Record<string, Part>> | undefined
    if (parts === undefined) continue
    const callBy = (key: string) => (group === 'properties' ? key : 'entry')
    changed[group] = Object.fromEntries(
      Object.entries(parts).map(([key, child]) => [key, change(child, callBy(key))]),
    )
  }
  // Whether items differ ajv sees fast only where it sees their type.
  if (isPart(part['items']) && part['uniqueItems'] !== true) changed['items'] = change(part['items'], 'item')
  if (isPart(part['additionalProperties']))
    changed['additionalProperties'] = change(part['additionalProperties'], 'entry')
  return changed
}

function isPart(value: unknown): value is Part {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function freeName(of: string, key: string, taken: object): string {
  const [first = '', ...rest] = [of, key].filter((word) => word !== '')
  const plain = [first, ...rest.map((word) => word.slice(0, 1).toUpperCase() + word.slice(1))].join('')
  for (let number = 1; ; number += 1) {
    const name = number === 1 ? plain : `${plain}${number}`
    if (!Object.hasOwn(taken, name)) return name
  }
}
