import type { Shell } from '../command.ts'
import type { Holding, Holdings } from '../rollout/holdings.ts'
import { counted } from './count.ts'
import { size } from './size.ts'
import { when } from './when.ts'
import { labelled } from './wrap.ts'

/** Says one line on something that is held, or was. */
export function say(
  shell: Shell,
  one: Holding | { readonly what: 'store'; readonly files: number; readonly bytes: number },
  text: string,
): void {
  if (shell.json) return
  const name =
    one.what === 'store'
      ? `store: ${counted(one.files, 'file')}, ${size(one.bytes)}`
      : `${one.host}: ${one.what === 'snapshot' ? `snapshot ${one.name}` : `files of ${one.name}`}${bytesText(one)}`
  for (const line of labelled('  ', `${name}: ${text}`)) shell.out(line)
}

/** When something that is held expires, in words. */
export function expiryText({ expiresMs }: Holding, nowMs: number, timeZone: string): string {
  if (expiresMs === null) return 'kept while its rollout may need it'
  return expiresMs <= nowMs ? `expired ${when(expiresMs, timeZone)}` : `expires ${when(expiresMs, timeZone)}`
}

/** What is held as JSON; times in UTC. */
export function holdingsOutput({ held, stored, unneeded }: Holdings, nowMs: number) {
  const sum = (files: readonly { readonly bytes: number }[]) => ({
    files: files.length,
    bytes: files.reduce((total, { bytes }) => total + bytes, 0),
  })
  return {
    held: held.map((one) => ({
      what: one.what,
      host: one.host,
      name: one.name,
      rollout: one.rollout,
      bytes: one.bytes,
      takenTime: one.takenMs === null ? null : new Date(one.takenMs).toISOString(),
      expiresTime: one.expiresMs === null ? null : new Date(one.expiresMs).toISOString(),
      expired: one.expiresMs !== null && one.expiresMs <= nowMs,
    })),
    store: { ...sum(stored), expired: sum(unneeded) },
  }
}

function bytesText({ bytes, takenMs }: Holding): string {
  if (bytes === null) return ''
  return ` (${size(bytes)}${takenMs === null ? '' : `, ${new Date(takenMs).toISOString().slice(0, 10)}`})`
}
