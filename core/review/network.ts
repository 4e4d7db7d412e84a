/** A block of addresses: the first, how many bits of it count, and of how many. */
type Block = { readonly address: bigint; readonly prefix: number; readonly bits: 32 | 128 }

/** Whether a block of addresses (CIDR) holds all of another one; what is none holds itself only. */
export function holdsBlock(outer: string, inner: string): boolean {
  if (outer === inner) return true
  const [wide, narrow] = [blockOf(outer), blockOf(inner)]
  if (wide === null || narrow === null || wide.bits !== narrow.bits || wide.prefix > narrow.prefix)
    return false
  const shift = BigInt(wide.bits - wide.prefix)
  return wide.address >> shift === narrow.address >> shift
}

function blockOf(text: string): Block | null {
  const [, address, length] = /^([0-9a-fA-F:.]{2,45})\/([0-9]{1,3})$/.exec(text) ?? []
  if (address === undefined) return null
  const bits = address.includes(':') ? 128 : 32
  const value = bits === 32 ? ofFour(address) : ofSix(address)
  const prefix = Number(length)
  return value === null || prefix > bits ? null : { address: value, prefix, bits }
}

function ofFour(text: string): bigint | null {
  const parts = text.split('.')
  if (
    parts.length !== 4 ||
    !parts.every((part) => /^(0|[1-9][0-9]{0,2})$/.test(part) && Number(part) < 256)
  ) {
    return null
  }
  return parts.reduce((sum, part) => (sum << 8n) + BigInt(part), 0n)
}

function ofSix(text: string): bigint | null {
  const [head = '', tail, ...more] = text.split('::')
  const groups = (part: string) => (part === '' ? [] : part.split(':'))
  const [left, right] = [groups(head), groups(tail ?? '')]
  const missing = 8 - left.length - right.length
  const isShort = tail !== undefined
  if (more.length > 0 || (isShort ? missing < 1 : missing !== 0)) return null
  const all = [...left, ...Array.from({ length: missing }, () => '0'), ...right]
  if (!all.every((group) => /^[0-9a-fA-F]{1,4}$/.test(group))) return null
  return all.reduce((sum, group) => (sum << 16n) + BigInt(`0x${group}`), 0n)
}
