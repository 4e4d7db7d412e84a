import { type Static, type TObjectOptions, type TProperties, type TSchema, Type } from 'typebox'

/** An object that allows its own keys only. */
export function closed<P extends TProperties>(properties: P, options: TObjectOptions = {}) {
  return Type.Object(properties, { additionalProperties: false, ...options })
}

/** A key or reference: lower case letters, digits and dashes, at most 63, as in host names. */
export function Name(description: string) {
  return Type.String({
    pattern: '^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$',
    description: `${description} (lower case letters, digits, dashes; at most 63)`,
  })
}

/** One of a few words; an enum rather than a union of constants, so that a mistake gives one message, not one each. */
export function OneOf<const V extends string[]>(values: readonly [...V], description: string) {
  return Type.Enum(values, { description })
}

/** Entries under names of one's own, for example hosts or windows. */
export function Named<T extends TSchema>(name: string, entry: T, description: string) {
  // Not Record(Name, ...): that leaves an entry with a bad name unchecked.
  return Type.Record(Type.String(), entry, { propertyNames: Name(name), description })
}

/** A span such as `90s`, `15m`, `4h`, `14d`, or several (`1h30m`). */
export function Duration(description: string) {
  return Type.String({
    pattern: '^([0-9]{1,7}(ms|s|m|h|d|w)){1,6}$',
    description: `${description} (such as 90s, 15m, 4h, 14d or 1h30m)`,
  })
}

/** A secret by reference only: a file, an environment variable, or a command of the controller. */
export const Secret = closed(
  {
    file: Type.Optional(
      Type.String({ minLength: 1, description: 'Path, from the estate file; trailing newline cut' }),
    ),
    env: Type.Optional(
      Type.String({
        pattern: '^[A-Za-z_][A-Za-z0-9_]*$',
        description: 'Environment variable of Upkeep: letters, digits, underscores',
      }),
    ),
    command: Type.Optional(
      Type.Array(Type.String(), {
        minItems: 1,
        description: 'Argument list, run on the controller; prints the secret',
      }),
    ),
  },
  { minProperties: 1, maxProperties: 1, description: 'Exactly one of file, env, command' },
)
export type Secret = Static<typeof Secret>
