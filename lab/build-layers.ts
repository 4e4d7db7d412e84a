import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fetchRelease, fetchSecurity } from './archives.ts'
import { deleteSubvolume, snapshot } from './image.ts'
import { network, repositoryPort, type LabPaths } from './layout.ts'
import { must } from './must.ts'
import { layer, layers, type Layer } from './recipe.ts'
import { archiveKey, publish } from './repository.ts'

/** Passwords that stand inside the layers' database; made with it, kept with it. */
export type LayerSecrets = Readonly<Record<'TRYTON' | 'REPLICATION' | 'PROBE' | 'ADMIN', string>>

/** Fetches and builds what is missing of the layers; a layer that was begun and not finished is begun again. */
export async function buildLayers(
  paths: LabPaths,
  report: (line: string) => void,
  upServer: () => Promise<void>,
) {
  const done = join(paths.fs, 'layers.done')
  if (existsSync(done)) return
  if (!existsSync(join(paths.archives, 'release.done')))
    report('fetching packages of Debian 12 (about 100 MB)')
  await fetchRelease(paths)
  await publish(paths, 'erp')
  await publish(paths, 'release')
  await upServer()
  await build(paths, 'base', report)
  await Promise.all([build(paths, 'app', report), build(paths, 'postgresql', report)])
  await Promise.all([
    build(paths, 'db', report).then(() => build(paths, 'dbpair', report)),
    (async () => {
      for (const name of ['web', 'oa', 'ops', 'appweb'] as const) await build(paths, name, report)
      if (!existsSync(join(paths.archives, 'security.done')))
        report('fetching security updates for the hosts')
      await fetchSecurity(
        paths,
        layers.map(({ name }) => join(paths.layers, name)).filter((root) => existsSync(root)),
      )
    })(),
  ])
  // The updates may have brought dependencies of the release suite.
  await publish(paths, 'release')
  await must(['btrfs', 'filesystem', 'sync', paths.fs])
  writeFileSync(done, '')
}

/** The passwords inside the layers. */
export async function layerSecrets(paths: LabPaths): Promise<LayerSecrets> {
  const file = join(paths.fs, 'layer-secrets.json')
  if (!existsSync(file)) {
    const words = []
    for (let i = 0; i < 4; i++) words.push(await randomWord())
    const [TRYTON, REPLICATION, PROBE, ADMIN] = words
    writeFileSync(`${file}.part`, JSON.stringify({ TRYTON, REPLICATION, PROBE, ADMIN }), { mode: 0o600 })
    renameSync(`${file}.part`, file)
  }
  return JSON.parse(readFileSync(file, 'utf8')) as LayerSecrets
}

/** A password that nobody guesses: 144 bits in hexadecimal. */
export async function randomWord(): Promise<string> {
  return (await must(['od', '-An', '-v', '-tx1', '-N18', '/dev/urandom'])).replaceAll(/\s/g, '')
}

const toldOf: Readonly<Partial<Record<Layer['name'], string>>> = {
  db: 'Tryton makes the tables of the ERP (about 90 s)',
  dbpair: 'a primary and its standby on one host',
}

async function build(paths: LabPaths, name: Layer['name'], report: (line: string) => void): Promise<void> {
  const root = join(paths.layers, name)
  if (existsSync(root)) return
  const part = `${root}.part`
  const { on, packages } = layer(name)
  report(`building the layer ${name}: ${packages.length > 0 ? packages.join(' ') : (toldOf[name] ?? '')}`)
  await deleteSubvolume(part)
  if (on === undefined) {
    await must(['btrfs', 'subvolume', 'create', part])
    await bootstrap(paths, part, packages)
    await runIn(part, prepareBase)
  } else {
    await snapshot(join(paths.layers, on), part)
    if (packages.length > 0) await runIn(part, installScript, packages)
  }
  if (name === 'db') await initialiseErp(paths, part)
  if (name === 'dbpair') await runIn(part, secondCluster)
  renameSync(part, root)
}

