import type { Algorithms, ServerHostKeyAlgorithm } from 'ssh2'

const hostKeyAlgorithms: Readonly<Record<string, readonly ServerHostKeyAlgorithm[]>> = {
  'ssh-ed25519': ['ssh-ed25519'],
  'ecdsa-sha2-nistp256': ['ecdsa-sha2-nistp256'],
  'ecdsa-sha2-nistp384': ['ecdsa-sha2-nistp384'],
  'ecdsa-sha2-nistp521': ['ecdsa-sha2-nistp521'],
  'ssh-rsa': ['rsa-sha2-512', 'rsa-sha2-256'],
}

/**
 * The only algorithms that are offered: no SHA-1, no CBC, no MAC before encryption. Host keys of the known types come
 * first, so that a host which has several keys shows a known one; the others follow, so that a change is seen as one.
 */
export function algorithmsFor(knownTypes: readonly string[]): Algorithms {
  const types = new Set([...knownTypes, ...Object.keys(hostKeyAlgorithms)])
  return {
    kex: ['curve25519-sha256', 'curve25519-sha256@libssh.org'],
    serverHostKey: [...types].flatMap((type) => hostKeyAlgorithms[type] ?? []),
    cipher: ['aes256-gcm@openssh.com', 'aes128-gcm@openssh.com', 'chacha20-poly1305@openssh.com'],
    hmac: ['hmac-sha2-256-etm@openssh.com', 'hmac-sha2-512-etm@openssh.com'],
    compress: ['none'],
  }
}
