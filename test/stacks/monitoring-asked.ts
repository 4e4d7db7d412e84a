import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import * as pulumi from '@pulumi/pulumi'
import { parse, stringify } from 'yaml'
import { readEstate } from '../../core/estate/read.ts'
import type { ResolvedEstate } from '../../core/estate/resolved.ts'
import type { Estate } from '../../schemas/estate.ts'
import { programOf } from '../../stacks/program.ts'
import { type Recorded, recording, settled } from './recorded.ts'

const estates = join(import.meta.dirname, '../schemas/estates/valid')

/** An estate of a test, changed. */
export function estateOf(file: string, change: (estate: Estate) => void = () => {}): ResolvedEstate {
  const path = join(estates, file)
  const written = parse(readFileSync(path, 'utf8')) as Estate
  change(written)
  const read = readEstate(path, stringify(written))
  assert.ok(read.ok, JSON.stringify(read))
  return read.value.estate
}

/** Everything that the program `monitoring` asks for. */
export async function askedFor(estate: ResolvedEstate): Promise<readonly Recorded[]> {
  const recorded = recording('monitoring')
  const program = programOf('monitoring-lab', estate)
  assert.ok(program.ok)
  const made = (await program.value()) as Record<string, pulumi.Output<string>>
  await Promise.all(Object.values(made).map(settled))
  await pulumi.runtime.disconnect()
  return recorded.filter(({ type }) => type.startsWith('aws:') || type.startsWith('pulumi:providers'))
}
