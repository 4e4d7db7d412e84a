/** A host of the lab: who it is, how one logs in, and which layer of packages it is made from. */
export type LabHost = {
  readonly name: string
  readonly system: 'erp' | 'oa' | 'operations'
  readonly ring: 'test' | 'production'
  readonly roles: readonly ('jump' | 'backup' | 'mail' | 'balancer' | 'app' | 'primary' | 'standby' | 'web')[]
  readonly address: string
  readonly port: 22
  readonly user: 'upkeep'
  /** Name of the host through which alone it answers. */
  readonly jump?: 'ops'
  /** `wrapper`: NOPASSWD for that one program; `passwordFile`: in the lab's `secrets`. */
  readonly sudo: { readonly wrapper: string } | { readonly passwordFile: string }
  readonly packages: 'apt'
  readonly layer: 'ops' | 'web' | 'oa' | 'app' | 'appweb' | 'db' | 'dbpair'
  /** systemd units that make the host useful. */
  readonly services: readonly string[]
}

/** The one program that `upkeep` may run as root without a password. */
export const wrapper = '/usr/local/sbin/upkeep-root'

const common = { port: 22, user: 'upkeep', packages: 'apt', sudo: { wrapper } } as const
const production = { ...common, ring: 'production' } as const
const test = { ...common, ring: 'test' } as const
const nginx = ['nginx.service']
const tryton = ['tryton-server.service']
const postgresql = ['postgresql@15-main.service']

/** Every host of the lab; production of the ERP has five, test has the same roles on two. */
export const labHosts: readonly LabHost[] = [
  {
    ...production,
    name: 'ops',
    system: 'operations',
    roles: ['jump', 'backup', 'mail'],
    address: '10.77.0.2',
    layer: 'ops',
    services: ['postfix@-.service'],
  },
  {
    ...production,
    name: 'erp-lb',
    system: 'erp',
    roles: ['balancer'],
    address: '10.77.0.10',
    layer: 'web',
    services: nginx,
  },
  {
    ...production,
    name: 'erp-app1',
    system: 'erp',
    roles: ['app'],
    address: '10.77.0.11',
    layer: 'app',
    services: tryton,
  },
  {
    ...production,
    name: 'erp-app2',
    system: 'erp',
    roles: ['app'],
    address: '10.77.0.12',
    layer: 'app',
    services: tryton,
    sudo: { passwordFile: 'erp-app2-sudo' },
  },
  {
    ...production,
    name: 'erp-db1',
    system: 'erp',
    roles: ['primary'],
    address: '10.77.0.13',
    layer: 'db',
    services: postgresql,
  },
  {
    ...production,
    name: 'erp-db2',
    system: 'erp',
    roles: ['standby'],
    address: '10.77.0.14',
    layer: 'db',
    services: postgresql,
    jump: 'ops',
  },
  {
    ...test,
    name: 'erp-test-web',
    system: 'erp',
    roles: ['balancer', 'app'],
    address: '10.77.0.20',
    layer: 'appweb',
    services: [...nginx, ...tryton],
  },
  {
    ...test,
    name: 'erp-test-db',
    system: 'erp',
    roles: ['primary', 'standby'],
    address: '10.77.0.21',
    layer: 'dbpair',
    services: [...postgresql, 'postgresql@15-standby.service'],
  },
  {
    ...production,
    name: 'oa-prod',
    system: 'oa',
    roles: ['web'],
    address: '10.77.0.30',
    layer: 'oa',
    services: nginx,
  },
  {
    ...test,
    name: 'oa-test',
    system: 'oa',
    roles: ['web'],
    address: '10.77.0.31',
    layer: 'oa',
    services: nginx,
  },
]

/** The host of that name; unknown names are a mistake of the caller. */
export function labHost(name: string): LabHost {
  const host = labHosts.find((h) => h.name === name)
  if (host === undefined)
    throw new Error(`the lab has no host "${name}": ${labHosts.map((h) => h.name).join(', ')}`)
  return host
}

/** Whether a name is that of a host that stands beside the lab's own for a while, such as `fleet-07`. */
export function isFleetHost(name: string): boolean {
  return /^fleet-\d\d$/.test(name)
}

/** Addresses of the ERP's parts by ring; `databases` are [primary, standby]. */
export const erpParts = {
  production: { balancer: '10.77.0.10', databaseHost: 'erp-db1', database: '10.77.0.13' },
  test: { balancer: '10.77.0.20', databaseHost: 'erp-test-db', database: '10.77.0.21' },
} as const
