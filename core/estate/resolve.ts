import { homedir } from 'node:os'
import { dirname, resolve } from 'node:path'
import type { Mail } from '../../schemas/estate.ts'
import type { LoadedEstate } from '../../schemas/load.ts'
import { resolvedCloudMonitoring } from './cloud-monitoring.ts'
import { resolvedCloudWindows } from './cloud-windows.ts'
import { freezeSpan } from './freeze.ts'
import { resolvedHeads } from './resolve-heads.ts'
import { resolvedWindow } from './resolve-window.ts'
import { resolvedOffsite } from './offsite.ts'
import { resolvedSchedule } from './resolve-schedule.ts'
import { orderOf } from './order.ts'
import { resolvedSystem } from './resolve-system.ts'
import { type Absolute, mapped, resolvedSecret } from './surroundings.ts'
import type { ResolvedContact, ResolvedEstate, ResolvedFreeze, ResolvedMail } from './resolved.ts'

/** Fills in every default, follows every reference, makes every path absolute. Only for an estate without errors in `checkEstate`: throws where it had some. */
export function resolveEstate({ estate, path, digest }: LoadedEstate): ResolvedEstate {
  const directory = dirname(resolve(path))
  const absolute: Absolute = (to) => resolve(directory, to.startsWith('~/') ? homedir() + to.slice(1) : to)
  const contacts = mapped(estate.contacts, (contact, id): ResolvedContact => ({ ...contact, id }))
  const windows = mapped(estate.windows ?? {}, (window, name) =>
    resolvedWindow(window, name, estate.timeZone),
  )
  const surroundings = { estate, absolute, contacts, windows }
  const systems = mapped(estate.systems, (system, name) => resolvedSystem(surroundings, system, name))
  const freezes = (estate.freezes ?? []).map((freeze): ResolvedFreeze => ({
    name: freeze.name,
    ...freezeSpan(freeze, estate.timeZone),
    ...(freeze.systems === undefined ? {} : { systems: freeze.systems }),
  }))
  const after = Object.entries(estate.systems).map(([name, system]) => [name, system.after ?? []] as const)
  return {
    name: estate.name,
    directory,
    digest,
    timeZone: estate.timeZone,
    stateDir: absolute(estate.state ?? './state'),
    knownHosts: absolute(estate.knownHosts ?? './known_hosts'),
    ...(estate.journal?.heads === undefined
      ? {}
      : { heads: resolvedHeads(estate, estate.journal.heads, absolute) }),
    ...(estate.mail === undefined ? {} : { mail: resolvedMail(estate.mail, absolute) }),
    ...(estate.offsite === undefined ? {} : { offsite: resolvedOffsite(estate, estate.offsite, absolute) }),
    ...(estate.cloudWindows === undefined
      ? {}
      : { cloudWindows: resolvedCloudWindows(estate, estate.cloudWindows, systems, freezes) }),
    ...(estate.cloudMonitoring === undefined
      ? {}
      : { cloudMonitoring: resolvedCloudMonitoring(estate, estate.cloudMonitoring) }),
    schedule: resolvedSchedule(estate, absolute),
    contacts,
    freezes,
    order: orderOf(new Map(after)).levels,
    systems,
  }
}

function resolvedMail({ password, ...mail }: Mail, absolute: Absolute): ResolvedMail {
  return password === undefined ? mail : { ...mail, password: resolvedSecret(password, absolute) }
}
