import type { Row } from './reading.ts'

/**
 * Sockets of the kernel's tables that wait for strangers, as `tcp 0.0.0.0:80`, sorted. UDP sockets on a port of the
 * ephemeral range are left out: they are clients that wait for an answer.
 */
export function listeningPorts(
  rows: readonly Row[],
  ephemeral: { readonly from: number; readonly to: number },
): readonly string[] {
  const found = new Set<string>()
  for (const { table = '', local = '' } of rows) {
    const [address = '', hexPort = ''] = local.split(':')
    const port = Number.parseInt(hexPort, 16)
    if (table.startsWith('udp') && port >= ephemeral.from && port <= ephemeral.to) continue
    found.add(`${table.slice(0, 3)} ${addressOf(address)}:${port}`)
  }
  return [...found].sort()
}

// The kernel prints each 32-bit word in the host's byte order, little-endian on all that Debian releases for servers
// but s390x, where it is turned here as well and reads oddly, but always in the same way.
function addressOf(hex: string): string {
  const words = hex.match(/.{8}/g) ?? []
  const bytes = words.flatMap((word) => (word.match(/../g) ?? []).reverse())
  if (bytes.length === 4) return bytes.map((byte) => Number.parseInt(byte, 16)).join('.')
  const groups = Array.from({ length: 8 }, (_, index) => `${bytes[2 * index]}${bytes[2 * index + 1]}`)
  return new URL(`http://[${groups.join(':')}]`).hostname
}
