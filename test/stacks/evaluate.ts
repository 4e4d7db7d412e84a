/** A statement as it stands in a policy document. */
export type Stated = {
  readonly Sid: string
  readonly Effect: 'Allow' | 'Deny'
  readonly Principal?: unknown
  readonly Action: string | readonly string[]
  readonly Resource: string | readonly string[]
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, string | readonly string[]>>>>
}

/** A call of AWS: what is done to which ARN, with the keys that conditions look at. */
export type Call = {
  readonly action: string
  readonly resource: string
  readonly keys?: Readonly<Record<string, string>>
}

/**
 * Judges a call by the conditions of statements, as "IAM JSON policy elements: Condition operators" has it: all operators
 * must hold; a key that the call lacks fails a positive operator and meets a negative one. Answers the Sid that decides,
 * `null` when none applies. A principal is taken to match.
 */
export function deciding(statements: readonly Stated[], call: Call): string | null {
  const applying = statements.filter(
    ({ Action, Resource, Condition = {} }) =>
      one(Action, call.action) &&
      one(Resource, call.resource) &&
      Object.entries(Condition).every(([operator, wanted]) =>
        Object.entries(wanted).every(([key, value]) => holds(operator, call.keys?.[key], value)),
      ),
  )
  return (applying.find(({ Effect }) => Effect === 'Deny') ?? applying[0])?.Sid ?? null
}

function one(patterns: string | readonly string[], text: string): boolean {
  return [patterns].flat().some((pattern) => like(pattern, text))
}

function like(pattern: string, text: string): boolean {
  const escaped = pattern
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.')
  return new RegExp(`^${escaped}$`).test(text)
}

// Of several values one must meet: so it is asked of operators that want something to be, and of no other.
function holds(operator: string, found: string | undefined, values: string | readonly string[]): boolean {
  const wanted = typeof values === 'string' ? values : ''
  if (typeof values !== 'string' && operator !== 'StringEquals')
    throw new Error(`several values of ${operator} are not judged here`)
  switch (operator) {
    case 'Bool':
    case 'StringEquals':
      return found !== undefined && [values].flat().includes(found)
    case 'StringNotEquals':
      return found !== wanted
    case 'ArnNotEquals':
      return found === undefined || !like(wanted, found)
    case 'NumericLessThan':
      return found !== undefined && Number(found) < Number(wanted)
    case 'Null':
      return (found === undefined) === (wanted === 'true')
    default:
      throw new Error(`no such operator here: ${operator}`)
  }
}
