import {
  existsSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { archivesOf, debianSuites, fetchMore, field, wholeRelease } from './archives.ts'
import { brokenFile, brokenPortalNames, buildBrokenPortal } from './broken-packages.ts'
import { labHosts } from './hosts.ts'
import { labPaths, type LabPaths } from './layout.ts'
import { must } from './must.ts'
import { buildOwnPackages, ownFile, ownPackages } from './own-packages.ts'

/** What can be offered to the hosts, beyond what they have. */
export const labOffers = [
  'security',
  'security-all',
  'erp-orders-1.1',
  'erp-orders-1.2',
  'erp-orders-1.3',
  'erp-orders-1.4',
  'oa-portal-1.1',
  'oa-portal-1.2',
  'oa-portal-1.6',
  'oa-portal-1.7',
  'oa-portal-1.8',
  'oa-portal-1.9',
  ...brokenPortalNames.map((name) => `oa-portal-${name}` as const),
] as const
export type LabOffer = (typeof labOffers)[number]

const atStart: readonly LabOffer[] = ['security']

/**
 * What is offered to the hosts of the ERP, and what to all others: each has a repository of its own, so that tests of the
 * one do not move the ground under tests of the other.
 */
const labShelves = ['erp', 'oa'] as const
export type LabShelf = (typeof labShelves)[number]

/** From which shelf a host of this address takes its packages. */
export function shelfOf(address: string): LabShelf {
  return labHosts.some((host) => host.address === address && host.system === 'erp') ? 'erp' : 'oa'
}

// `security` is what the ERP itself stands on, so that the demo can be watched; `security-all` is the whole suite.
const demoSources = /^(postgresql-|libpq5_|openssl_|libssl3_|nginx)/

type Archive = {
  readonly path: 'debian' | 'debian-security' | 'erp'
  readonly suite: string
  readonly fields: Readonly<Record<string, string>>
}

const archives: Readonly<Record<'release' | 'security' | 'erp', Archive>> = {
  release: debian('debian', 'release'),
  security: debian('debian-security', 'security'),
  erp: {
    path: 'erp',
    suite: 'erp',
    fields: { Origin: 'Lab ERP vendor', Label: 'Lab ERP', Suite: 'erp', Codename: 'erp' },
  },
}

/** Directory in which each shelf has the one that the controller serves to its hosts. */
export function servedDirectory(paths: LabPaths): string {
  return join(paths.fs, 'served')
}

/** Public key with which all suites of the lab are signed. */
export function archiveKey(paths: LabPaths): string {
  return join(paths.fs, 'archive-key.gpg')
}

/** Adds one thing to what the hosts could install: Debian's security suite or a version of a vendor's package. */
export async function labOffer(
  name: LabOffer,
  dir?: string,
  shelves: readonly LabShelf[] = labShelves,
): Promise<readonly LabOffer[]> {
  return change(labPaths(dir), shelves, (offers) => [...new Set([...offers, name])])
}

/** Takes one thing out of what is offered; without a name all is as it was after `up`. */
export async function labWithdraw(
  name?: LabOffer,
  dir?: string,
  shelves: readonly LabShelf[] = labShelves,
): Promise<readonly LabOffer[]> {
  return change(labPaths(dir), shelves, (offers) =>
    name === undefined ? atStart : offers.filter((one) => one !== name),
  )
}

/** Puts one more package of Debian's release suite, with what it needs, where the hosts can install it from. */
export async function labSupply(
  name: 'needrestart' | 'python3-apt',
  dir?: string,
  shelves: readonly LabShelf[] = labShelves,
): Promise<void> {
  const paths = labPaths(dir)
  if (await fetchMore(paths, name)) await publish(paths, 'release', shelves)
}

/**
 * Lets the index of the release suite name all that Debian's own does, as on a host with a way out; what the lab does
 * not need can not be fetched. `labIndexAsItWas` takes that back.
 */
export async function labWholeIndex(dir?: string): Promise<void> {
  const paths = labPaths(dir)
  const files = filesIn(archivesOf(paths, 'release'))
  const all = await wholeRelease(paths)
  for (const shelf of labShelves) await publishFiles(paths, shelf, archives.release, files, all)
}

/** The index of the release suite names again what the lab has of it. */
export async function labIndexAsItWas(dir?: string): Promise<void> {
  await publish(labPaths(dir), 'release')
}

/** What is offered now, on one of these shelves at least. */
export function offered(paths: LabPaths, shelves: readonly LabShelf[] = labShelves): readonly LabOffer[] {
  const all = shelves
    .map((shelf) => offersFile(paths, shelf))
    .map((file) => (existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as LabOffer[]) : atStart))
  return [...new Set(all.flat())]
}

/** Publishes one archive on these shelves as it is to be now, each in one step. */
export async function publish(
  paths: LabPaths,
  which: keyof typeof archives,
  shelves: readonly LabShelf[] = labShelves,
): Promise<void> {
  for (const shelf of shelves)
    await publishFiles(paths, shelf, archives[which], await filesOf(paths, which, shelf))
}

