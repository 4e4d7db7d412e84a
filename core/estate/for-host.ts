import type { NamedProbe } from './resolved.ts'

/** Fills `{host}` and `{address}` into a web address: one probe of a role asks each of its hosts. */
export function forHost(named: NamedProbe, host: string, address: string): NamedProbe {
  if (!('url' in named)) return named
  return { ...named, url: named.url.replaceAll('{host}', host).replaceAll('{address}', address) }
}
