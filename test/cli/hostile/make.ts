import { readFileSync } from 'node:fs'
import { join } from 'node:path'

/** One hostile estate: its bytes, the code of the first problem, and what the message must say. */
export type HostileEstate = {
  readonly says: string
  readonly bytes: Buffer
  readonly code: string
  readonly tells: RegExp
}

/** A good estate in which each kind of value stands once. */
export const goodEstate = readFileSync(join(import.meta.dirname, 'estate.yaml'), 'utf8')

/** An estate of these bytes. */
export function estate(says: string, text: string | Buffer, code: string, tells: RegExp): HostileEstate {
  return { says, bytes: Buffer.from(text), code, tells }
}

/** The good estate with one piece of it replaced. */
export function put(says: string, from: string, to: string, code: string, tells: RegExp): HostileEstate {
  const parts = goodEstate.split(from)
  if (parts.length < 2) throw new Error(`"${from}" is not in the estate`)
  return estate(says, `${parts[0]}${to}${parts.slice(1).join(from)}`, code, tells)
}
