import { existsSync, mkdirSync, readdirSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { LabPaths } from './layout.ts'
import { must } from './must.ts'
import { ownPackages } from './own-packages.ts'
import { layers } from './recipe.ts'

/** Debian's suites that the lab takes packages from, and what their Release files say of them. */
export const debianSuites = {
  release: { url: 'http://deb.debian.org/debian', suite: 'bookworm', label: 'Debian', name: 'oldstable' },
  security: {
    url: 'http://deb.debian.org/debian-security',
    suite: 'bookworm-security',
    label: 'Debian-Security',
    name: 'oldstable-security',
  },
} as const

/** Directory with the fetched .deb files of a suite. */
export function archivesOf(paths: LabPaths, suite: keyof typeof debianSuites): string {
  return join(paths.archives, suite)
}

/** Fetches from the release suite, verified by apt, all that the hosts are made of, once. */
export async function fetchRelease(paths: LabPaths): Promise<void> {
  const done = join(paths.archives, 'release.done')
  if (existsSync(done)) return
  await updateIndexes(paths, ['release'])
  const names = layers.flatMap(({ packages }) => packages).filter((name) => !isOwn(name))
  // Nothing counts as installed here, so apt fetches the whole closure.
  await download(paths, '/dev/null', ['install', '?essential', 'apt', 'usr-is-merged', ...names])
  moveInto(paths, archivesOf(paths, 'release'), () => true)
  writeFileSync(done, '')
}

/** Fetches for each built layer what the security suite has newer, once, with what that needs in addition. */
export async function fetchSecurity(paths: LabPaths, built: readonly string[]): Promise<void> {
  const done = join(paths.archives, 'security.done')
  if (existsSync(done)) return
  await updateIndexes(paths, ['release', 'security'])
  for (const root of built) await download(paths, join(root, 'var/lib/dpkg/status'), ['dist-upgrade'])
  const mostBytes = 512 << 20 // the indexes of two suites, some 60 MB
  const listed = await must(['apt-cache', 'dumpavail'], { env: aptConfig(paths), maxBytes: mostBytes })
  const release = new Set(
    listed
      .split('\n\n')
      .filter((stanza) => /^Filename: pool\/(?!updates)/m.test(stanza))
      .map((stanza) => `${field(stanza, 'Package')}_${field(stanza, 'Version')}`),
  )
  // A new dependency may come from the release suite; the security suite offers only what is its own.
  const isRelease = (file: string) => release.has(nameAndVersion(file))
  moveInto(paths, archivesOf(paths, 'release'), isRelease)
  moveInto(paths, archivesOf(paths, 'security'), () => true)
  writeFileSync(done, '')
}

/**
 * Fetches one more package of the release suite, with what it needs on a host of the office, once; answers whether
 * anything was fetched.
 */
export async function fetchMore(paths: LabPaths, name: string): Promise<boolean> {
  const done = join(paths.archives, `${name}.done`)
  if (existsSync(done)) return false
  await updateIndexes(paths, ['release'])
  await download(paths, join(paths.pristine, 'oa-test/var/lib/dpkg/status'), ['install', name])
  moveInto(paths, archivesOf(paths, 'release'), () => true)
  writeFileSync(done, '')
  return true
}

/** Debian's own index of the release suite, verified by apt: a stanza for each of its packages. */
export async function wholeRelease(paths: LabPaths): Promise<readonly string[]> {
  await updateIndexes(paths, ['release'])
  const found = await must(['apt-get', 'indextargets', '--format', '$(FILENAME)', 'Created-By: Packages'], {
    env: aptConfig(paths),
  })
  const files = found.split('\n').filter((line) => line !== '')
  // A machine may keep its indexes compressed, in any way that apt knows.
  const cat = (file: string) =>
    must(['/usr/lib/apt/apt-helper', 'cat-file', file], { maxBytes: 256 * 1024 ** 2 })
  const texts = await Promise.all(files.map(cat))
  return texts.flatMap((text) => text.split('\n\n')).filter((stanza) => stanza !== '')
}

async function updateIndexes(paths: LabPaths, suites: readonly (keyof typeof debianSuites)[]): Promise<void> {
  const apt = join(paths.archives, 'apt')
  for (const dir of ['state/lists/partial', 'cache/archives/partial'])
    mkdirSync(join(apt, dir), { recursive: true })
  const keyring = '/usr/share/keyrings/debian-archive-keyring.gpg'
  const sources = suites.map((name) => {
    const { url, suite } = debianSuites[name]
    return `deb [signed-by=${keyring}] ${url} ${suite} main\n`
  })
  writeFileSync(join(apt, 'sources.list'), sources.join(''))
  writeFileSync(
    join(apt, 'apt.conf'),
    `Dir::Etc::SourceList "${apt}/sources.list";
Dir::Etc::SourceParts "/dev/null";
Dir::Etc::Preferences "/dev/null";
Dir::Etc::PreferencesParts "/dev/null";
Dir::State "${apt}/state";
Dir::State::status "/dev/null";
Dir::Cache "${apt}/cache";
APT::Install-Recommends "false";
APT::Sandbox::User "root";
APT::Default-Release "";
Acquire::Languages "none";
Acquire::Retries "3";
`,
  )
  await must(['apt-get', '-q', 'update'], { env: aptConfig(paths), timeoutMs: 300_000 })
}

async function download(paths: LabPaths, status: string, what: readonly string[]): Promise<void> {
  await must(['apt-get', '-q', '-y', '-d', '-o', `Dir::State::status=${status}`, ...what], {
    env: aptConfig(paths),
    timeoutMs: 1_200_000,
  })
}

function aptConfig(paths: LabPaths): Readonly<Record<string, string>> {
  return { APT_CONFIG: join(paths.archives, 'apt/apt.conf') }
}

const isOwn = (name: string) => ownPackages.some((own) => own.name === name)

function moveInto(paths: LabPaths, to: string, which: (file: string) => boolean): void {
  const from = join(paths.archives, 'apt/cache/archives')
  mkdirSync(to, { recursive: true })
  for (const file of readdirSync(from)) {
    if (file.endsWith('.deb') && which(file)) renameSync(join(from, file), join(to, file))
  }
}

function nameAndVersion(file: string): string {
  const [name = '', version = ''] = file.split('_')
  return `${name}_${decodeURIComponent(version)}`
}

/** Value of a one-line field of a package's stanza; empty without it. */
export function field(stanza: string, name: string): string {
  return new RegExp(`^${name}: (.*)$`, 'm').exec(stanza)?.[1] ?? ''
}
