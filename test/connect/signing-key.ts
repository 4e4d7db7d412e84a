import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

/** Makes a key pair of ed25519 without passphrase: the path of its private half, and its public one as in authorized_keys. */
export function signingKey(dir: string, name: string): { readonly path: string; readonly publicKey: string } {
  const path = join(dir, name)
  execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', name, '-f', path])
  const publicKey = readFileSync(`${path}.pub`, 'utf8').split(' ').slice(0, 2).join(' ')
  return { path, publicKey }
}
