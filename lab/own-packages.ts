import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { buildPackage, type PackageFiles } from './build-package.ts'
import { cuttingPackages, cuttingScript, type CuttingVersion } from './cutting-packages.ts'

/** A version of one of the vendor's packages, and what it is good for in a test. */
export type OwnPackage = {
  readonly name: 'erp-orders' | 'oa-portal'
  readonly version: '1.0' | '1.1' | '1.2' | '1.3' | '1.4' | CuttingVersion
  readonly change: string
}

/** The vendor's packages; those of version 1.0 are installed on the hosts, others are offered on demand. */
export const ownPackages: readonly OwnPackage[] = [
  { name: 'erp-orders', version: '1.0', change: 'First release.' },
  { name: 'erp-orders', version: '1.1', change: 'Cut blanks inside references too (CVE-2026-0001).' },
  { name: 'erp-orders', version: '1.2', change: 'Handle references in one place.' },
  { name: 'erp-orders', version: '1.3', change: 'Look for doubles among recent orders.' },
  { name: 'erp-orders', version: '1.4', change: 'Keep a note with each order.' },
  { name: 'oa-portal', version: '1.0', change: 'First release.' },
  { name: 'oa-portal', version: '1.1', change: 'Show the version on the page.' },
  { name: 'oa-portal', version: '1.2', change: 'Newer than what was planned.' },
  ...cuttingPackages,
]

/** File name of the built package. */
export function ownFile({ name, version }: OwnPackage): string {
  return `${name}_${version}_all.deb`
}

/** Builds those packages that are not in `directory` yet, or were made from something else. */
export async function buildOwnPackages(directory: string): Promise<void> {
  mkdirSync(directory, { recursive: true })
  for (const one of ownPackages) {
    const source = ownSource(one)
    const record = join(directory, `${ownFile(one)}.source`)
    if (existsSync(record) && readFileSync(record, 'utf8') === source) continue
    await buildPackage(directory, ownFile(one), filesOf(one))
    writeFileSync(record, source)
  }
}

/** Digest of all that a package is made from. */
export function ownSource(one: OwnPackage): string {
  return createHash('sha256')
    .update(JSON.stringify(filesOf(one)))
    .digest('hex')
}

function filesOf(one: OwnPackage): PackageFiles {
  return { ...contents(one), ...paperwork(one) }
}

/** A portal of any other version that works as 1.0 does, with its paperwork; what is broken about it is put over it. */
export function portalFiles(version: string): PackageFiles {
  return {
    ...portalTree(version, 20),
    ...paperworkOf('oa-portal', version, '', changelogEntry('oa-portal', version, 'Made to go wrong.')),
  }
}

function portalTree(version: string, pageSize: number): PackageFiles {
  const page = readFileSync(join(import.meta.dirname, 'files/packages/oa-portal/index.html'), 'utf8')
  return {
    'usr/share/oa-portal/index.html': page.replace('VERSION', version),
    'etc/oa/portal.conf': `# Settings of the office portal\nlanguage = en\npage_size = ${pageSize}\n`,
    'DEBIAN/conffiles': '/etc/oa/portal.conf\n',
  }
}

function contents(one: OwnPackage): PackageFiles {
  const file = (name: string) =>
    readFileSync(join(import.meta.dirname, 'files/packages', one.name, name), 'utf8')
  if (one.name === 'oa-portal') {
    return { ...portalTree(one.version, one.version === '1.0' ? 20 : 50), ...cuttingScript(one.version) }
  }
  const module = 'usr/lib/python3/dist-packages/trytond/modules/erp_orders'
  return {
    [`${module}/__init__.py`]: `from trytond.pool import Pool\n\nfrom . import sale\n\n\ndef register():\n    Pool.register(sale.Sale, module='erp_orders', type_='model')\n`,
    [`${module}/sale.py`]: file(`${one.version}.py`),
    [`${module}/tryton.cfg`]: `[tryton]\nversion=6.0.0\ndepends:\n    sale\n`,
    // Python reads a module once: without a restart the old version would go on working.
    'DEBIAN/postinst': `#!/bin/sh\nset -e\n${one.version === '1.4' ? migration : ''}if [ "$1" = configure ] && [ -n "$2" ] && [ -d /run/systemd/system ]; then\n  deb-systemd-invoke try-restart tryton-server.service || true\nfi\n`,
  }
}

/** What a vendor's script does to the database, which lies on another host. */
const migration = `if [ "$1" = configure ]; then
  python3 - <<'PYTHON'
import configparser

import psycopg2

config = configparser.ConfigParser(interpolation=None)
config.read('/etc/tryton/trytond.conf')
database = psycopg2.connect(config['database']['uri'] + 'erp')
database.cursor().execute('alter table sale_sale add column if not exists lab_note varchar')
database.commit()
PYTHON
fi
`

function paperwork(one: OwnPackage): PackageFiles {
  const history = ownPackages.filter(({ name, version }) => name === one.name && version <= one.version)
  const changelog = [...history]
    .reverse()
    .map(({ name, version, change }) => changelogEntry(name, version, change))
    .join('\n')
  const depends = one.name === 'erp-orders' ? 'Depends: tryton-modules-sale\n' : ''
  return paperworkOf(one.name, one.version, depends, changelog)
}

function changelogEntry(name: string, version: string, change: string): string {
  return `${name} (${version}) lab; urgency=medium\n\n  * ${change}\n\n -- Lab ERP vendor <vendor@lab.example>  Thu, 01 Jan 2026 00:00:00 +0000\n`
}

function paperworkOf(
  name: OwnPackage['name'],
  version: string,
  depends: string,
  changelog: string,
): PackageFiles {
  return {
    [`usr/share/doc/${name}/changelog.gz`]: gzipSync(changelog),
    'DEBIAN/control': `Package: ${name}\nVersion: ${version}\nArchitecture: all\nMaintainer: Lab ERP vendor <vendor@lab.example>\nSection: misc\nPriority: optional\n${depends}Description: ${name === 'erp-orders' ? 'order entry of the lab ERP' : 'office portal of the lab'}\n`,
  }
}
