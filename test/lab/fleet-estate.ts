import type { LabHost } from '../../lab/hosts.ts'
import type { System } from '../../schemas/system.ts'
import { type OwnEstate, ownEstate } from './upkeep.ts'

/** An estate whose one system, `fleet`, is these hosts, like the office pair; nothing is due there but the vendor's package. */
export function fleetEstate(hosts: readonly LabHost[], patch: System['patch']): Promise<OwnEstate> {
  return ownEstate((whole) => {
    const { oa } = whole.systems
    const [like] = Object.values(oa?.hosts ?? {})
    if (oa === undefined || like === undefined) throw new Error('the estate of the lab has no office pair')
    const entries = hosts.map(({ name, ring, roles, address }) => [
      name,
      { ring, roles: [...roles], connection: { ...like.connection, address } },
    ])
    const holds = ['nginx*', 'libnginx*', 'openssl', 'libssl*']
    whole.systems = {
      fleet: {
        ...oa,
        hosts: Object.fromEntries(entries) as typeof oa.hosts,
        probes: {},
        patch: { ...oa.patch, rehearsal: 'snapshot', holds, ...patch },
      },
    }
  })
}
