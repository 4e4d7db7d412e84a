import { isDriven } from '../core/estate/hosts.ts'
import type { ResolvedHost, ResolvedSystem } from '../core/estate/resolved.ts'
import { type ExitName, exitNameOf, worstExit } from '../core/exit.ts'
import type { HostPool } from '../connect/pool.ts'
import { type Shell, textOption } from './command.ts'
import { controllerHealth } from './doctor/controller.ts'
import { snapshotHealth } from './doctor/snapshot.ts'
import { openEstate, systemNamed } from './estate-file.ts'
import { type Check, failedCheck, hostHealth } from './facts/doctor.ts'
import { runAsScript } from './main.ts'
import { connections } from './rollout/session.ts'
import { showHealth } from './show/health.ts'
import { refuse } from './told.ts'

/** What was seen of one host; `exit` is worse than `input` when the host could not be asked at all. */
type HostHealth = { readonly host: string; readonly checks: readonly Check[]; readonly exit: ExitName }

/** Asks this machine and every host whether a rollout can go well, changes nothing, and says what to do where it can not. */
export async function run(shell: Shell): Promise<ExitName> {
  const estate = await openEstate(shell)
  if (!estate.ok) return refuse(shell, estate.problems)
  const name = textOption(shell, 'system')
  const named = name === undefined ? undefined : systemNamed(estate.value, name)
  if (named !== undefined && !named.ok) return refuse(shell, named.problems)
  const systems = named === undefined ? Object.values(estate.value.systems) : [named.value]

  const secrets = { env: shell.env, directory: estate.value.directory, learned: () => {} }
  const pool = connections(estate.value, secrets)
  try {
    const asked = systems.flatMap((system) => system.hosts.map((host) => ofHost(shell, system, host, pool)))
    const controller = await controllerHealth(estate.value, systems, secrets, shell.now)
    const hosts = await Promise.all(asked)
    const all = [...controller, ...hosts.flatMap((host) => host.checks)]
    const isOk = all.every((check) => check.outcome !== 'fail')
    if (shell.json) {
      const told = hosts.map(({ host, checks }) => ({ host, checks }))
      shell.out(
        JSON.stringify({ messageType: 'doctor', schemaVersion: 1, ok: isOk, controller, hosts: told }),
      )
    } else {
      const here = { name: `this machine (${shell.machine})`, checks: controller }
      showHealth(shell, [here, ...hosts.map(({ host, checks }) => ({ name: host, checks }))])
    }
    return isOk ? 'ok' : worstExit(['input', ...hosts.map((host) => host.exit)])
  } finally {
    pool.closeAll()
  }
}

async function ofHost(
  shell: Shell,
  system: ResolvedSystem,
  resolved: ResolvedHost,
  pool: HostPool,
): Promise<HostHealth> {
  const { name: host, packages } = resolved
  if (!isDriven(resolved)) {
    const said = `no driver for packages: ${packages}; Upkeep never changes this host`
    return { host, checks: [{ check: 'driver', outcome: 'ok', said }], exit: 'ok' }
  }
  const connected = await pool.get(host)
  if (!connected.ok) {
    const exit = exitNameOf(connected.problems[0]?.code ?? 'host/unreachable')
    return { host, checks: [failedCheck('connection', connected.problems)], exit }
  }
  const checks = await hostHealth(connected.value, { nowMs: shell.now, manager: resolved.packages })
  return {
    host,
    checks: [...checks, ...(await snapshotHealth(system, resolved, connected.value))],
    exit: 'ok',
  }
}

void runAsScript(import.meta.url, 'doctor')
