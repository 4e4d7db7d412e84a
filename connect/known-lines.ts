import { createHmac, timingSafeEqual } from 'node:crypto'

/** One line of a known_hosts file: whom it names (patterns as written), the key's type and its bytes. */
export type KnownKey = {
  readonly mark: 'none' | 'revoked' | 'cert-authority'
  readonly patterns: string
  readonly type: string
  readonly key: Buffer
  readonly line: number
}

/** Who is asked for: the estate's name of the host, or its address and port, may stand in the file. */
export type HostAddress = { readonly name: string; readonly address: string; readonly port: number }

/** Lines of one file by the names that they spell out, and those that must be tried: patterns and hashes. */
type Index = {
  readonly spelled: ReadonlyMap<string, readonly KnownKey[]>
  readonly tried: readonly KnownKey[]
}

const indexes = new WeakMap<readonly KnownKey[], Index>()

function indexOf(keys: readonly KnownKey[]): Index {
  const known = indexes.get(keys)
  if (known !== undefined) return known
  const spelled = new Map<string, KnownKey[]>()
  const tried: KnownKey[] = []
  for (const one of keys) {
    if (/[*?!|]/.test(one.patterns)) tried.push(one)
    else for (const name of one.patterns.toLowerCase().split(',')) append(spelled, name, one)
  }
  const index = { spelled, tried }
  indexes.set(keys, index)
  return index
}

function append(to: Map<string, KnownKey[]>, name: string, one: KnownKey): void {
  const there = to.get(name)
  if (there === undefined) to.set(name, [one])
  else there.push(one)
}

/** Lines that name a host by its address or its name, in the file's order. */
export function linesOf(keys: readonly KnownKey[], host: HostAddress): readonly KnownKey[] {
  const { spelled, tried } = indexOf(keys)
  const asked = [host.address, host.name].map((name) => askedFor(name.toLowerCase(), host.port))
  const lines = [
    ...asked.flatMap((name) => spelled.get(name) ?? []),
    ...tried.filter((known) => asked.some((name) => matches(known.patterns, name))),
  ]
  return [...new Set(lines)].sort((a, b) => a.line - b.line)
}

function askedFor(name: string, port: number): string {
  return port === 22 ? name : `[${name}]:${port}`
}

function matches(patterns: string, asked: string): boolean {
  if (patterns.startsWith('|')) return matchesHash(patterns, asked)
  let found = false
  for (const pattern of patterns.toLowerCase().split(',')) {
    const negated = pattern.startsWith('!')
    if (!wildcard(negated ? pattern.slice(1) : pattern).test(asked)) continue
    if (negated) return false
    found = true
  }
  return found
}

function matchesHash(pattern: string, asked: string): boolean {
  const [, version, salt, hash] = pattern.split('|')
  if (version !== '1' || salt === undefined || hash === undefined) return false
  const expected = Buffer.from(hash, 'base64')
  const actual = createHmac('sha1', Buffer.from(salt, 'base64')).update(asked).digest()
  return expected.length === actual.length && timingSafeEqual(expected, actual)
}

function wildcard(pattern: string): RegExp {
  const source = pattern
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replace(/\*/g, '.*')
    .replace(/\?/g, '.')
  return new RegExp(`^${source}$`)
}
