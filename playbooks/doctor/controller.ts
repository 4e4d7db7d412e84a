import { access, constants, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { ResolvedEstate, ResolvedSystem } from '../../core/estate/resolved.ts'
import type { Check } from '../facts/doctor.ts'
import type { Secrets } from '../rollout/targets.ts'
import { headHealth } from './heads.ts'
import { backupHealth } from './backup.ts'
import { keyHealth, pinHealth } from './logins.ts'
import { mailHealth } from './mail.ts'
import { secretHealth } from './secrets.ts'

/** What this machine needs for a rollout of these systems: state, keys, pins, secrets, mail server, backup commands. */
export async function controllerHealth(
  estate: ResolvedEstate,
  systems: readonly ResolvedSystem[],
  secrets: Secrets,
  now: () => number,
): Promise<readonly Check[]> {
  const checks = await Promise.all([
    stateHealth(estate.stateDir),
    pinHealth(estate, systems),
    keyHealth(systems, secrets.env),
    secretHealth(estate, systems, secrets),
    mailHealth(estate, systems),
    headHealth(estate, secrets, now),
    ...systems.map((system) => backupHealth(system, estate.directory, now)),
  ])
  return checks.flat()
}

/** The state directory can be written, or made; nothing is written to see it. */
async function stateHealth(directory: string): Promise<readonly Check[]> {
  let place = directory
  while (!(await isThere(place)) && dirname(place) !== place) place = dirname(place)
  try {
    if (!(await stat(place)).isDirectory()) throw new Error(`${place} is no directory`)
    await access(place, constants.W_OK | constants.X_OK)
  } catch (cause) {
    const said = cause instanceof Error ? cause.message : String(cause)
    return [{ check: 'state', outcome: 'fail', said, fix: 'Make it writable for the user that runs Upkeep.' }]
  }
  const said = place === directory ? `${directory} can be written` : `${directory} will be made`
  return [{ check: 'state', outcome: 'ok', said }]
}

async function isThere(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  )
}
