import type { Result } from '../schemas/problem.ts'

/** Resolves a reference to a secret at the moment it is needed; the value is never kept, logged or put in argv. */
export type Secret = () => Promise<Result<string>>

/** How work as root is done: the user is root already, a NOPASSWD wrapper (absolute path), or a password on stdin. */
export type Sudo =
  | { readonly mode: 'none' }
  | { readonly mode: 'nopasswd'; readonly wrapper: string }
  | { readonly mode: 'password'; readonly password: Secret }

/** One host to be reached: `key`, `agent` and `knownHosts` are paths on this machine, `jump` is the host before it. */
export type Target = {
  readonly name: string
  readonly address: string
  readonly port: number
  readonly user: string
  readonly auth: { readonly key: string } | { readonly agent: string }
  readonly knownHosts: string
  readonly jump?: Target
  readonly sudo: Sudo
}
