import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { dirname } from 'node:path'
import { local } from '../connect/local.ts'
import { must } from './must.ts'

/** Debian packages that the lab needs on this machine. */
const toolPackages: readonly string[] = [
  'apt-utils',
  'btrfs-progs',
  'debian-archive-keyring',
  'gnupg',
  'iproute2',
  'mmdebstrap',
  'openssh-client',
  'systemd-container',
]

const policy = '/usr/sbin/policy-rc.d'
const aside = '/usr/sbin/policy-rc.d.before-upkeep-lab'
const mark = '# upkeep lab: nothing that is installed now may start a service'

/** Installs what is missing without starting a service, and adds it to the list in `record`; answers what was added. */
export async function installTools(
  record: string,
  report: (line: string) => void,
  also: readonly string[] = [],
): Promise<readonly string[]> {
  await restorePolicy()
  const before = await installed()
  const missing = [...toolPackages, ...also].filter((name) => !before.has(name))
  if (missing.length === 0) return []
  // Before anything is installed: on a machine that never had a lab its directory is not there yet.
  mkdirSync(dirname(record), { recursive: true })
  report(`installing on this machine: ${missing.join(' ')} (and what they need)`)
  const apt = ['apt-get', '-q', '-y', '-o', 'DPkg::Lock::Timeout=120']
  const env = { DEBIAN_FRONTEND: 'noninteractive' }
  await forbidServices()
  try {
    await must([...apt, 'update'], { env, timeoutMs: 180_000 })
    const install = [...apt, 'install', '--no-install-recommends', ...missing]
    await must(install, { env, timeoutMs: 600_000 })
  } finally {
    await restorePolicy()
    // Also after half an installation: `down --packages` has to know.
    const added = [...(await installed())].filter((name) => !before.has(name))
    if (added.length > 0) appendFileSync(record, `${added.join('\n')}\n`)
  }
  return recordedTools(record)
}

/** What the lab would have to install on this machine now. */
export async function missingTools(): Promise<readonly string[]> {
  const present = await installed()
  return toolPackages.filter((name) => !present.has(name))
}

/** Packages that the lab brought to this machine and that are still there. */
export async function presentTools(record: string): Promise<readonly string[]> {
  const present = await installed()
  return recordedTools(record).filter((name) => present.has(name))
}

/** Removes the packages that the lab brought, unless others would go with them: answers those, and removes nothing then. */
export async function removeTools(names: readonly string[]): Promise<readonly string[]> {
  if (names.length === 0) return []
  const purge = ['apt-get', '-q', '-y', '-o', 'DPkg::Lock::Timeout=120', 'purge', ...names]
  const simulated = await must([...purge.slice(0, 1), '--simulate', ...purge.slice(1)])
  const others = removedBy(simulated).filter((name) => !names.includes(name))
  if (others.length > 0) return others
  await forbidServices()
  try {
    await must(purge, { env: { DEBIAN_FRONTEND: 'noninteractive' }, timeoutMs: 600_000 })
    return []
  } finally {
    await restorePolicy()
  }
}

/** Names of the packages that a simulated apt-get says it would remove. */
export function removedBy(simulation: string): readonly string[] {
  const lines = simulation.matchAll(/^(?:Remv|Purg) (?<name>[^ :]+)/gm)
  return [...new Set([...lines].map(({ groups }) => groups?.['name'] ?? ''))]
}

/** Puts back the machine's own policy-rc.d, also after an `up` that was killed while it had set it aside. */
export async function restorePolicy(): Promise<void> {
  if (existsSync(policy) && readFileSync(policy, 'utf8').includes(mark)) rmSync(policy)
  if (existsSync(aside)) renameSync(aside, policy)
}

async function forbidServices(): Promise<void> {
  if (existsSync(policy)) renameSync(policy, aside)
  writeFileSync(policy, `#!/bin/sh\n${mark}\nexit 101\n`, { mode: 0o755 })
}

function recordedTools(record: string): readonly string[] {
  return existsSync(record) ? [...new Set(readFileSync(record, 'utf8').split('\n').filter(Boolean))] : []
}

async function installed(): Promise<ReadonlySet<string>> {
  const listed = await local(['dpkg-query', '-W', '-f', '${db:Status-Abbrev} ${Package}\n'])
  const lines = listed.stdout.split('\n').filter((line) => line.startsWith('ii '))
  return new Set(lines.map((line) => line.split(/ +/)[1] ?? ''))
}