async function bootstrap(paths: LabPaths, root: string, packages: readonly string[]): Promise<void> {
  const sources = join(paths.run, 'layers.list')
  const option = `[signed-by=${archiveKey(paths)}]`
  const url = `http://${network.controller}:${repositoryPort}`
  mkdirSync(paths.run, { recursive: true })
  writeFileSync(sources, `deb ${option} ${url}/debian bookworm main\n`)
  const include = ['usr-is-merged', ...packages].join(',')
  const options = [
    '--variant=apt',
    '--mode=root',
    '--quiet',
    '--hook-dir=/usr/share/mmdebstrap/hooks/merged-usr',
    '--aptopt=Acquire::Languages "none"',
  ]
  const unsafe = ['--dpkgopt=force-unsafe-io', `--include=${include}`]
  await must(['mmdebstrap', ...options, ...unsafe, 'bookworm', root, sources], { timeoutMs: 900_000 })
  const keyring = join(root, 'usr/share/keyrings/upkeep-lab.gpg')
  await must(['install', '-m', '0644', archiveKey(paths), keyring])
  const signed = '[signed-by=/usr/share/keyrings/upkeep-lab.gpg]'
  writeFileSync(
    join(root, 'etc/apt/sources.list'),
    `deb ${signed} ${url}/debian bookworm main\ndeb ${signed} ${url}/erp erp main\n`,
  )
}

async function runIn(root: string, script: string, args: readonly string[] = []): Promise<void> {
  const chroot = 'mount -t proc proc "$1/proc" && root=$1 && shift && exec chroot "$root" /bin/sh -s "$@"'
  const apart = [
    'unshare',
    '--mount',
    '--pid',
    '--fork',
    '--kill-child',
    'sh',
    '-c',
    chroot,
    'sh',
    root,
    ...args,
  ]
  const clean = [
    'env',
    '-i',
    'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
    'LANG=C.UTF-8',
  ]
  await must([...clean, 'HOME=/root', ...apart], { input: script, timeoutMs: 900_000 })
}

async function initialiseErp(paths: LabPaths, database: string): Promise<void> {
  const files = join(import.meta.dirname, 'files')
  const tryton = join(paths.layers, 'app.initialising')
  await snapshot(join(paths.layers, 'app'), tryton)
  const apart = ['unshare', '--net', '--mount', '--pid', '--fork', '--kill-child', 'sh']
  await must([...apart, join(files, 'erp-initialise.sh'), database, tryton, join(files, 'erp-setup.py')], {
    env: await layerSecrets(paths),
    timeoutMs: 900_000,
  })
  await deleteSubvolume(tryton)
}

const prepareBase = `
set -e
rm -f /etc/apt/sources.list.d/* /etc/dpkg/dpkg.cfg.d/99mmdebstrap /etc/apt/apt.conf.d/99mmdebstrap /etc/ssh/ssh_host_*
useradd --create-home --shell /bin/bash --password '*' upkeep
install -d -m 0700 -o upkeep -g upkeep /home/upkeep/.ssh
systemctl enable systemd-networkd.service >/dev/null 2>&1
`

const installScript = `
set -e
export DEBIAN_FRONTEND=noninteractive
printf '#!/bin/sh\\nexit 101\\n' > /usr/sbin/policy-rc.d
chmod 755 /usr/sbin/policy-rc.d
trap 'rm -f /usr/sbin/policy-rc.d' EXIT
apt-get -q update
apt-get -q -y --no-install-recommends -o Dpkg::Options::=--force-unsafe-io install "$@"
apt-get clean
rm -rf /var/lib/apt/lists/*
`

// The standby is a copy of the primary as it was when it was shut down, which is what a base backup is.
const secondCluster = `
set -e
pg_createcluster 15 standby --port 5433 >/dev/null
rm -rf /var/lib/postgresql/15/standby
cp -a --reflink=auto /var/lib/postgresql/15/main /var/lib/postgresql/15/standby
`
