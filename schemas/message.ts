import { type TProperties, type TString, Type } from 'typebox'

/**
 * One kind of document that a verb prints with `--json`. Other programs read it and may find more fields in it later,
 * so it is open; a change that takes something away raises schemaVersion.
 */
export function message<T extends string, P extends TProperties>(
  messageType: T,
  properties: P,
  description: string,
) {
  const named = { messageType: Type.Literal(messageType), schemaVersion: Type.Literal(1), ...properties }
  return Type.Object(named, { description })
}

/** The text, or null. */
export function orNull(schema: TString) {
  return Type.Union([schema, Type.Null()])
}

/** An instant in UTC, ISO 8601. */
export function instant(description: string) {
  return Type.String({ pattern: '^\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d(\\.\\d+)?Z$', description })
}
