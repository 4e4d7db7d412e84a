import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parse, stringify } from 'yaml'
import { cloudPaths } from '../../lab/cloud/layout.ts'
import { cloudDown, cloudUp } from '../../lab/cloud/up.ts'
import { labEstate } from '../../lab/estate.ts'
import { labPaths } from '../../lab/layout.ts'
import type { Estate } from '../../schemas/estate.ts'
import type { LabCloud } from '../../schemas/lab-cloud.ts'
import { labDir, upkeep } from '../lab/upkeep.ts'

/** What `upkeep stack ... --json` printed last. */
export type Said = {
  readonly code: number | null
  readonly text: string
  readonly changes: readonly {
    readonly operation: string
    readonly type: string
    readonly name: string
    readonly properties: readonly string[]
  }[]
  readonly counts: Readonly<Record<string, number>>
  readonly problems: readonly { readonly code: string; readonly what: string; readonly found?: string }[]
}

/** A store as the outputs of the stack have it. */
export type MadeStore = {
  readonly bucket: string
  readonly region: string
  readonly accessKeyId: string
  readonly secretAccessKey: string
}

/** A cloud of its own with an estate, as `upkeep lab up --cloud` makes both; no hosts. */
export type Rehearsal = {
  readonly estate: string
  readonly state: string
  readonly passphrase: string
  readonly cloud: () => LabCloud
  /** Does something to a stack, `backup` where none is named. */
  readonly stack: (verb: string, name?: string) => Promise<Said>
  /** What the stack made, by tier, secrets and all. */
  readonly made: () => Readonly<Record<string, MadeStore>>
  /** Writes the estate anew, changed. */
  readonly change: (change: (estate: Estate) => void) => void
  /** Ends moto, and leaves the rest as it is. */
  readonly stopMoto: () => Promise<void>
  readonly end: () => Promise<void>
}

/** Brings engine, moto and the stand-in; the engine and moto's programs stay in the lab's cache. */
export async function rehearsal(): Promise<Rehearsal> {
  const directory = mkdtempSync(join(tmpdir(), 'upkeep-rehearsal-'))
  const lab = { ...labPaths(directory), cache: labPaths(labDir).cache }
  const paths = cloudPaths(lab)
  // Tests ask nothing but package registries.
  const came = await cloudUp(lab, { report: console.log, way: 'built' })
  if (!came.up) throw new Error(came.why)
  const estate = join(directory, 'estate.yaml')
  writeFileSync(estate, labEstate(directory))
  return {
    estate,
    state: join(directory, 'state/stacks'),
    passphrase: paths.passphrase,
    cloud: () => JSON.parse(readFileSync(paths.file, 'utf8')) as LabCloud,
    async stack(verb, name = 'backup') {
      const ran = await upkeep(['stack', verb, '--stack', name, '--json'], { estate })
      const line = ran.stdout.split('\n').find((one) => one.startsWith('{')) ?? '{}'
      const said = JSON.parse(line) as Partial<Said>
      const { changes = [], counts = {}, problems = [] } = said
      return { code: ran.code, text: ran.stdout + ran.stderr, changes, counts, problems }
    },
    made() {
      const { engine } = JSON.parse(readFileSync(paths.file, 'utf8')) as LabCloud
      const words = ['stack', 'output', 'made', '--json', '--show-secrets', '--stack', 'backup']
      const env = {
        ...process.env,
        PULUMI_BACKEND_URL: `file://${paths.stacks}`,
        PULUMI_CONFIG_PASSPHRASE_FILE: paths.passphrase,
        PULUMI_HOME: join(paths.dir, 'home'),
        PULUMI_SKIP_UPDATE_CHECK: 'true',
      }
      const options = { env, cwd: join(paths.stacks, 'project'), encoding: 'utf8' } as const
      return JSON.parse(execFileSync(engine, words, options)) as Readonly<Record<string, MadeStore>>
    },
    change(change) {
      const value = parse(readFileSync(estate, 'utf8')) as Estate
      change(value)
      writeFileSync(estate, stringify(value))
    },
    async stopMoto() {
      const { stopMoto } = await import('../../lab/cloud/moto.ts')
      await stopMoto(paths)
    },
    async end() {
      await cloudDown(lab)
      rmSync(directory, { recursive: true })
    },
  }
}
