import type { Probe } from '../../schemas/probe.ts'
import { durationMs } from '../duration.ts'
import { type Absolute, resolvedSecret } from './surroundings.ts'
import type { NamedProbe, ProbeQuestion } from './resolved.ts'
import { probeWithinDefault } from './tiers.ts'

/** Probes by name as a list, each with its time limit and one question. */
export function resolvedProbes(
  probes: Readonly<Record<string, Probe>> | undefined,
  absolute: Absolute,
): readonly NamedProbe[] {
  return Object.entries(probes ?? {}).map(([name, probe]) => ({
    name,
    withinMs: durationMs(probe.within ?? probeWithinDefault),
    ...question(probe, absolute),
  }))
}

function question({ http, tcp, sql, command, tryton }: Probe, absolute: Absolute): ProbeQuestion {
  if (http !== undefined) return httpQuestion(http)
  if (tcp?.address !== undefined)
    return { kind: 'tcp', from: 'controller', address: tcp.address, port: tcp.port }
  if (tcp !== undefined) return { kind: 'tcp', from: 'host', port: tcp.port }
  if (sql !== undefined) return { kind: 'sql', ...sql, port: sql.port ?? 5432 }
  if (command !== undefined) return { kind: 'command', run: command.run, root: command.root ?? false }
  if (tryton === undefined) throw new Error('a probe was not checked')
  return { kind: 'tryton', ...tryton, password: resolvedSecret(tryton.password, absolute) }
}

function httpQuestion({
  url,
  port,
  path = '/',
  hostHeader,
  expect,
}: NonNullable<Probe['http']>): ProbeQuestion {
  const shared = {
    kind: 'http',
    expect: { ...expect, status: expect?.status ?? 200 },
    ...(hostHeader === undefined ? {} : { hostHeader }),
  } as const
  if (url !== undefined) return { ...shared, from: 'controller', url }
  if (port === undefined) throw new Error('a probe was not checked')
  return { ...shared, from: 'host', port, path }
}
