import { createHash } from 'node:crypto'

import { whyNoText } from '../schemas/file-text.ts'
import { fail, ok, type Problem, type Result } from '../schemas/problem.ts'
import { type HostAddress, type KnownKey, linesOf } from './known-lines.ts'
import { sharedText } from './shared-text.ts'

/** 16 MiB: the keys of 100,000 hosts. */
const mostBytes = 16 * 1024 * 1024

/** SHA-256 fingerprint of a public key's bytes, as `ssh-keygen -l` prints it. */
export function fingerprint(key: Buffer): string {
  return `SHA256:${createHash('sha256').update(key).digest('base64').replace(/=+$/, '')}`
}

const lastParsed = new Map<string, { readonly text: string; readonly keys: Result<readonly KnownKey[]> }>()

/**
 * Reads a known_hosts file; unreadable or malformed is a problem (`host/known-hosts`), never "no keys". A thousand
 * connections share one set of keys, until the file changes.
 */
export async function readKnownHosts(path: string): Promise<Result<readonly KnownKey[]>> {
  const read = await sharedText(path, mostBytes)
  if (!read.ok)
    return fail({
      code: 'host/known-hosts',
      what: 'The file of known host keys can not be read, so no host can be recognised.',
      where: path,
      found: whyNoText(read),
      fix: 'Name a readable known_hosts file for the host in the estate file.',
    })
  const last = lastParsed.get(path)
  if (last?.text === read.text) return last.keys
  const keys = parseKnownHosts(read.text, path)
  lastParsed.set(path, { text: read.text, keys })
  return keys
}

/** Text of a known_hosts file as keys; a line that OpenSSH would not understand is a problem with its number. */
export function parseKnownHosts(text: string, path: string): Result<readonly KnownKey[]> {
  const keys: KnownKey[] = []
  const problems: Problem[] = []
  for (const [index, raw] of text.split(/\r?\n/).entries()) {
    const line = raw.trim()
    if (line === '' || line.startsWith('#')) continue
    const known = parseLine(line, index + 1)
    if (known !== undefined) keys.push(known)
    else
      problems.push({
        code: 'host/known-hosts',
        what: 'A line of the known_hosts file can not be understood.',
        where: `${path}:${index + 1}`,
        expected: '[@revoked] names type base64-key',
        fix: 'Correct or remove the line; a line that is skipped could be a revoked key.',
      })
  }
  return problems.length > 0 ? fail(...problems) : ok(keys)
}

function parseLine(line: string, number: number): KnownKey | undefined {
  const words = line.split(/[ \t]+/)
  const mark = words[0]?.startsWith('@') === true ? words.shift()?.slice(1) : 'none'
  if (mark !== 'none' && mark !== 'revoked' && mark !== 'cert-authority') return undefined
  const [patterns, type, base64] = words
  if (patterns === undefined || type === undefined || base64 === undefined) return undefined
  const key = Buffer.from(base64, 'base64')
  return keyType(key) === type ? { mark, patterns, type, key, line: number } : undefined
}

/** Type written inside a public key's bytes (`ssh-ed25519`, ...), or undefined when they are not a key. */
function keyType(key: Buffer): string | undefined {
  if (key.length < 5) return undefined
  const length = key.readUInt32BE(0)
  return length > 0 && length < 64 && key.length > 4 + length
    ? key.toString('latin1', 4, 4 + length)
    : undefined
}

/** Key types that the file holds for a host and has not revoked, in the file's order. */
export function knownTypes(keys: readonly KnownKey[], host: HostAddress): readonly string[] {
  const types = linesOf(keys, host).filter((known) => known.mark === 'none')
  return [...new Set(types.map((known) => known.type))]
}

/**
 * Judges the key that a host has shown. Problems: `host/key-revoked`, `host/key-changed`, `host/key-unknown`,
 * `host/certificate`; each shows both fingerprints where there are two.
 */
export function judgeKey(keys: readonly KnownKey[], host: HostAddress, shown: Buffer): Problem | undefined {
  const lines = linesOf(keys, host)
  const where = `${host.name} (${host.address}:${host.port})`
  const found = `${keyType(shown) ?? 'unreadable key'} ${fingerprint(shown)}`
  // A revoked key is refused wherever it turns up: the line names the key, and whoever shows it holds it.
  if (keys.some((known) => known.mark === 'revoked' && known.key.equals(shown)))
    return {
      code: 'host/key-revoked',
      what: 'The host shows a key that is marked as revoked; nothing was sent to it.',
      where,
      found,
      expected: expectedKeys(lines) ?? 'a key that is not revoked',
      fix: 'Treat the host as compromised: ask its owner, then pin its new key in known_hosts.',
    }
  const pinned = lines.filter((known) => known.mark === 'none')
  if (pinned.some((known) => known.key.equals(shown))) return undefined
  if (pinned.length > 0)
    return {
      code: 'host/key-changed',
      what: 'The host shows another key than the one that is known; nothing was sent to it.',
      where,
      found,
      expected: expectedKeys(lines) ?? '',
      fix: 'If the host was rebuilt, compare the fingerprint on its console, then replace its line in known_hosts.',
    }
  if (lines.some((known) => known.mark === 'cert-authority'))
    return {
      code: 'host/certificate',
      what: 'The host is known by a certificate authority only, which this connector can not check.',
      where,
      found,
      fix: 'Pin the host key itself, or choose the OpenSSH connector for this host.',
    }
  return {
    code: 'host/key-unknown',
    what: 'The key of the host is not known; nothing was sent to it.',
    where,
    found,
    expected: 'a line for this host in known_hosts (none there)',
    fix: 'Compare the fingerprint with the one on the host (`ssh-keygen -lf`), then add its line to known_hosts.',
  }
}

function expectedKeys(lines: readonly KnownKey[]): string | undefined {
  const keys = lines.filter((known) => known.mark === 'none')
  return keys.length === 0 ? undefined : keys.map((key) => `${key.type} ${fingerprint(key.key)}`).join(', ')
}
