import { readdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { TSchema } from 'typebox'
import { withDefinitions } from './definitions.ts'
import { registry } from './registry.ts'

const suffix = '.schema.json'

/** The text of a published schema: JSON Schema draft-07, which is what editors read. */
export function schemaText(name: string, schema: TSchema): string {
  const head = { $schema: 'http://json-schema.org/draft-07/schema#', $id: `urn:upkeep:schema:${name}` }
  return `${JSON.stringify({ ...head, ...withDefinitions(schema) }, null, 2)}\n`
}

/** Writes `NAME.schema.json` for every schema of the registry into a directory, and removes those of no schema. */
async function emitSchemas(directory: string): Promise<void> {
  for (const file of await readdir(directory)) {
    if (file.endsWith(suffix) && !Object.hasOwn(registry, file.slice(0, -suffix.length)))
      await rm(join(directory, file))
  }
  for (const [name, schema] of Object.entries(registry)) {
    await writeFile(join(directory, name + suffix), schemaText(name, schema))
  }
}

if (import.meta.main) await emitSchemas(import.meta.dirname)
