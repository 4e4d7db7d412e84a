import assert from 'node:assert/strict'
import { Ajv } from 'ajv'
import { Output } from '../../schemas/output.ts'

// What is published is open, so that fields may be added; here nothing may be printed that the schema does not name.
const isOutput = new Ajv({ strict: true }).compile(closedCopy(Output) as object)

/** Text that must be exactly one JSON document on one line, as the published schema has it. */
export function onlyDocument(text: string): Readonly<Record<string, unknown>> {
  const lines = text.split('\n').filter((line) => line !== '')
  assert.equal(lines.length, 1, text)
  return documents(text)[0] ?? {}
}

/** Text that must be JSON Lines, each as the published schema has it. */
export function documents(text: string): readonly Readonly<Record<string, unknown>>[] {
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      const value = JSON.parse(line) as Record<string, unknown>
      assert.ok(
        isOutput(value),
        `${line}\n${JSON.stringify(isOutput.errors?.filter(isAbout(value)), null, 1)}`,
      )
      return value
    })
}

function isAbout(value: Record<string, unknown>) {
  // Of a union, the errors of other kinds of message only hide those of this one.
  return ({ instancePath }: { readonly instancePath: string }) =>
    instancePath !== '/messageType' || value['messageType'] === undefined
}

function closedCopy(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(closedCopy)
  if (typeof schema !== 'object' || schema === null) return schema
  const copy = Object.fromEntries(Object.entries(schema).map(([key, value]) => [key, closedCopy(value)]))
  return copy['type'] === 'object' && 'properties' in copy ? { ...copy, additionalProperties: false } : copy
}
