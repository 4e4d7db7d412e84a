import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { erpParts, labHosts, type LabHost, wrapper } from './hosts.ts'
import { deleteSubvolume, snapshot } from './image.ts'
import { network, repositoryPort, type LabPaths } from './layout.ts'
import { randomWord, type LayerSecrets } from './build-layers.ts'
import { must } from './must.ts'
import { archiveKey } from './repository.ts'

// Enabled by a link in sites-enabled.
const nginxSite = 'etc/nginx/sites-available/default'

type Files = Readonly<Record<string, string | readonly [text: string, mode: number]>>

/** Makes the subvolume of a host anew from its layer, with its identity, its log-in and the settings of its roles. */
export async function dressHost(paths: LabPaths, host: LabHost, secrets: LayerSecrets): Promise<void> {
  const part = join(paths.hosts, `${host.name}.part`)
  const root = join(paths.hosts, host.name)
  await snapshot(join(paths.layers, host.layer), part)
  write(part, {
    ...(await identity(host)),
    ...logIn(paths, host),
    ...sources(paths),
    ...roleFiles(host, secrets),
  })
  const install = [
    'install',
    '-m',
    '0755',
    join(import.meta.dirname, '../connect/host/upkeep-root'),
    `${part}${wrapper}`,
  ]
  await must(install)
  await must(['install', '-m', '0644', archiveKey(paths), join(part, 'usr/share/keyrings/upkeep-lab.gpg')])
  const sudoPassword =
    'passwordFile' in host.sudo ? readFileSync(join(paths.secrets, host.sudo.passwordFile), 'utf8') : ''
  await must(['chroot', part, '/bin/sh', '-s', host.layer, sudoPassword.trim()], {
    input: finish,
    timeoutMs: 120_000,
  })
  await deleteSubvolume(root)
  await must(['mv', part, root])
}

async function identity(host: LabHost): Promise<Files> {
  const names = labHosts.map(({ name, address }) => `${address} ${name}`).join('\n')
  return {
    'etc/hostname': `${host.name}\n`,
    'etc/hosts': `127.0.0.1 localhost\n::1 localhost\n${names}\n`,
    'etc/machine-id': `${(await randomWord()).slice(0, 32)}\n`,
    // A lab host that loses power is made anew: dpkg need not wait for the disk after each file.
    'etc/dpkg/dpkg.cfg.d/upkeep-lab': 'force-unsafe-io\n',
    'etc/resolv.conf': '# The hosts of the lab have no way out, and so no name server.\n',
    'etc/systemd/network/10-host0.network': `[Match]\nName=host0\n\n[Network]\nAddress=${host.address}/${network.prefix}\nLinkLocalAddressing=no\nIPv6AcceptRA=no\nLLDP=no\n`,
  }
}

function logIn(paths: LabPaths, host: LabHost): Files {
  const only =
    host.jump === undefined ? '' : `from="${labHosts.find(({ name }) => name === host.jump)?.address}" `
  const rule =
    'wrapper' in host.sudo ? `upkeep ALL=(root) NOPASSWD: ${wrapper}\n` : 'upkeep ALL=(ALL:ALL) ALL\n'
  return {
    'etc/ssh/sshd_config.d/upkeep.conf':
      'UseDNS no\nPermitRootLogin no\nPasswordAuthentication no\nKbdInteractiveAuthentication no\nAllowUsers upkeep\n',
    'etc/sudoers.d/upkeep': [rule, 0o440],
    'home/upkeep/.ssh/authorized_keys': `${only}${readFileSync(join(paths.keys, 'upkeep.pub'), 'utf8')}`,
  }
}

function sources(paths: LabPaths): Files {
  const stanza = (path: string, suite: string) =>
    `Types: deb\nURIs: http://${network.controller}:${repositoryPort}/${path}\nSuites: ${suite}\nComponents: main\nSigned-By: /usr/share/keyrings/upkeep-lab.gpg\n`
  if (!existsSync(archiveKey(paths))) throw new Error('the repository has no key yet')
  return {
    'etc/apt/sources.list': '# See sources.list.d\n',
    'etc/apt/sources.list.d/debian.sources': `${stanza('debian', 'bookworm')}\n${stanza('debian-security', 'bookworm-security')}`,
    'etc/apt/sources.list.d/erp-vendor.sources': stanza('erp', 'erp'),
  }
}

function roleFiles(host: LabHost, secrets: LayerSecrets): Files {
  const parts = erpParts[host.ring]
  const file = (name: string) => readFileSync(join(import.meta.dirname, 'files', name), 'utf8')
  const ring: Files = host.system === 'erp' ? { 'etc/erp/ring': `${host.ring}\n` } : {}
  switch (host.layer) {
    case 'ops':
      return {
        'root/.pgpass': [`${parts.database}:5432:erp:tryton:${secrets.TRYTON}\n`, 0o600],
        'usr/local/sbin/erp-backup': [file('erp-backup'), 0o755],
        // Those whom the lab's estate names have a Maildir of that name, all others share one.
        'etc/postfix/mailboxes': [
          ...['owner', 'liaison', 'ops', 'upkeep'].map((name) => `${name}@lab.example ${name}/\n`),
          '@lab.example others/\n',
        ].join(''),
      }
    case 'web':
      return { ...ring, ...balancer(host, file) }
    case 'oa':
      return { [nginxSite]: file('oa-portal.nginx') }
    case 'app':
      return { ...ring, ...application(parts.database, secrets) }
    case 'appweb':
      return { ...ring, ...balancer(host, file), ...application(parts.database, secrets) }
    case 'db':
    case 'dbpair':
      return { ...ring, ...databases(host, secrets) }
  }
}

