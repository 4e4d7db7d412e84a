import { createHash } from 'node:crypto'
import { existsSync, readFileSync, readlinkSync } from 'node:fs'
import { arch, platform } from 'node:os'
import { join } from 'node:path'
import { local } from '../../connect/local.ts'
import { engineVersion } from '../../schemas/lab-cloud.ts'
import type { CloudPaths } from './layout.ts'
import { once } from './once.ts'

const recipe = join(import.meta.dirname, '../files/engine')
const program = 'github.com/pulumi/pulumi/pkg/v3/cmd/pulumi'
const flag = `-X github.com/pulumi/pulumi/sdk/v3/go/common/version.Version=v${engineVersion}`
// Not inlined and without words for a debugger it takes a third less to build (311 seconds of a processor, not 463), which is
// what costs here: at work it waits for clouds.
const settings = ['-trimpath', '-gcflags=all=-l -dwarf=false', '-ldflags', `-s -w ${flag}`]

/** How an engine is had where the machine has none of this version. */
export type EngineWay = 'official, else built' | 'built'

/**
 * The program `pulumi` of the SDK's version: one that is on PATH, the one that was brought before, the official
 * download, or one built from Go modules (minutes, once a machine). Throws one sentence where none is to be had.
 */
export async function bringEngine(
  paths: CloudPaths,
  way: EngineWay,
  report: (line: string) => void,
): Promise<string> {
  const brought = enginePath(paths)
  if (existsSync(brought)) return brought
  const onPath = await local(['sh', '-c', 'command -v pulumi'])
  if (onPath.code === 0 && (await isEngine(onPath.stdout.trim()))) return onPath.stdout.trim()
  if (way !== 'built' && (await download(brought, report))) return brought
  await build(paths, brought, report)
  return brought
}

/** Where the engine of this recipe lies, once it was brought. */
export function enginePath(paths: CloudPaths): string {
  const hash = createHash('sha256').update(JSON.stringify([platform(), arch(), settings]))
  for (const name of ['go.mod', 'go.sum']) hash.update(readFileSync(join(recipe, name)))
  return join(paths.cache, `engine-${hash.digest('hex').slice(0, 16)}`, 'bin', 'pulumi')
}

async function isEngine(file: string): Promise<boolean> {
  const said = await local([file, 'version'], { env: { PULUMI_SKIP_UPDATE_CHECK: 'true' } })
  return said.code === 0 && said.stdout.trim() === `v${engineVersion}`
}

/** The official release, by the SDK's own installer; answers whether it came. */
async function download(to: string, report: (line: string) => void): Promise<boolean> {
  const source = 'https://get.pulumi.com/install.sh'
  const answer = await fetch(source, { signal: AbortSignal.timeout(5_000) }).catch(() => undefined)
  if (answer?.ok !== true) return false
  report(`fetching the Pulumi engine ${engineVersion}`)
  const { PulumiCommand } = await import('@pulumi/pulumi/automation/index.js')
  try {
    await PulumiCommand.install({ root: join(to, '../..') })
    return await isEngine(to)
  } catch {
    return false
  }
}

async function build(paths: CloudPaths, to: string, report: (line: string) => void): Promise<void> {
  const go = await local(['go', 'version'])
  if (go.code !== 0)
    throw new Error(
      `There is no Pulumi engine: get.pulumi.com is out of reach, and without Go none can be built here. Put pulumi ${engineVersion} or Go 1.21 or later on PATH.`,
    )
  report(
    `building the Pulumi engine ${engineVersion} from Go modules: some ten minutes, once on this machine`,
  )
  // Caches of its own, removed afterwards: those of the user would keep 3 GB that nothing asks for again.
  const work = join(paths.cache, `engine-build-${readlinkSync('/proc/self')}`)
  const env = {
    recipe,
    work,
    version: `v${engineVersion}`,
    program,
    PULUMI_SKIP_UPDATE_CHECK: 'true',
    GOPATH: join(work, 'path'),
    GOMODCACHE: join(work, 'modules'),
    GOCACHE: join(work, 'cache'),
    GOFLAGS: '-mod=readonly -modcacherw -buildvcs=false',
    GOWORK: 'off',
    CGO_ENABLED: '0',
    settings: settings.map((word) => `'${word}'`).join(' '),
  }
  const lock = join(paths.cache, 'engine-build.lock')
  await once({ made: to, lock, what: 'the Pulumi engine', script, env, timeoutMs: 3_600_000 }, report)
}

// What others have left that were killed while they built goes as well: this one has the lock.
const script = `
rm -rf "\${work%-*}"-*
trap 'rm -rf "$work"' EXIT
mkdir -p "$work/source"
cp "$recipe/go.mod" "$recipe/go.sum" "$work/source"
cd "$work/source"
eval "go build -o '$work/pulumi' $settings '$program'"
[ "$("$work/pulumi" version)" = "$version" ] || { echo 'what was built does not say its version' >&2; exit 1; }
mv "$work/pulumi" "$made"
`
