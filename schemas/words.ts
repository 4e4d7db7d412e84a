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

// What a reader of the file can not see, or a terminal obeys: controls, marks that turn the direction, zero width. The two
// joiners are part of how some languages are written.
const unseen =
  '\\u0000-\\u0008\\u000b-\\u001f\\u007f-\\u009f\\u00ad\\u061c\\u180e\\u200b\\u200e\\u200f\\u2028-\\u202e\\u2060-\\u206f\\ufeff\\ufff9-\\ufffb'

/** A text of one line that shows all that is in it. */
export function Line(description: string) {
  return Type.String({
    minLength: 1,
    pattern: `^[^\\t\\n${unseen}]*$`,
    description: `${description} (one line, no invisible characters)`,
  })
}

/** A text that shows all that is in it, of one line or several; may be empty. */
export function Prose(description: string) {
  return Type.String({ pattern: `^[^${unseen}]*$`, description: `${description} (no invisible characters)` })
}

/** An argument list; no shell reads it, and its words show all that is in them. */
export function ArgumentList(description: string) {
  return Type.Array(Prose('A word of a command'), { minItems: 1, description })
}

/** A path that neither a program takes for an option, nor ssh_config for more than one word. */
export function FilePath(description: string) {
  return Type.String({
    minLength: 1,
    pattern: `^([^"\\t\\n${unseen}-][^"\\t\\n${unseen}]*)?$`,
    description: `${description} (no dash first, no quotation or invisible characters)`,
  })
}

const urlHost = '([A-Za-z0-9._-]+|\\[[0-9A-Fa-f:.]+\\])(:[0-9]{1,5})?'

/** An address of the web without user and password, so that no secret stands in the estate; `{host}` is filled in. */
export function WebUrl(description: string) {
  const filled = urlHost.replace('[A-Za-z0-9._-]+', '([A-Za-z0-9._-]|\\{(host|address)\\})+')
  return Type.String({ pattern: `^https?://${filled}([/?#][^\\s${unseen}]*)?$`, description })
}

/** An address of a mail server alone: what stands behind it would be read as settings of the program that sends. */
export function MailUrl(description: string) {
  return Type.String({ pattern: `^smtps?://${urlHost}$`, description })
}

/** A secret by reference only: a file, an environment variable, or a command of the controller. */
export const Secret = closed(
  {
    file: Type.Optional(FilePath('Path, from the estate file; trailing newline cut')),
    env: Type.Optional(
      Type.String({
        pattern: '^[A-Za-z_][A-Za-z0-9_]*$',
        description: 'Environment variable of Upkeep: letters, digits, underscores',
      }),
    ),
    command: Type.Optional(ArgumentList('Argument list, run on the controller; prints the secret')),
  },
  { minProperties: 1, maxProperties: 1, description: 'Exactly one of file, env, command' },
)
export type Secret = Static<typeof Secret>
