import { rpmOrder } from '../package-version.ts'

/**
 * The newest installed kernel of the running one's flavour, which is not the running one; null when that is the newest.
 * Names as in /boot: 6.1.0-28-amd64, 5.14.0-427.13.1.el9_4.x86_64.
 */
export function newerKernel(running: string, installed: readonly string[]): string | null {
  // Another flavour (rt, cloud, debug) is not a newer one.
  const same = installed.filter((one) => flavour(one) === flavour(running))
  const newest = same.reduce((best, one) => (rpmOrder(one, best) > 0 ? one : best), running)
  return newest === running ? null : newest
}

function flavour(name: string): string {
  return name
    .replace(/^[0-9.+~-]*/, '')
    .replace(/^(?:el|fc|amzn|oe|an|tl|ky)[0-9_.]*(?=\.|uek)/, '')
    .replace(/^(?:bpo|deb)[0-9.+]*/, '')
}
