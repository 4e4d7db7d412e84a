import type { Estate } from '../../schemas/estate.ts'
import type { HeadPlace, Heads } from '../../schemas/heads.ts'
import { jumpConnectionOf } from './hosts.ts'
import { resolvedLogin } from './resolve-connection.ts'
import type { ResolvedHeadPlace, ResolvedHeads } from './resolved.ts'
import type { Absolute } from './surroundings.ts'

/** The heads of an estate with nothing left open; a place outside logs in as jump hosts do. */
export function resolvedHeads(estate: Estate, heads: Heads, absolute: Absolute): ResolvedHeads {
  const { key, allowedSigners, signer = 'upkeep', required = false, to } = heads
  return {
    key: absolute(key),
    allowedSigners: absolute(allowedSigners),
    signer,
    required,
    to: Object.entries(to).map(([name, place]) => resolvedPlace(estate, name, place, absolute)),
  }
}

function resolvedPlace(
  estate: Estate,
  name: string,
  { host, ssh, command }: HeadPlace,
  absolute: Absolute,
): ResolvedHeadPlace {
  if (host !== undefined) return { name, kind: 'host', host: host.name, file: host.file }
  if (command !== undefined) return { name, kind: 'command', command }
  if (ssh === undefined) throw new Error(`the place ${name} was not checked`)
  const { file, ...connection } = ssh
  const login = resolvedLogin(estate, name, jumpConnectionOf(estate, connection), absolute)
  return { name, kind: 'ssh', login, ...(file === undefined ? {} : { file }) }
}