function balancer(host: LabHost, file: (name: string) => string): Files {
  const apps = labHosts.filter(({ ring, roles }) => ring === host.ring && roles.includes('app'))
  return {
    'etc/erp-traffic.conf': apps.map(({ name, address }) => `${name} ${address}:8000\n`).join(''),
    [nginxSite]: file('erp-balancer.nginx'),
    'usr/local/sbin/erp-traffic': [file('erp-traffic'), 0o755],
  }
}

function application(database: string, secrets: LayerSecrets): Files {
  const uri = `postgresql://tryton:${secrets.TRYTON}@${database}:5432/`
  return {
    'etc/tryton/trytond.conf': [
      `[web]\nlisten = 0.0.0.0:8000\n\n[database]\nuri = ${uri}\n\n[session]\ntimeout = 86400\n`,
      0o640,
    ],
  }
}

function databases(host: LabHost, secrets: LayerSecrets): Files {
  const common = `listen_addresses = '*'\nwal_keep_size = '512MB'\nshared_buffers = '64MB'\n`
  const standby = (primary: string) =>
    `${common}primary_conninfo = 'host=${primary} port=5432 user=replicator password=${secrets.REPLICATION} application_name=standby'\n`
  const access = `local all postgres peer\nlocal all all peer\nhost all all 127.0.0.1/32 scram-sha-256\nhost all all ${network.cidr} scram-sha-256\nhost replication replicator 127.0.0.1/32 scram-sha-256\nhost replication replicator ${network.cidr} scram-sha-256\n`
  const cluster = (name: string, settings: string): Files => ({
    [`etc/postgresql/15/${name}/conf.d/lab.conf`]: [settings, 0o640],
    [`etc/postgresql/15/${name}/pg_hba.conf`]: [access, 0o640],
  })
  if (host.layer === 'dbpair') {
    const signal = { 'var/lib/postgresql/15/standby/standby.signal': '' }
    return { ...cluster('main', common), ...cluster('standby', standby('127.0.0.1')), ...signal }
  }
  if (!host.roles.includes('standby')) return cluster('main', common)
  const signal = { 'var/lib/postgresql/15/main/standby.signal': '' }
  return { ...cluster('main', standby(erpParts[host.ring].database)), ...signal }
}

function write(root: string, files: Files): void {
  for (const [path, content] of Object.entries(files)) {
    const [text, mode] = typeof content === 'string' ? [content, 0o644] : content
    const file = join(root, path)
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(file, text, { mode })
    chmodSync(file, mode)
  }
}

/** Runs inside the host's tree before its first boot. systemd would make subvolumes of what is not there yet. */
const finish = `
set -e
layer=$1 password=$2
for dir in machines portables; do [ -d /var/lib/$dir ] || install -d -m 0700 /var/lib/$dir; done
install -d -m 1777 /tmp /var/tmp
install -d -m 0755 /srv
ssh-keygen -q -A
chown -R upkeep:upkeep /home/upkeep/.ssh
chmod 600 /home/upkeep/.ssh/authorized_keys
visudo -c -q
# Nothing here waits for a network that is there at once.
systemctl disable systemd-networkd-wait-online.service >/dev/null 2>&1
# Each boot and each daemon-reload runs them all, and a container has nothing of what they look for.
install -d -m 0755 /etc/systemd/system-generators
for what in cryptsetup debug gpt-auto hibernate-resume integritysetup rc-local run system-update veritysetup; do
  ln -s /dev/null /etc/systemd/system-generators/systemd-$what-generator
done
if [ -n "$password" ]; then printf 'upkeep:%s\\n' "$password" | chpasswd; fi
case $layer in
  app | appweb)
    chown root:tryton /etc/tryton/trytond.conf
    systemctl enable tryton-server.service >/dev/null 2>&1 ;;
  db | dbpair)
    chown -R postgres:postgres /etc/postgresql/15
    find /var/lib/postgresql/15 -name standby.signal -exec chown postgres:postgres {} + ;;
  ops)
    chown -R root:root /root
    postconf -e 'myhostname = ops.lab.example' 'mydestination =' 'inet_interfaces = all' 'inet_protocols = ipv4' \\
      'mynetworks = 127.0.0.0/8 10.77.0.0/24' 'virtual_mailbox_domains = lab.example' \\
      'virtual_mailbox_base = /srv/mail' 'virtual_mailbox_maps = texthash:/etc/postfix/mailboxes' \\
      'virtual_minimum_uid = 8' 'virtual_uid_maps = static:8' 'virtual_gid_maps = static:8' \\
      'smtputf8_enable = no' 'default_transport = error:the lab sends no mail out' 'relay_transport = error:no relay'
    install -d -m 0755 -o mail -g mail /srv/mail
    install -d -m 0755 /srv/backup /srv/backup/erp
    echo lab.example > /etc/mailname ;;
esac
if [ -x /usr/local/sbin/erp-traffic ]; then erp-traffic render; fi
`
