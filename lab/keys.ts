import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { layerSecrets, randomWord } from './build-layers.ts'
import { type LabHost, labHosts } from './hosts.ts'
import type { LabPaths } from './layout.ts'
import { must } from './must.ts'

/** Makes the log-in key, once a lab. */
export async function makeKeys(paths: LabPaths): Promise<void> {
  mkdirSync(paths.keys, { recursive: true, mode: 0o700 })
  const key = join(paths.keys, 'upkeep')
  if (!existsSync(key))
    await must(['ssh-keygen', '-q', '-t', 'ed25519', '-N', '', '-C', 'upkeep lab', '-f', key])
}

/** Writes the passwords that the estate file refers to: one a file, readable by root alone. */
export async function writeSecrets(paths: LabPaths): Promise<void> {
  mkdirSync(paths.secrets, { recursive: true, mode: 0o700 })
  const { ADMIN, PROBE } = await layerSecrets(paths)
  const sudo = join(paths.secrets, 'erp-app2-sudo')
  const words = {
    'erp-admin': ADMIN,
    'upkeep-probe': PROBE,
    'erp-app2-sudo': existsSync(sudo) ? readFileSync(sudo, 'utf8').trim() : await randomWord(),
  }
  for (const [name, word] of Object.entries(words)) {
    writeFileSync(join(paths.secrets, name), `${word}\n`, { mode: 0o600 })
    chmodSync(join(paths.secrets, name), 0o600)
  }
}

/** Writes known_hosts and ssh_config for the hosts as they are dressed now. */
export function writeSshFiles(paths: LabPaths, hosts: readonly LabHost[] = labHosts): void {
  const known: string[] = []
  const blocks: string[] = []
  for (const { name, address, port, user, jump } of hosts) {
    const etc = join(paths.hosts, name, 'etc/ssh')
    const keys = readdirSync(etc).filter((file) => /^ssh_host_.*_key\.pub$/.test(file))
    for (const file of keys.sort()) {
      const [kind, key] = readFileSync(join(etc, file), 'utf8').split(' ')
      known.push(`${address} ${kind} ${key?.trim()}`)
    }
    const by = jump === undefined ? '' : `  ProxyJump ${jump}\n`
    blocks.push(`Host ${name} ${address}\n  HostName ${address}\n  Port ${port}\n  User ${user}\n${by}`)
  }
  const all = `  IdentityFile ${join(paths.keys, 'upkeep')}\n  IdentitiesOnly yes\n  UserKnownHostsFile ${paths.knownHosts}\n  GlobalKnownHostsFile none\n  StrictHostKeyChecking yes\n  BatchMode yes\n  ConnectTimeout 10\n`
  writeFileSync(paths.knownHosts, `${known.join('\n')}\n`)
  writeFileSync(paths.sshConfig, `${blocks.join('\n')}\nHost *\n${all}`, { mode: 0o600 })
}
