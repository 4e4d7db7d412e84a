import { readSecret, type SecretReference } from '../../connect/secret.ts'
import type { Secret, Sudo, Target } from '../../connect/target.ts'
import type {
  ResolvedConnection,
  ResolvedEstate,
  ResolvedHost,
  ResolvedLogin,
} from '../../core/estate/resolved.ts'

/** Where secrets come from, and who must never write them down. */
export type Secrets = {
  readonly env: Readonly<Record<string, string | undefined>>
  /** The estate's directory, in which its commands run. */
  readonly directory: string
  readonly learned: (value: string) => void
}

/** A secret that is read when it is needed. */
export function lazySecret(reference: SecretReference, secrets: Secrets): Secret {
  return () => readSecret(reference, secrets)
}

/** How to connect to each of the hosts. */
export function targetsOf(
  estate: ResolvedEstate,
  hosts: readonly ResolvedHost[],
  secrets: Secrets,
): readonly Target[] {
  return hosts.map((host) => ({
    ...targetOf(estate, { ...host.connection, name: host.name }, secrets),
    sudo: sudoOf(host.connection, secrets),
  }))
}

/** How to connect to one machine as its log-in user, never as root. */
export function targetOf(estate: ResolvedEstate, login: ResolvedLogin, secrets: Secrets): Target {
  return {
    name: login.name,
    address: login.address,
    port: login.port,
    user: login.user,
    auth:
      login.auth.kind === 'key'
        ? { key: login.auth.path }
        : { agent: secrets.env['SSH_AUTH_SOCK'] ?? '/nonexistent' },
    knownHosts: estate.knownHosts,
    ...(login.jump === undefined ? {} : { jump: targetOf(estate, login.jump, secrets) }),
    sudo: { mode: 'none' },
  }
}

function sudoOf({ sudo }: ResolvedConnection, secrets: Secrets): Sudo {
  switch (sudo.kind) {
    case 'none':
      return { mode: 'none' }
    case 'nopasswd':
      return { mode: 'nopasswd', wrapper: '/bin/sh' }
    case 'wrapper':
      return { mode: 'nopasswd', wrapper: sudo.path }
    case 'password':
      return { mode: 'password', password: lazySecret(sudo.password, secrets) }
  }
}
