import { type TLiteral, Type } from 'typebox'

/** A SHA-256, in hexadecimal digits. */
export const Sha256 = Type.String({ pattern: '^[0-9a-f]{64}$' })

/** What every plan begins with: its kind and id, and of which estate and system it was made, when and by whom. */
export function planHead<K extends string>(kind: K) {
  const literal: TLiteral<K> = Type.Literal(kind)
  return {
    $schema: Type.Optional(Type.String()),
    schemaVersion: Type.Literal(1),
    kind: literal,
    id: Type.String({ pattern: '^[a-z0-9-]{1,40}$' }),
    estate: Type.String(),
    estateDigest: Sha256,
    system: Type.String(),
    createdAt: Type.String(),
    createdBy: Type.String(),
  }
}
