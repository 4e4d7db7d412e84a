import assert from 'node:assert/strict'
import type { Estate } from '../../schemas/estate.ts'
import type { System } from '../../schemas/system.ts'

/** Leaves of the ERP these hosts alone, of `balancer` and `app`, and nothing that speaks of others. */
export function onlyHosts(estate: Estate, names: readonly string[]): System {
  const system = estate.systems['erp']
  assert.ok(system)
  system.hosts = Object.fromEntries(Object.entries(system.hosts).filter(([name]) => names.includes(name)))
  for (const key of ['probes', 'backup', 'databases', 'snapshot'] as const) delete system[key]
  system.patch = { snapshots: 'go-without' }
  system.roles = { app: {}, balancer: {} }
  return system
}
