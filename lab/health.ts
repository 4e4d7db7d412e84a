import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { local } from '../connect/local.ts'
import { erpParts, type LabHost, labHosts } from './hosts.ts'
import type { LabPaths } from './layout.ts'
import { execMachine, leaderPid } from './machine.ts'
import { logIn } from './tryton.ts'

/** What is seen of a host now. */
export type HostStatus = {
  readonly name: string
  readonly address: string
  readonly running: boolean
  readonly ssh: boolean
  /** Units that a useful host has active, and this one has not. */
  readonly down: readonly string[]
}

/** Looks at hosts, at the same time; also when the lab is not there. */
export async function hostStatus(
  paths: LabPaths,
  hosts: readonly LabHost[] = labHosts,
): Promise<readonly HostStatus[]> {
  return Promise.all(
    hosts.map(async ({ name, address, services }) => {
      if (leaderPid(paths, name) === undefined)
        return { name, address, running: false, ssh: false, down: services }
      const ssh = await local(['ssh', '-n', '-F', paths.sshConfig, name, 'true'], { timeoutMs: 15_000 })
      const script = services.map((unit) => `systemctl is-active -q '${unit}' || echo '${unit}'`).join('\n')
      const units = await execMachine(paths, name, script, 15_000)
      const down =
        units.code === 0 || units.stdout !== '' ? units.stdout.split('\n').filter(Boolean) : services
      return { name, address, running: true, ssh: ssh.code === 0, down }
    }),
  )
}

/** What is not well with these hosts and the systems that they carry; empty when all answers as a user would see it. */
export async function complaints(
  paths: LabPaths,
  hosts: readonly LabHost[] = labHosts,
): Promise<readonly string[]> {
  const rings = new Set(hosts.filter(({ system }) => system === 'erp').map(({ ring }) => ring))
  const [seen, ...found] = await Promise.all([
    hostStatus(paths, hosts),
    portalComplaints(hosts.filter(({ system }) => system === 'oa')),
    ...[...rings].map((ring) => erpComplaints(paths, ring)),
  ])
  const alone = seen.flatMap(({ name, running, ssh, down }) => [
    ...(running ? [] : [`${name} is not running`]),
    ...(running && !ssh ? [`${name} does not answer by ssh`] : []),
    ...(running ? down.map((unit) => `${name}: ${unit} is not active`) : []),
  ])
  return [...alone, ...found.flat()]
}

async function erpComplaints(paths: LabPaths, ring: 'test' | 'production'): Promise<readonly string[]> {
  const { balancer, databaseHost } = erpParts[ring]
  if (leaderPid(paths, databaseHost) === undefined) return [`${databaseHost} is not running`]
  const streams = await execMachine(
    paths,
    databaseHost,
    `runuser -u postgres -- psql -XAtc "select count(*) from pg_stat_replication where state = 'streaming'"`,
    15_000,
  )
  const password = readFileSync(join(paths.secrets, 'erp-admin'), 'utf8').trim()
  const session = await logIn({ url: `http://${balancer}/erp/`, user: 'admin', password, timeoutMs: 15_000 })
  return [
    ...(streams.stdout.trim() === '1' ? [] : [`the standby of ${databaseHost} does not stream`]),
    ...('session' in session ? [] : [`no log-in to the ERP of ${ring}: ${session.said}`]),
  ]
}

async function portalComplaints(hosts: readonly LabHost[]): Promise<readonly string[]> {
  const found = await Promise.all(
    hosts.map(async ({ name, address }) => {
      const answer = await fetch(`http://${address}/health`, { signal: AbortSignal.timeout(5_000) }).catch(
        () => null,
      )
      return answer?.status === 200 ? [] : [`${name} does not answer /health`]
    }),
  )
  return found.flat()
}
