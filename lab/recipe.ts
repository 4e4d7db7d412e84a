import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { LabHost } from './hosts.ts'
import { ownPackages, ownSource } from './own-packages.ts'

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

/** Raise it when the layers are built in another way, so that a cached image is not taken for the new one. */
const recipeVersion = 1

/** Digest of what decides what the layers hold: a changed recipe is another image. */
export function recipeDigest(): string {
  const files = join(import.meta.dirname, 'files')
  // What is only offered is built when it is: it is no part of the layers.
  const installed = ownPackages.filter(({ version }) => version === '1.0').map(ownSource)
  const hash = createHash('sha256').update(JSON.stringify([recipeVersion, layers, installed]))
  for (const name of ['erp-initialise.sh', 'erp-setup.py']) hash.update(readFileSync(join(files, name)))
  return hash.digest('hex')
}
