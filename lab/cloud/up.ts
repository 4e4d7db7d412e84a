import { chmodSync, existsSync, mkdirSync, readlinkSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { LabCloud } from '../../schemas/lab-cloud.ts'
import { randomWord } from '../build-layers.ts'
import type { LabPaths } from '../layout.ts'
import type { LabUpResult } from '../up.ts'
import { installTools } from '../tool-packages.ts'
import { openAccount } from './account.ts'
import { bringEngine, type EngineWay } from './engine.ts'
import { type CloudPaths, cloudPaths } from './layout.ts'
import { bringMoto, missingForMoto, runningMoto, startMoto, stopMoto } from './moto.ts'

export type CloudOptions = {
  /** Takes one line at a time, for a person. */
  readonly report: (line: string) => void
  readonly way: EngineWay
}

/** Brings the lab's cloud: engine, moto with IAM on, the stand-in for the AWS provider. What is there stays. */
export async function cloudUp(lab: LabPaths, options: CloudOptions): Promise<LabUpResult> {
  try {
    await bringUp(lab, options)
    return { up: true }
  } catch (error) {
    return { up: false, why: error instanceof Error ? error.message : String(error) }
  }
}

async function bringUp(lab: LabPaths, { report, way }: CloudOptions): Promise<void> {
  const paths = cloudPaths(lab)
  mkdirSync(paths.dir, { recursive: true, mode: 0o700 })
  const missing = await missingForMoto()
  if (missing.length > 0) await installTools(lab.installed, report, missing)
  const python = await bringMoto(paths, report)
  const pulumi = await bringEngine(paths, way, report)
  writeProvider(paths, readlinkSync('/proc/self/exe'))
  if (existsSync(paths.file) && runningMoto(paths) !== undefined) return
  await stopMoto(paths)
  report('starting moto')
  const moto = await startMoto(paths, python)
  const key = await openAccount(moto.url)
  if (!existsSync(paths.passphrase)) {
    writeFileSync(paths.passphrase, await randomWord(), { mode: 0o600 })
  }
  // This account is empty: what stacks believe to have made in the last one is gone with it.
  rmSync(paths.stacks, { recursive: true, force: true })
  const cloud: LabCloud = { version: 1, url: moto.url, ...key, engine: pulumi, providers: paths.providers }
  writeFileSync(`${paths.file}.part`, JSON.stringify(cloud, null, 2), { mode: 0o600 })
  renameSync(`${paths.file}.part`, paths.file)
}

/** Stops the cloud; engine and moto stay in the cache. */
export async function cloudDown(lab: LabPaths): Promise<void> {
  const paths = cloudPaths(lab)
  await stopMoto(paths)
  for (const path of [paths.dir, paths.stacks]) rmSync(path, { recursive: true, force: true })
}

// The engine takes it from PATH for the provider of AWS. A new process takes the place of the shell: so it sees when
// the engine ends.
function writeProvider(paths: CloudPaths, node: string): void {
  const main = join(import.meta.dirname, '../stand-in/main.ts')
  const file = join(paths.providers, 'pulumi-resource-aws')
  mkdirSync(paths.providers, { recursive: true })
  writeFileSync(`${file}.part`, `#!/bin/sh\nexec '${node}' --disable-warning=DEP0190 '${main}' "$@"\n`)
  chmodSync(`${file}.part`, 0o755)
  renameSync(`${file}.part`, file)
}
