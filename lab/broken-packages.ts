import { mkdirSync } from 'node:fs'
import { buildPackage, type PackageFiles } from './build-package.ts'
import { portalFiles } from './own-packages.ts'

const configure = (work: string) => `#!/bin/sh\n[ "$1" = configure ] || exit 0\n${work}\n`
const fill = (directory: string) => `dd if=/dev/zero of=${directory}/filling bs=64k 2>/dev/null || exit 1`
const agent = 'usr/sbin/oa-agent'
const agentUnit = (kill: string) =>
  `[Service]\nExecStart=/usr/sbin/oa-agent\nKillMode=${kill}\n[Install]\nWantedBy=multi-user.target\n`
const agentFiles = (version: string, kill: string): PackageFiles => ({
  [agent]: `#!/usr/bin/perl\nopen my $f, '>', "/run/oa-agent.$$"; print $f "${version}\\n"; close $f; sleep 60 while 1;\n`,
  'usr/lib/systemd/system/oa-agent.service': agentUnit(kill),
})
const question = `Template: oa-portal/town\nType: string\nDescription: Where is the office?\n The portal shows it.\n`
const asks = '. /usr/share/debconf/confmodule\n'

/**
 * Versions of the office portal that go wrong, by what is wrong with them: what they bring besides, or instead of, what
 * the good one does. Each may be offered to the hosts as `oa-portal-NAME`.
 */
const brokenPortals = {
  'preinst-fails': { 'DEBIAN/preinst': '#!/bin/sh\necho "no licence found" >&2\nexit 1\n' },
  'postinst-fails': {
    'DEBIAN/postinst': configure(
      `echo half >/etc/oa/half.conf; echo 'add_header X-Portal half;' >/etc/nginx/conf.d/half.conf
systemctl reload nginx; echo "no licence found" >&2; exit 1`,
    ),
  },
  'prerm-fails-too': {
    'DEBIAN/prerm': '#!/bin/sh\nexit 1\n',
    'DEBIAN/postinst': configure('exit 1'),
  },
  hangs: { 'DEBIAN/postinst': configure('sleep 1000') },
  'fills-the-disk': { 'DEBIAN/postinst': configure(fill('/var/lib/dpkg')) },
  'does-not-fit': { 'var/lib/oa-portal/index': Buffer.alloc(3 << 20, 7) },
  'fills-inodes': {
    ...Object.fromEntries(Array.from({ length: 300 }, (_, at) => [`var/lib/oa-portal/pages/${at}`, '.'])),
  },
  'breaks-its-service': {
    'DEBIAN/postinst': configure(
      'echo "not a directive" >/etc/nginx/conf.d/portal.conf; systemctl restart nginx || true',
    ),
  },
  'stops-sshd': { 'DEBIAN/postinst': configure('systemctl stop ssh.service') },
  conflicts: { 'DEBIAN/control': { Conflicts: 'nginx-light, nginx-core, nginx-common' } },
  asks: {
    'DEBIAN/templates': question,
    'DEBIAN/config': `#!/bin/sh\n${asks}db_input high oa-portal/town || true\ndb_go || true\n`,
    'DEBIAN/postinst': `#!/bin/sh\n${asks}db_get oa-portal/town\ndb_stop\n`,
    'DEBIAN/control': { Depends: 'debconf' },
  },
  'changes-settings': {
    'etc/oa/portal.conf': '# Settings of the office portal\nlanguage = en\npage_size = 50\n',
  },
  'loses-a-file': {
    'usr/share/oa-portal/help.html': '<h1>Help</h1>\n',
    'DEBIAN/postinst': configure('rm /usr/share/oa-portal/help.html'),
  },
  'loses-the-page': {
    'DEBIAN/postinst': configure('rm /usr/share/oa-portal/index.html'),
  },
  forks: { 'DEBIAN/postinst': configure('sleep 600 &') },
  'wants-a-reboot': {
    'DEBIAN/preinst':
      '#!/bin/sh\ntouch /run/reboot-required; echo oa-portal >>/run/reboot-required.pkgs\nsleep 2\n',
  },
  'agent-old': {
    ...agentFiles('old', 'control-group'),
    'DEBIAN/postinst': configure('systemctl daemon-reload; systemctl enable --now oa-agent.service'),
  },
  'agent-new': agentFiles('new', 'control-group'),
  'agent-lives-on': agentFiles('new', 'none'),
} as const satisfies Readonly<Record<string, Files>>

type Files = Readonly<Record<string, string | Buffer | Readonly<Record<string, string>>>>

/** What is wrong with a broken portal. */
export type BrokenPortal = keyof typeof brokenPortals

/** What all of them are. */
export const brokenPortalNames = Object.keys(brokenPortals) as readonly BrokenPortal[]

/** Version of a broken portal; `agent-old` is below the others. */
function brokenVersion(name: BrokenPortal): string {
  return `${name === 'agent-old' ? '1.9' : '2.0'}+${name.replaceAll('-', '.')}`
}

/** File name of a broken portal. */
export function brokenFile(name: BrokenPortal): string {
  return `oa-portal_${brokenVersion(name)}_all.deb`
}

/** Builds a broken portal anew: a lab that is up already may have one from an older description. */
export async function buildBrokenPortal(directory: string, name: BrokenPortal): Promise<void> {
  mkdirSync(directory, { recursive: true })
  const own: Files = brokenPortals[name]
  const { 'DEBIAN/control': fields = {}, ...rest } = own
  const files = { ...portalFiles(brokenVersion(name)), ...rest } as PackageFiles
  const control = Object.entries(fields).map(([key, value]) => `${key}: ${value}\n`)
  const first = files['DEBIAN/control']?.toString() ?? ''
  const paperwork = { 'DEBIAN/control': first.replace(/^Description:/m, `${control.join('')}Description:`) }
  // systemd sees by its time that a unit file is another one.
  const day = name === 'agent-old' ? '2026-01-01' : '2026-01-02'
  await buildPackage(directory, brokenFile(name), { ...files, ...paperwork }, day)
}
