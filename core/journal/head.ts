import type { Event } from '../../schemas/event.ts'
import type { Head, SignedHead } from '../../schemas/head.ts'
import { canonical } from '../canonical.ts'

/** What heads are signed for (the namespace of ssh-keygen): a signature made for anything else is none of a head. */
export const headNamespace = 'upkeep-head'

/** The head of a journal whose last event is this one. */
export function headOf({ source, sequence, hash, time }: Event): Head {
  return { version: 1, journal: source, sequence, hash, time }
}

/** The text of a head that is signed: canonical JSON, no newline after it. */
export function headText(head: Head): string {
  return canonical(head)
}

/** A signed head as a line, without newline, as it is kept elsewhere. */
export function headLine(signed: SignedHead): string {
  return canonical(signed)
}