async function filesOf(
  paths: LabPaths,
  which: keyof typeof archives,
  shelf: LabShelf,
): Promise<readonly string[]> {
  if (which === 'release') return filesIn(archivesOf(paths, 'release'))
  const offers = offered(paths, [shelf])
  if (which === 'security') {
    const all = filesIn(archivesOf(paths, 'security'))
    const some = all.filter((file) => demoSources.test(file.slice(file.lastIndexOf('/') + 1)))
    return offers.includes('security-all') ? all : offers.includes('security') ? some : []
  }
  await buildOwnPackages(paths.built)
  const own = ownPackages.filter(
    ({ name, version }) => version === '1.0' || offers.some((one) => one === `${name}-${version}`),
  )
  const broken = brokenPortalNames.filter((name) => offers.includes(`oa-portal-${name}`))
  for (const name of broken) await buildBrokenPortal(paths.built, name)
  const names = [...own.map(ownFile), ...broken.map(brokenFile)]
  return names.map((name) => join(paths.built, name))
}

async function change(
  paths: LabPaths,
  shelves: readonly LabShelf[],
  to: (offers: readonly LabOffer[]) => readonly LabOffer[],
): Promise<readonly LabOffer[]> {
  for (const shelf of shelves) {
    const before = offered(paths, [shelf])
    const after = to(before)
    mkdirSync(paths.offers, { recursive: true })
    writeFileSync(offersFile(paths, shelf), JSON.stringify(after))
    const moved = (name: LabOffer) => before.includes(name) !== after.includes(name)
    if (moved('security') || moved('security-all')) await publish(paths, 'security', [shelf])
    if (labOffers.some((name) => !name.startsWith('security') && moved(name)))
      await publish(paths, 'erp', [shelf])
  }
  return offered(paths, shelves)
}

/** What is offered on a shelf, as JSON; a file for each, since what offers to the one knows nothing of the other. */
function offersFile(paths: LabPaths, shelf: LabShelf): string {
  return join(paths.offers, `${shelf}.json`)
}

async function publishFiles(
  paths: LabPaths,
  shelf: LabShelf,
  archive: Archive,
  files: readonly string[],
  namedOnly: readonly string[] = [],
): Promise<void> {
  const architecture = (await must(['dpkg', '--print-architecture'])).trim()
  const served = join(servedDirectory(paths), shelf)
  const fresh = join(served, `${archive.path}.new`)
  const index = `dists/${archive.suite}/main/binary-${architecture}`
  rmSync(fresh, { recursive: true, force: true })
  mkdirSync(join(fresh, index), { recursive: true })
  mkdirSync(join(fresh, 'pool'))
  for (const file of files) linkSync(file, join(fresh, 'pool', file.slice(file.lastIndexOf('/') + 1)))
  const packages = await must(['apt-ftparchive', 'packages', 'pool'], { cwd: fresh })
  const there = new Set(packages.split('\n\n').map((stanza) => field(stanza, 'Package')))
  const others = namedOnly.filter((stanza) => !there.has(field(stanza, 'Package')))
  writeFileSync(join(fresh, index, 'Packages'), packages + others.map((stanza) => `${stanza}\n\n`).join(''))
  await must(['gzip', '-k', '-9', '-n', join(fresh, index, 'Packages')])
  const fields = { ...archive.fields, Components: 'main', Architectures: architecture }
  const options = Object.entries(fields).flatMap(([key, value]) => [
    '-o',
    `APT::FTPArchive::Release::${key}=${value}`,
  ])
  const dist = join(fresh, 'dists', archive.suite)
  writeFileSync(join(dist, 'Release'), await must(['apt-ftparchive', ...options, 'release', dist]))
  await sign(paths, join(dist, 'Release'), join(dist, 'InRelease'))
  const current = join(served, archive.path)
  rmSync(`${current}.old`, { recursive: true, force: true })
  if (existsSync(current)) renameSync(current, `${current}.old`)
  renameSync(fresh, current)
  rmSync(`${current}.old`, { recursive: true, force: true })
}

async function sign(paths: LabPaths, file: string, to: string): Promise<void> {
  const home = join(paths.fs, 'gnupg')
  // gpg leaves an agent behind, which would keep the file system busy: it ends with its process namespace, and would take
  // a second gpg that asked it meanwhile with it.
  const gpg = [
    'flock',
    '--close',
    `${home}.lock`,
    'unshare',
    '--pid',
    '--fork',
    '--kill-child',
    'gpg',
    '--homedir',
    home,
    '--batch',
    '--quiet',
    '--yes',
  ]
  if (!existsSync(archiveKey(paths))) {
    rmSync(home, { recursive: true, force: true })
    mkdirSync(home, { mode: 0o700 })
    const identity = 'Upkeep lab archive <lab@lab.example>'
    await must([...gpg, '--passphrase', '', '--quick-gen-key', identity, 'ed25519', 'sign', 'never'])
    await must([...gpg, '--output', `${archiveKey(paths)}.part`, '--export'])
    renameSync(`${archiveKey(paths)}.part`, archiveKey(paths))
  }
  await must([...gpg, '--output', to, '--clearsign', file])
}

function filesIn(directory: string): readonly string[] {
  return readdirSync(directory)
    .filter((name) => name.endsWith('.deb'))
    .map((name) => join(directory, name))
}

function debian(path: 'debian' | 'debian-security', which: keyof typeof debianSuites): Archive {
  const { suite, label, name } = debianSuites[which]
  return {
    path,
    suite,
    fields: { Origin: 'Debian', Label: label, Suite: name, Codename: suite, Version: '12' },
  }
}
