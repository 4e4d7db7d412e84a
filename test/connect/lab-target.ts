import { readFileSync } from 'node:fs'
import { join } from 'node:path'

import type { Sudo, Target } from '../../connect/target.ts'
import { labHost } from '../../lab/hosts.ts'
import { labPaths } from '../../lab/layout.ts'
import { ok } from '../../schemas/problem.ts'

/** A host of the lab as a target, with its jump host and its way to root. */
export function labTarget(name: string): Target {
  const host = labHost(name)
  const paths = labPaths()
  const key = /^\s*IdentityFile\s+"?([^"\n]+)"?/m.exec(readFileSync(paths.sshConfig, 'utf8'))?.[1]
  if (key === undefined) throw new Error(`${paths.sshConfig} names no key`)
  const sudo: Sudo =
    'wrapper' in host.sudo
      ? { mode: 'nopasswd', wrapper: host.sudo.wrapper }
      : { mode: 'password', password: secret(join(paths.secrets, host.sudo.passwordFile)) }
  return {
    name,
    address: host.address,
    port: host.port,
    user: host.user,
    auth: { key },
    knownHosts: paths.knownHosts,
    ...(host.jump === undefined ? {} : { jump: labTarget(host.jump) }),
    sudo,
  }
}

function secret(path: string) {
  return async () => ok(readFileSync(path, 'utf8').replace(/\n$/, ''))
}
