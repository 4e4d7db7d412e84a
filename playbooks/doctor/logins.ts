import { stat } from 'node:fs/promises'
import { knownTypes, readKnownHosts } from '../../connect/known-hosts.ts'
import { isDriven } from '../../core/estate/hosts.ts'
import type { ResolvedEstate, ResolvedLogin, ResolvedSystem } from '../../core/estate/resolved.ts'
import { fileText, whyNoText } from '../../schemas/file-text.ts'
import { type Check, failedCheck } from '../facts/doctor.ts'

/** Every host that is changed, and every jump host before it, has a pinned key. */
export async function pinHealth(
  estate: ResolvedEstate,
  systems: readonly ResolvedSystem[],
): Promise<readonly Check[]> {
  const keys = await readKnownHosts(estate.knownHosts)
  if (!keys.ok) return [failedCheck('host keys', keys.problems)]
  const logins = [...new Map(loginsOf(systems).map((login) => [login.name, login])).values()]
  const bare = logins.filter((login) => knownTypes(keys.value, login).length === 0).map((login) => login.name)
  if (bare.length === 0) {
    return [{ check: 'host keys', outcome: 'ok', said: `${logins.length} pinned in ${estate.knownHosts}` }]
  }
  const said = `no key of ${bare.join(', ')} in ${estate.knownHosts}`
  const fix = 'Compare the fingerprint on the host (`ssh-keygen -lf`), then add its line.'
  return [{ check: 'host keys', outcome: 'fail', said, fix }]
}

/** Every private key can be read, by its owner alone; where the agent is asked for, there is one. */
export async function keyHealth(
  systems: readonly ResolvedSystem[],
  env: Readonly<Record<string, string | undefined>>,
): Promise<readonly Check[]> {
  const auths = loginsOf(systems).map((login) => login.auth)
  const paths = [...new Set(auths.flatMap((auth) => (auth.kind === 'key' ? [auth.path] : [])))]
  const checks = await Promise.all(paths.map(keyFile))
  if (!auths.some((auth) => auth.kind === 'agent')) return checks
  const socket = env['SSH_AUTH_SOCK']
  const agent: Check =
    socket === undefined
      ? {
          check: 'agent',
          outcome: 'fail',
          said: 'SSH_AUTH_SOCK is not set',
          fix: 'Start an agent and add the key.',
        }
      : { check: 'agent', outcome: 'ok', said: socket }
  return [...checks, agent]
}

async function keyFile(path: string): Promise<Check> {
  try {
    const read = await fileText(path, 1 << 20)
    if (!read.ok) throw new Error(`${path}: ${whyNoText(read)}`)
    if (!read.text.includes('PRIVATE KEY')) throw new Error(`${path} holds no private key`)
    const { mode } = await stat(path)
    if ((mode & 0o077) === 0) return { check: 'key', outcome: 'ok', said: path }
    return { check: 'key', outcome: 'warn', said: `${path} can be read by others`, fix: `chmod 600 ${path}` }
  } catch (cause) {
    const said = cause instanceof Error ? cause.message : String(cause)
    return { check: 'key', outcome: 'fail', said, fix: 'Correct the path in the estate, or who may read it.' }
  }
}

/** How each host that has a driver is logged in to, jump hosts too. */
function loginsOf(systems: readonly ResolvedSystem[]): readonly ResolvedLogin[] {
  return systems.flatMap((system) =>
    system.hosts
      .filter((host) => isDriven(host))
      .flatMap((host) => throughJumps({ ...host.connection, name: host.name })),
  )
}

function throughJumps(login: ResolvedLogin): readonly ResolvedLogin[] {
  return login.jump === undefined ? [login] : [...throughJumps(login.jump), login]
}
