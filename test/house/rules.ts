import type { SourceFile, Use } from './source.ts'

/** What the files of a folder may import: other folders, or single files, of the house. */
const mayImport: Readonly<Record<string, readonly string[]>> = {
  schemas: ['schemas/'],
  core: ['core/', 'schemas/'],
  connect: ['connect/', 'schemas/'],
  'playbooks/steps': ['playbooks/steps/', 'core/', 'schemas/'],
  playbooks: ['playbooks/', 'core/', 'connect/', 'schemas/'],
  lab: ['lab/', 'playbooks/', 'core/', 'connect/', 'schemas/'],
  // What the monitoring host works by is rendered from the estate, without Pulumi, and given to the stack as texts.
  stacks: ['stacks/', 'core/estate/', 'core/gate/', 'core/monitoring/', 'core/problem.ts', 'schemas/'],
  docs: ['docs/', 'playbooks/', 'core/', 'schemas/'],
}

/** Single files that may reach further, and why. */
const mayReach: Readonly<Record<string, readonly string[]>> = {
  // The table of verbs names the lab's, loaded when it is asked for.
  'playbooks/commands.ts': ['lab/command.ts'],
  // The verbs of stacks run a program, loaded when it is asked for.
  'playbooks/stack.ts': ['stacks/program.ts', 'stacks/engine.ts'],
  'playbooks/stack-policy.ts': ['stacks/program.ts', 'stacks/deploy-policy/policy.ts'],
  'playbooks/show/stack.ts': ['stacks/engine.ts'],
}

/** Packages and parts of Node that live in one place; tests may use all of them. */
const livesIn: Readonly<Record<string, readonly string[]>> = {
  'node-ssh': ['connect/ssh.ts'],
  // Types of the client that node-ssh opens.
  ssh2: ['connect/ssh.ts', 'connect/channel.ts', 'connect/algorithms.ts'],
  zx: ['connect/local.ts'],
  nodemailer: ['connect/mail.ts'],
  echarts: ['playbooks/report/chart.ts'],
  // The stand-in speaks the protocol of providers, and the lab fetches the engine of the SDK.
  '@pulumi/pulumi': ['stacks/', 'lab/stand-in/wire.ts', 'lab/cloud/engine.ts'],
  '@pulumi/aws': ['stacks/'],
  ajv: ['schemas/validator.ts', 'schemas/mistakes.ts', 'schemas/sentence.ts'],
  // Settings of other programs are written by it, so that no name of the estate can break them.
  yaml: ['schemas/source.ts', 'schemas/repeated-keys.ts', 'core/monitoring/yaml-text.ts', 'lab/'],
  // A connection by the system's ssh is two streams, which zx would keep in memory.
  child_process: ['connect/openssh.ts'],
  // The lab serves a package repository to its hosts.
  http: ['connect/', 'lab/'],
  https: ['connect/'],
  net: ['connect/'],
  tls: ['connect/'],
  dns: ['connect/'],
  // The home directory of who runs Upkeep stands for ~/ in the estate; a signal has a number.
  os: ['playbooks/main.ts', 'core/estate/resolve.ts', 'connect/unit-end.ts', 'lab/'],
}

/** Where what is ambient may be touched, and why there. */
const touchedIn: Readonly<Record<Use['what'], readonly string[]>> = {
  process: ['playbooks/main.ts', 'lab/cli.ts', 'lab/demo.ts', 'lab/stand-in/main.ts'],
  clock: [
    'playbooks/main.ts',
    'lab/cli.ts',
    'lab/demo.ts',
    // How long a probe's answer took is measured by the steady clock, and decides nothing else.
    'playbooks/rollout/probe.ts',
  ],
  random: [],
  'left-out': [],
}

const says: Readonly<Record<Use['what'], string>> = {
  process: '`process` is for the entry of a program; take what you need as a parameter',
  clock: 'the clock is a parameter (`now`)',
  random: 'random numbers are a parameter, so that a run can be repeated',
  'left-out': 'no test is left out: repair it or remove it',
}

// A file of a package has a path as well.
const ownFolders = /^(schemas|core|connect|playbooks|lab|stacks|docs|test|bench)\//
const mostLines = 300
const forbiddenName = /(^|[/.-])(utils?|helpers?|managers?|common|handlers?)([/.-]|$)/

/** Each place at which a file breaks a rule of the house, as `path:line: rule`. */
export function violations(file: SourceFile): readonly string[] {
  const isTest = file.layer === 'test' || file.layer === 'bench'
  return [...naming(file), ...(isTest ? [] : [...direction(file), ...places(file)]), ...ambient(file, isTest)]
}

/** Each value that a file exports and no other one names. A type may be one only because it stands in what is exported. */
export function deadExports(files: readonly SourceFile[]): readonly string[] {
  const namedIn = new Map<string, number>()
  for (const { names } of files) for (const name of names) namedIn.set(name, (namedIn.get(name) ?? 0) + 1)
  return files.flatMap(({ path, exports }) =>
    exports
      .filter(({ name }) => (namedIn.get(name) ?? 0) < 2)
      .map(({ name, line }) => `${path}:${line}: nobody else uses "${name}": it is no export`),
  )
}

function naming({ path, text }: SourceFile): readonly string[] {
  const lines = text.split('\n').length - 1
  return [
    ...(forbiddenName.test(path) ? [`${path}:1: a name says what a file holds`] : []),
    ...(lines > mostLines ? [`${path}:${mostLines}: ${lines} lines; cut it, at most ${mostLines}`] : []),
  ]
}

function direction({ path, layer, imports }: SourceFile): readonly string[] {
  const folder = Object.keys(mayImport).find((name) => path.startsWith(`${name}/`))
  const allowed = [...(mayImport[folder ?? ''] ?? []), ...(mayReach[path] ?? [])]
  return imports
    .filter(({ to }) => ownFolders.test(to) && /\.(ts|js|json)$/.test(to))
    .filter(({ to }) => !allowed.some((place) => to.startsWith(place)))
    .map(({ to, line }) => `${path}:${line}: ${folder ?? layer} must not import ${to}`)
}

function places({ path, imports }: SourceFile): readonly string[] {
  return imports.flatMap(({ to, line }) => {
    const homes = livesIn[to] ?? livesIn[packageOf(to)]
    if (homes === undefined || homes.some((home) => path.startsWith(home))) return []
    return [`${path}:${line}: ${to} is imported in ${homes.join(', ')} only`]
  })
}

/** The package of a module: `zx` of `zx/globals`, `@pulumi/aws` of `@pulumi/aws/s3`. */
function packageOf(name: string): string {
  return name.split('/', name.startsWith('@') ? 2 : 1).join('/')
}

function ambient({ path, uses }: SourceFile, isTest: boolean): readonly string[] {
  return uses
    .filter(({ what }) => isTest === (what === 'left-out'))
    .filter(({ what }) => !touchedIn[what].some((place) => path === place))
    .map(({ what, line }) => `${path}:${line}: ${says[what]}`)
}
