import type { Connection } from '../../schemas/connection.ts'
import type { Estate } from '../../schemas/estate.ts'
import { connectionOf, jumpConnectionOf, type PlacedHost } from './hosts.ts'
import { type Absolute, entryOf, resolvedSecret } from './surroundings.ts'
import type { ResolvedConnection, ResolvedLogin, ResolvedSudo } from './resolved.ts'

/** A host's connection with nothing left open, its jump hosts nested, the first one to connect to innermost. */
export function resolvedConnection(estate: Estate, host: PlacedHost, absolute: Absolute): ResolvedConnection {
  const connection = connectionOf(estate, host)
  return {
    ...resolvedLogin(estate, host.name, connection, absolute),
    sudo: resolvedSudo(connection, absolute),
  }
}

/** How to log in to a machine, its jump hosts nested, the first one to connect to innermost. */
export function resolvedLogin(
  estate: Estate,
  name: string,
  connection: Connection & { readonly address: string },
  absolute: Absolute,
): ResolvedLogin {
  const { address, port = 22, user, key, jump } = connection
  if (user === undefined) throw new Error(`the user of ${name} was not checked`)
  const jumpHost = jump === undefined ? undefined : entryOf(estate.jumpHosts ?? {}, jump)
  return {
    name,
    address,
    port,
    user,
    auth: key === undefined ? { kind: 'agent' } : { kind: 'key', path: absolute(key) },
    ...(jump === undefined || jumpHost === undefined
      ? {}
      : { jump: resolvedLogin(estate, jump, jumpConnectionOf(estate, jumpHost), absolute) }),
  }
}

function resolvedSudo({ sudo, user }: Connection, absolute: Absolute): ResolvedSudo {
  if (sudo?.wrapper !== undefined) return { kind: 'wrapper', path: sudo.wrapper }
  if (sudo?.password !== undefined)
    return { kind: 'password', password: resolvedSecret(sudo.password, absolute) }
  return sudo?.none === true || user === 'root' ? { kind: 'none' } : { kind: 'nopasswd' }
}
