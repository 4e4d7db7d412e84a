import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { LabHost } from './hosts.ts'

/** A layer: what is installed on top of another one. */
export type Layer = {
  readonly name: LabHost['layer'] | 'base' | 'postgresql'
  readonly on?: Layer['name']
  readonly packages: readonly string[]
}

/** Debian packages of each layer; a host has what its roles need and nothing else. Each layer stands after its base. */
export const layers: readonly Layer[] = [
  {
    name: 'base',
    packages: [
      'busybox',
      'ca-certificates',
      'dbus',
      'iproute2',
      'openssh-server',
      'openssl',
      'procps',
      'sudo',
      'systemd',
      'systemd-sysv',
      'tzdata',
    ],
  },
  {
    name: 'app',
    on: 'base',
    packages: [
      'erp-orders',
      'python3-psycopg2',
      'tryton-modules-account',
      'tryton-modules-company',
      'tryton-modules-party',
      'tryton-modules-purchase',
      'tryton-modules-sale',
      'tryton-modules-stock',
      'tryton-server',
    ],
  },
  { name: 'postgresql', on: 'base', packages: ['postgresql-15'] },
  // With the ERP's database in it.
  { name: 'db', on: 'postgresql', packages: [] },
  { name: 'web', on: 'base', packages: ['nginx-light'] },
  { name: 'oa', on: 'web', packages: ['oa-portal'] },
  { name: 'ops', on: 'base', packages: ['postfix', 'postgresql-client-15'] },
  { name: 'appweb', on: 'app', packages: ['nginx-light'] },
  { name: 'dbpair', on: 'db', packages: [] },
]

/** The layer of that name. */
export function layer(name: Layer['name']): Layer {
  const found = layers.find((one) => one.name === name)
  if (found === undefined) throw new Error(`no layer ${name}`)
  return found
}

/** Digest of all that decides what the layers hold: a changed recipe is another image. */
export function recipeDigest(): string {
  const hash = createHash('sha256').update(JSON.stringify(layers))
  const directory = import.meta.dirname
  const own = ['build-layers.ts', 'archives.ts', 'own-packages.ts']
  const files = readdirSync(join(directory, 'files'), {
    recursive: true,
    encoding: 'utf8',
    withFileTypes: true,
  })
    .filter(
      (entry) =>
        entry.isFile() &&
        /^erp-(setup|initialise)|erp-orders|oa-portal/.test(
          join(entry.parentPath, entry.name).slice(directory.length + 7),
        ),
    )
    .map((entry) => join(entry.parentPath, entry.name))
  for (const file of [...own.map((name) => join(directory, name)), ...files].sort())
    hash.update(readFileSync(file))
  return hash.digest('hex')
}
