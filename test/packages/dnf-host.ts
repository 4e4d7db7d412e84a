import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { readEstate } from '../../core/estate/read.ts'
import type { ResolvedHost, ResolvedSystem } from '../../core/estate/resolved.ts'
import { type InstallRoot, installRoot } from './install-root.ts'
import { type Advisory, type Workshop, workshop } from './rpms.ts'

/** An install root with packages in their first versions, and a signed repository that has newer ones. */
export type DnfHost = {
  readonly root: InstallRoot
  readonly work: Workshop
  readonly dir: string
  /** Where packages of the repository are built. */
  readonly repository: string
  /** Writes the configuration of the repository, with these lines at its end. */
  readonly configure: (lines?: readonly string[]) => void
  /** Makes the index anew and publishes it. */
  readonly publish: (advisories?: readonly Advisory[], o?: { readonly unsigned?: boolean }) => void
  readonly close: () => Promise<void>
}

/** An advisory about security. */
export function advisory(id: string, name: string, version: string, cves: readonly string[]): Advisory {
  return { id, type: 'security', cves, package: { name, version } }
}

/** The advisory for the newer version of the application. */
export const told = [advisory('UP-2026:0001', 'up-app', '2.0', ['CVE-2026-0001', 'CVE-2026-0002'])]

/** Makes the host: up-app 1.0 (2.0 needs up-lib 1:1.0, which is new), up-other 1 (2 has no advisory). */
export async function dnfHost(): Promise<DnfHost> {
  const dir = mkdtempSync(join(tmpdir(), 'upkeep-dnf-'))
  const repository = join(dir, 'repository')
  const root = await installRoot()
  const work = workshop(dir)
  const files = (content: string) => ({
    '/etc/up-app.conf': content,
    '/etc/up-app.d/kept': 'always the same',
    '/usr/share/up-app/version': content,
  })
  work.build({ name: 'up-base', version: '1', header: ['Provides: /bin/sh'] }, repository)
  work.build({ name: 'up-other', version: '1' }, repository)
  work.build({ name: 'up-other', version: '2' }, repository)
  work.build({ name: 'up-app', version: '1.0', files: files('1.0') }, repository)
  const post = 'echo made >/etc/up-app.made; echo the script of 2.0 was here'
  const header = ['Requires: up-lib >= 1:1.0']
  work.build({ name: 'up-app', version: '2.0', files: files('2.0'), header, post }, repository)
  work.build({ name: 'up-lib', version: '1.0', epoch: 1, files: { '/usr/share/up-lib/x': 'x' } }, repository)
  root.put(work.publicKey, '/etc/pki/up.asc')

  function configure(lines: readonly string[] = []): void {
    const text = ['[up]', 'name=up', 'baseurl=file:///srv/up', 'gpgcheck=1', 'repo_gpgcheck=1']
    const whole = [...text, 'gpgkey=file:///etc/pki/up.asc', ...lines, ''].join('\n')
    writeFileSync(root.path('/etc/yum.repos.d/up.repo'), whole)
  }
  function publish(advisories: readonly Advisory[] = told, o: { readonly unsigned?: boolean } = {}): void {
    work.index(repository, { advisories, ...o })
    root.put(repository, '/srv/up')
  }
  publish()
  configure()
  root.sh('rpm --import /etc/pki/up.asc; dnf -q -y install up-base up-other-1 up-app-1.0 >/dev/null 2>&1')
  root.sh('echo mine >/etc/up-app.conf')
  return {
    root,
    work,
    dir,
    repository,
    configure,
    publish,
    async close() {
      await root.close()
      rmSync(dir, { recursive: true })
    },
  }
}

/** A system of the sample estate whose one host has dnf. */
export function dnfSystem(): { readonly system: ResolvedSystem; readonly host: ResolvedHost } {
  const path = join(import.meta.dirname, '../../playbooks/init-estate.yaml')
  const read = readEstate(path, readFileSync(path, 'utf8'))
  const system = read.ok ? read.value.estate.systems['erp'] : undefined
  const some = system?.hosts.find((host) => host.ring === 'test' && host.packages === 'apt')
  if (system === undefined || some === undefined) throw new Error('the sample estate has no such host')
  const policy = {
    ...system.policy,
    only: 'security' as const,
    origins: [],
    holds: [],
    oldVersions: 'required' as const,
  }
  const host: ResolvedHost = { ...some, packages: 'dnf' }
  return { system: { ...system, policy, hosts: [host] }, host }
}

/**
 * All that was written into the root, with size, time, content and link, and what lies in /var/tmp. Left out is the
 * shared memory of SQLite, whose time every reading of the rpm database changes.
 */
export function written(root: InstallRoot): readonly string[] {
  const script = `cd "$1" && find . ! -type d ! -name '*.sqlite-shm' -printf '%y %m %U:%G %s %T@ %p %l\\n' | sort
    find . -type d -printf '%m %U:%G %p\\n' | sort; find . -type f ! -name '*.sqlite-shm' -print0 | xargs -0 sha256sum | sort -k 2; ls -A "$2"`
  const ran = spawnSync('sh', ['-c', script, 'sh', root.layer, root.path('/var/tmp')], { encoding: 'utf8' })
  assert.equal(ran.status, 0, ran.stderr)
  return ran.stdout.split('\n')
}
