import { stringify } from 'yaml'
import { account, keeper } from './cloud/identity.ts'
import { labHosts, type LabHost, wrapper } from './hosts.ts'

/** Timing of the lab's rollouts: short enough to watch. */
export type LabTiming = { readonly soak: string; readonly notice: string; readonly observe: string }

/** What is used where nothing else is said. */
const labTiming: LabTiming = { soak: '5s', notice: '5s', observe: '3s' }

const traffic = '/usr/local/sbin/erp-traffic'

// One role, but the standby listens on another port where it shares a host with its primary.
const standbyStreams = `
for port in $(pg_lsclusters -h | awk '{print $3}'); do
  answer=$(runuser -u postgres -- psql -X -p "$port" -Atc "select pg_is_in_recovery() and exists (select from pg_stat_wal_receiver where status = 'streaming')")
  [ "$answer" = t ] && exit 0
done
exit 1`

/** The lab's estate file: real hosts, real probes, and windows that are always open. */
export function labEstate(directory: string, timing: LabTiming = labTiming): string {
  const file = (name: string) => ({ file: `${directory}/secrets/${name}` })
  const orderEntry = (balancer: string) => ({
    tryton: {
      url: `http://${balancer}/`,
      database: 'erp',
      user: 'admin',
      password: file('erp-admin'),
      do: 'order-entry',
    },
    within: '8s',
  })
  const newCustomer = (balancer: string) => {
    const { tryton, within } = orderEntry(balancer)
    return { tryton: { ...tryton, do: 'new-customer' }, within }
  }
  const patch = {
    soak: timing.soak,
    observe: timing.observe,
    expected: '2m',
    stepLimit: '5m',
    origins: ['Lab ERP vendor'],
  }
  const estate = {
    version: 1,
    name: 'lab',
    timeZone: 'Asia/Shanghai',
    state: `${directory}/state`,
    knownHosts: `${directory}/known_hosts`,
    contacts: {
      lin: { name: 'Lin Yue, head of finance systems', mail: 'owner@lab.example' },
      chen: { name: 'Chen Bo, liaison of the sales floor', mail: 'liaison@lab.example' },
      ops: { name: 'Operations', mail: 'ops@lab.example' },
    },
    mail: { smtp: 'smtp://10.77.0.2:25', from: 'upkeep@lab.example' },
    jumpHosts: { ops: { address: '10.77.0.2', user: 'upkeep', key: `${directory}/keys/upkeep` } },
    connection: { user: 'upkeep', key: `${directory}/keys/upkeep`, sudo: { wrapper } },
    windows: {
      always: { days: ['monday'], start: '00:00', duration: '168h' },
    },
    offsite: {
      account,
      region: 'ap-southeast-1',
      keeper: keeper.arn,
      prefix: `upkeep-lab-${account}`,
      passphrase: { file: `${directory}/cloud/passphrase` },
      lab: `${directory}/cloud`,
      stores: {
        core: { lock: { mode: 'governance', days: 2 } },
        office: { lock: { mode: 'governance', days: 1 } },
      },
    },
    systems: {
      erp: {
        title: 'ERP (Tryton)',
        tier: 'core',
        serviceLevel: 'vip',
        owner: 'lin',
        liaison: 'chen',
        engineers: { businessSystem: 'ops', database: 'ops', network: 'ops' },
        modules: { sale: { critical: false }, stock: { critical: false }, account: { critical: false } },
        functions: ['order entry', 'new customer'],
        window: 'always',
        notice: timing.notice,
        roles: {
          standby: {
            stateless: true,
            probes: { streams: { command: { run: ['sh', '-c', standbyStreams], root: true } } },
          },
          primary: {
            after: ['standby'],
            services: ['postgresql@15-main.service'],
            traffic: {
              scope: 'system',
              on: 'balancer',
              close: [traffic, 'maintenance', 'on'],
              open: [traffic, 'maintenance', 'off'],
            },
            probes: {
              rows: {
                sql: { database: 'erp', port: 5432, query: 'select pg_is_in_recovery()', expect: 'f' },
              },
            },
          },
          app: {
            after: ['primary'],
            services: ['tryton-server.service'],
            traffic: {
              scope: 'host',
              on: 'balancer',
              close: [traffic, 'drain', '{host}'],
              open: [traffic, 'undrain', '{host}'],
            },
            // Asked of the host itself: behind the balancer the other one would answer for it.
            probes: { 'order-entry': orderEntry('{address}:8000') },
          },
          balancer: {
            stateless: true,
            after: ['app'],
            services: ['nginx.service'],
            probes: { listens: { tcp: { port: 80 } } },
          },
        },
        hosts: hostsOf('erp'),
        databases: {
          erp: {
            engine: 'postgresql',
            name: 'erp',
            primary: 'primary',
            standby: 'standby',
            port: 5432,
            version: '15',
          },
        },
        probes: {
          test: { 'order-entry': orderEntry('10.77.0.20'), 'new-customer': newCustomer('10.77.0.20') },
          production: { 'order-entry': orderEntry('10.77.0.10'), 'new-customer': newCustomer('10.77.0.10') },
        },
        patch,
        snapshot: { nspawn: { directory: `${directory}/fs` } },
        backup: {
          command: ['ssh', '-F', `${directory}/ssh_config`, 'ops', 'cat', '/srv/backup/erp/latest.json'],
          maxAge: '24h',
        },
      },
      oa: {
        title: 'Office automation',
        tier: 'office',
        owner: 'ops',
        window: 'always',
        notice: timing.notice,
        roles: {
          web: {
            stateless: true,
            services: ['nginx.service'],
            probes: { health: { http: { port: 80, path: '/health' } } },
          },
        },
        hosts: hostsOf('oa'),
        probes: {
          test: { portal: { http: { url: 'http://10.77.0.31/' } } },
          production: { portal: { http: { url: 'http://10.77.0.30/' } } },
        },
        patch,
        snapshot: { nspawn: { directory: `${directory}/fs` } },
      },
    },
  }
  const modeline = '# yaml-language-server: $schema=../schemas/estate.schema.json\n'
  return `${modeline}# The lab's estate: made by \`upkeep lab up\`; change a copy of it.\n${stringify(estate, { lineWidth: 100 })}`

  function hostsOf(system: string) {
    return Object.fromEntries(
      labHosts.filter((host) => host.system === system).map((host) => [host.name, hostOf(host)]),
    )
  }

  function hostOf(host: LabHost) {
    const sudo = 'passwordFile' in host.sudo ? { sudo: { password: file(host.sudo.passwordFile) } } : {}
    const jump = host.jump === undefined ? {} : { jump: host.jump }
    return {
      ring: host.ring,
      roles: [...host.roles],
      connection: { address: host.address, ...jump, ...sudo },
    }
  }
}
