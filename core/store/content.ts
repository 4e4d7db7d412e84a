/** Where the bytes came from: a host's package cache, the repository, put together again from a host, or a person. */
export type Source = 'host-cache' | 'repository' | 'repacked' | 'offered'

/**
 * What is known about stored bytes; `host` is where a host-cache or repacked one was found, `fetchedAt` ISO 8601 in UTC,
 * `plannedAt` when a later plan last found them here already.
 */
export type Content = {
  readonly name: string
  readonly version: string
  readonly architecture: string
  readonly source: Source
  readonly host?: string
  readonly fetchedAt: string
  readonly plannedAt?: string
}

/** Stored bytes: their SHA-256 in lower-case hex, their number, and the file. */
export type Stored = { readonly digest: string; readonly bytes: number; readonly path: string }

const sources: readonly unknown[] = [
  'host-cache',
  'repository',
  'repacked',
  'offered',
] satisfies readonly Source[]

/** Tells what a file says about stored bytes from anything else. */
export function isContent(value: unknown): value is Content {
  if (typeof value !== 'object' || value === null) return false
  const {
    name,
    version,
    architecture,
    source,
    host = '',
    fetchedAt,
    plannedAt = '',
  } = value as Partial<Content>
  const texts: readonly unknown[] = [name, version, architecture, host, fetchedAt, plannedAt]
  return texts.every((text) => typeof text === 'string') && sources.includes(source)
}

/** Since when (epoch ms) nobody has fetched or planned with the bytes; NaN: that is no time. */
export function sinceMs({ fetchedAt, plannedAt }: Content): number {
  return Math.max(Date.parse(fetchedAt), plannedAt === undefined ? -Infinity : Date.parse(plannedAt))
}
