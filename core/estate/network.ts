/** First and last address of a network as numbers, and the length of its prefix. */
export type Network = { readonly first: number; readonly last: number; readonly bits: number }

/** Reads `10.20.0.0/16`; `null` for what is no network, also where bits of a host are set. */
export function networkIn(text: string): Network | null {
  const [address = '', length = ''] = text.split('/')
  const bits = Number(length)
  const bytes = address.split('.').map(Number)
  if (bits > 32 || bytes.some((byte) => byte > 255)) return null
  const first = bytes.reduce((sum, byte) => sum * 256 + byte, 0)
  const size = 2 ** (32 - bits)
  return first % size === 0 ? { first, last: first + size - 1, bits } : null
}

/** Whether two networks share an address. */
export function overlap(a: Network, b: Network): boolean {
  return a.first <= b.last && b.first <= a.last
}
