import { chmodSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { must } from './must.ts'

/** What lies in a package, by path; maintainer scripts and the like below `DEBIAN/`. */
export type PackageFiles = Readonly<Record<string, string | Buffer>>

const program = /^(DEBIAN\/(pre|post)(inst|rm)|DEBIAN\/config|usr\/s?bin\/.*)$/

/** Builds the package `file` in `directory` in one step, its files of one day; the same files make the same bytes. */
export async function buildPackage(
  directory: string,
  file: string,
  files: PackageFiles,
  day = '2026-01-01',
): Promise<void> {
  const tree = join(directory, `${file}.tree`)
  rmSync(tree, { recursive: true, force: true })
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(tree, path)), { recursive: true, mode: 0o755 })
    writeFileSync(join(tree, path), text)
    chmodSync(join(tree, path), program.test(path) ? 0o755 : 0o644)
  }
  const part = join(directory, `${file}.part`)
  await must(['dpkg-deb', '--root-owner-group', '--build', tree, part], {
    env: { SOURCE_DATE_EPOCH: String(Date.parse(day) / 1000) },
  })
  await must(['mv', part, join(directory, file)])
  rmSync(tree, { recursive: true })
}
