import type { Problem } from '../schemas/problem.ts'
import type { Target } from './target.ts'
import { sanitise } from './text.ts'

/** Why a connection did not come up, as a problem: `host/auth-refused`, `host/key-file`, `host/unreachable`, ... */
export function connectProblem(target: Target, error: Error & { level?: string }): Problem {
  const found = sanitise(error.message || (error as NodeJS.ErrnoException).code || 'no answer', 300)
  const where = whereOf(target)
  if (/parse privateKey|private key/i.test(error.message)) return keyFileProblem(target, found)
  if (error.level === 'client-authentication')
    return {
      code: 'host/auth-refused',
      what: `The host does not let ${target.user} in with this key.`,
      where,
      found,
      expected: 'key' in target.auth ? `the key in ${target.auth.key}` : `a key of ${target.auth.agent}`,
      fix: 'Put the public key into authorized_keys of that user, or correct user and key in the estate file.',
    }
  if (/no matching/i.test(error.message))
    return {
      code: 'host/no-common-algorithm',
      what: 'The host offers only SSH algorithms that are too old.',
      where,
      found,
      expected: 'curve25519, ed25519, ecdsa or rsa-sha2 keys, AES-GCM or chacha20, etm',
      fix: 'Update the SSH server of the host or its settings.',
    }
  return {
    code: 'host/unreachable',
    what: 'No SSH connection to the host.',
    where,
    found,
    fix: `Check that it is up and that ${target.jump?.name ?? 'this machine'} may reach its SSH port.`,
  }
}

/** The private key can not be used; a key with a passphrase belongs into an agent. */
export function keyFileProblem(target: Target, found: string): Problem {
  return {
    code: 'host/key-file',
    what: 'The private key for the host can not be used.',
    where: whereOf(target),
    found,
    expected: 'a readable OpenSSH private key without passphrase',
    fix: 'Correct the path in the estate file; a key with a passphrase goes into an agent (`agent:`).',
  }
}

/** The connection was gone when something was asked of it; nothing of that was sent. */
export function lostProblem(where: string, error: unknown): Problem {
  return {
    code: 'host/lost',
    what: 'The connection to the host is gone; nothing was asked of it.',
    where,
    found: sanitise(error instanceof Error ? error.message : String(error), 200),
    fix: 'Connect again.',
  }
}

function whereOf(target: Target): string {
  const through = target.jump === undefined ? '' : ` through ${target.jump.name}`
  return `${target.name} (${target.address}:${target.port}${through})`
}
