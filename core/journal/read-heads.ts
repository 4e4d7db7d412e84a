import { SignedHead } from '../../schemas/head.ts'
import { conforms } from '../../schemas/load.ts'
import type { HeadFinding } from './compare-heads.ts'

/** A signed head and the line of the file, from 1, that it stands in; whether its signature is good is not known yet. */
export type KeptHead = SignedHead & { readonly line: number }

/** Reads a file of heads, JSON Lines; empty lines are passed over, each line that is no signed head is a finding. */
export function readHeads(text: string): {
  readonly heads: readonly KeptHead[]
  readonly findings: readonly HeadFinding[]
} {
  const heads: KeptHead[] = []
  const findings: HeadFinding[] = []
  for (const [index, content] of text.split('\n').entries()) {
    if (content.trim() === '') continue
    const line = index + 1
    const value = parsed(content)
    if (conforms(SignedHead, value)) heads.push({ ...value, line })
    else findings.push(isUnsigned(value) ? unsigned(line) : unreadable(line))
  }
  return { heads, findings }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function isUnsigned(value: unknown): boolean {
  return typeof value === 'object' && value !== null && 'head' in value && !('signature' in value)
}

function unsigned(line: number): HeadFinding {
  return { kind: 'unsigned', line, what: 'the head is not signed' }
}

function unreadable(line: number): HeadFinding {
  return { kind: 'unreadable', line, what: 'it is not a signed head' }
}
