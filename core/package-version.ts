/** Order of two versions as a package manager has it: negative where the first is older. */
export function compareVersions(manager: 'apt' | 'dnf', a: string, b: string): number {
  const [one, other] = [partsOf(a), partsOf(b)]
  const byPart = manager === 'apt' ? asDpkg : rpmOrder
  return (
    Math.sign(one.epoch - other.epoch) ||
    byPart(one.version, other.version) ||
    byPart(one.release, other.release)
  )
}

/** `epoch:version-release`; the release begins behind the last dash. */
function partsOf(text: string): {
  readonly epoch: number
  readonly version: string
  readonly release: string
} {
  const [, epoch = '0', rest = text] = /^([0-9]{1,9}):([\s\S]*)$/.exec(text) ?? []
  const dash = rest.lastIndexOf('-')
  return dash === -1
    ? { epoch: Number(epoch), version: rest, release: '' }
    : { epoch: Number(epoch), version: rest.slice(0, dash), release: rest.slice(dash + 1) }
}

/** deb-version(7): runs of other characters and numbers in turn; "~" before the end, letters before the rest. */
function asDpkg(a: string, b: string): number {
  const [left, right] = [a, b].map((text) => text.match(/[0-9]+|[^0-9]+/g) ?? [])
  const [one, other] = [left, right].map((parts) =>
    /^[0-9]/.test(parts?.[0] ?? '') ? ['', ...(parts ?? [])] : (parts ?? []),
  )
  for (let at = 0; at < Math.max(one?.length ?? 0, other?.length ?? 0); at += 1) {
    const [x, y] = [one?.[at] ?? '', other?.[at] ?? '']
    const difference = at % 2 === 1 ? byNumber(x || '0', y || '0') : byCharacters(x, y)
    if (difference !== 0) return difference
  }
  return 0
}

function byCharacters(a: string, b: string): number {
  for (let at = 0; at < Math.max(a.length, b.length); at += 1) {
    const difference = weight(a[at]) - weight(b[at])
    if (difference !== 0) return Math.sign(difference)
  }
  return 0
}

function weight(character: string | undefined): number {
  if (character === undefined) return 0
  if (character === '~') return -1
  return /[A-Za-z]/.test(character) ? character.charCodeAt(0) : character.charCodeAt(0) + 256
}

function byNumber(a: string, b: string): number {
  const difference = BigInt(a) - BigInt(b)
  return difference < 0n ? -1 : difference > 0n ? 1 : 0
}

/**
 * Order of two versions, or releases, as rpmvercmp has it: letters and digits in turn, numbers by value, a number newer than
 * letters, the longer one newer, but "~" before everything and "^" behind the end. `sort -V` puts 427.el9 behind 427.13.1.el9_4.
 */
export function rpmOrder(a: string, b: string): number {
  const [left, right] = [a, b].map((text) => text.match(/[0-9]+|[A-Za-z]+|~|\^/g) ?? [])
  for (let at = 0; ; at += 1) {
    const [one, other] = [left?.[at], right?.[at]]
    if (one === other) {
      if (one === undefined) return 0
      continue
    }
    if (one === '~' || other === '~') return one === '~' ? -1 : 1
    // Behind the end, before everything else.
    if (one === '^' || other === '^')
      return one === '^' ? (other === undefined ? 1 : -1) : one === undefined ? -1 : 1
    if (one === undefined || other === undefined) return one === undefined ? -1 : 1
    const [isNumber, isOtherNumber] = [one, other].map((text) => /^[0-9]/.test(text))
    if (isNumber !== isOtherNumber) return isNumber === true ? 1 : -1
    if (isNumber === true) {
      const difference = byNumber(one, other)
      if (difference !== 0) return difference
    } else return one < other ? -1 : 1
  }
}
