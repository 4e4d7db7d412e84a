/**
 * The newest installed kernel of the running one's flavour, which is not the running one; null when that is the newest.
 * Names as in /boot: 6.1.0-28-amd64, 5.14.0-427.13.1.el9_4.x86_64.
 */
export function newerKernel(running: string, installed: readonly string[]): string | null {
  // Another flavour (rt, cloud, debug) is not a newer one.
  const same = installed.filter((one) => flavour(one) === flavour(running))
  const newest = same.reduce((best, one) => (compareVersions(one, best) > 0 ? one : best), running)
  return newest === running ? null : newest
}

function flavour(name: string): string {
  return name
    .replace(/^[0-9.+~-]*/, '')
    .replace(/^(?:el|fc|amzn|oe|an|tl|ky)[0-9_.]*(?=\.|uek)/, '')
    .replace(/^(?:bpo|deb)[0-9.+]*/, '')
}

/**
 * Order of versions as rpm has it: letters and digits in turn, numbers by value, a number newer than letters, the longer one
 * newer, "~" before everything. `sort -V` puts 427.el9 behind 427.13.1.el9_4.
 */
function compareVersions(a: string, b: string): number {
  const [left, right] = [a, b].map((text) => text.match(/[0-9]+|[A-Za-z]+|~/g) ?? [])
  for (let at = 0; ; at += 1) {
    const [one, other] = [left?.[at], right?.[at]]
    if (one === other) {
      if (one === undefined) return 0
      continue
    }
    if (one === '~' || other === '~') return one === '~' ? -1 : 1
    if (one === undefined || other === undefined) return one === undefined ? -1 : 1
    const [isNumber, isOtherNumber] = [one, other].map((text) => /^[0-9]/.test(text))
    if (isNumber !== isOtherNumber) return isNumber === true ? 1 : -1
    if (isNumber !== true) return one < other ? -1 : 1
    const difference = BigInt(one) - BigInt(other)
    if (difference !== 0n) return difference < 0n ? -1 : 1
  }
}
