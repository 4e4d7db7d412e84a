import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** A package to build: a spec's lines, and what the package's `%install` writes. */
export type Spec = {
  readonly name: string
  readonly version: string
  readonly release?: string
  readonly epoch?: number
  readonly header?: readonly string[]
  /** Path to content; a path under /etc is a configuration file. */
  readonly files?: Readonly<Record<string, string>>
  readonly config?: 'noreplace' | 'replace'
  /** Script that runs after the package was installed. */
  readonly post?: string
}

/** A folder in which packages are built and signed by a key of its own. */
export type Workshop = {
  readonly build: (spec: Spec, into: string, o?: { readonly unsigned?: boolean }) => string
  /** Makes (or makes anew) the index of a folder of packages; signed unless told otherwise. */
  readonly index: (
    folder: string,
    o?: { readonly advisories?: readonly Advisory[]; readonly unsigned?: boolean },
  ) => void
  readonly publicKey: string
}

/** What an advisory says: the package of the given version mends these. */
export type Advisory = {
  readonly id: string
  readonly type: 'security' | 'bugfix'
  readonly cves: readonly string[]
  readonly package: { readonly name: string; readonly version: string; readonly release?: string }
}

function must(argv: readonly string[], env: Readonly<Record<string, string>> = {}): string {
  const [program = '', ...args] = argv
  const ran = spawnSync(program, args, {
    encoding: 'utf8',
    env: { PATH: '/usr/bin:/bin', HOME: '/root', ...env },
  })
  assert.equal(ran.status, 0, `${argv.join(' ')}\n${ran.stdout}\n${ran.stderr}`)
  return ran.stdout
}

/** Makes a workshop with a new key under a folder. */
export function workshop(dir: string, who = 'Upkeep test'): Workshop {
  const home = join(dir, 'gnupg')
  mkdirSync(home, { recursive: true, mode: 0o700 })
  const gpg = ['gpg', '--homedir', home, '--batch', '--yes', '--quiet']
  must([
    ...gpg,
    '--passphrase',
    '',
    '--quick-generate-key',
    `${who} <test@upkeep.example>`,
    'rsa3072',
    'sign',
    'never',
  ])
  const publicKey = join(dir, 'key.asc')
  must([...gpg, '--armor', '--output', publicKey, '--export'])

  return {
    publicKey,
    build(spec, into, o = {}) {
      const tree = join(dir, 'build')
      mkdirSync(tree, { recursive: true })
      mkdirSync(into, { recursive: true })
      const file = join(tree, `${spec.name}.spec`)
      writeFileSync(file, specText(spec))
      const out = must(
        ['rpmbuild', '-bb', '--quiet', '--define', `_topdir ${tree}`, '--define', `_rpmdir ${into}`]
          .concat(['--define', '_rpmfilename %%{NAME}-%%{VERSION}-%%{RELEASE}.%%{ARCH}.rpm'])
          .concat(['--define', '_dbpath /var/empty/rpm', '--define', '_build_id_links none', file]),
      )
      assert.ok(out !== undefined)
      const path = join(into, `${spec.name}-${spec.version}-${spec.release ?? '1'}.noarch.rpm`)
      if (o.unsigned !== true) {
        const sign = [
          'rpmsign',
          '--define',
          `_gpg_name ${who}`,
          '--define',
          '__gpg /usr/bin/gpg',
          '--addsign',
          path,
        ]
        must(sign, { GNUPGHOME: home })
      }
      return path
    },
    index(folder, o = {}) {
      mkdirSync(folder, { recursive: true })
      must(['createrepo_c', '--quiet', '--checksum', 'sha256', folder])
      if (o.advisories !== undefined) {
        const updateinfo = join(dir, 'updateinfo.xml')
        writeFileSync(updateinfo, `<updates>${o.advisories.map(advisoryText).join('')}</updates>`)
        must(['modifyrepo_c', '--mdtype=updateinfo', updateinfo, join(folder, 'repodata')])
      }
      // createrepo_c keeps an old signature, and an index made again within the same second has the same bytes.
      must(['rm', '-f', join(folder, 'repodata/repomd.xml.asc')])
      if (o.unsigned === true) return
      must([...gpg, '--armor', '--detach-sign', join(folder, 'repodata/repomd.xml')])
      must(['cp', publicKey, join(folder, 'repodata/repomd.xml.key')])
    },
  }
}

function specText(spec: Spec): string {
  const files = Object.entries(spec.files ?? {})
  const config = spec.config === 'replace' ? '%config' : '%config(noreplace)'
  return [
    `Name: ${spec.name}`,
    `Version: ${spec.version}`,
    `Release: ${spec.release ?? '1'}`,
    ...(spec.epoch === undefined ? [] : [`Epoch: ${spec.epoch}`]),
    'Summary: A package of a test',
    'License: Apache-2.0',
    'BuildArch: noarch',
    ...(spec.header ?? []),
    '%description',
    'A package of a test.',
    '%install',
    ...files.flatMap(([path, content]) => [
      `install -d "%{buildroot}$(dirname '${path}')"`,
      `cat >'%{buildroot}${path}' <<'UPKEEP'`,
      content,
      'UPKEEP',
    ]),
    ...(spec.post === undefined ? [] : ['%post', spec.post]),
    '%files',
    ...files.map(([path]) => (path.startsWith('/etc/') ? `${config} ${path}` : path)),
    '',
  ].join('\n')
}

function advisoryText(one: Advisory): string {
  const { name, version, release = '1' } = one.package
  const references = one.cves.map(
    (id) => `<reference href="https://x.example/${id}" id="${id}" type="cve" title="${id}"/>`,
  )
  return `<update from="test@upkeep.example" status="final" type="${one.type}" version="1"><id>${one.id}</id>
<title>${one.id}</title><issued date="2026-01-01 00:00:00"/><references>${references.join('')}</references>
<pkglist><collection short="t"><name>t</name><package name="${name}" version="${version}" release="${release}"
 epoch="0" arch="noarch" src="${name}-${version}-${release}.src.rpm"><filename>${name}-${version}-${release}.noarch.rpm</filename>
</package></collection></pkglist></update>`
}
