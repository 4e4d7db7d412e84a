import { type Static, Type } from 'typebox'
import { closed } from './words.ts'

/** The end of a journal at some time; its canonical JSON (RFC 8785) is what is signed. */
export const Head = closed(
  {
    version: Type.Literal(1, { description: 'Version of this format: 1' }),
    journal: Type.String({
      minLength: 1,
      maxLength: 200,
      description: "Source of the journal's events: upkeep/<estate>",
    }),
    sequence: Type.Integer({ minimum: 1, description: 'How many events the journal had' }),
    hash: Type.String({ pattern: '^[0-9a-f]{64}$', description: 'The hash of the last of them' }),
    time: Type.String({
      pattern: '^\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{3}Z$',
      description: 'The time of that event, UTC; the signer must have been allowed then',
    }),
  },
  { description: 'The end of a journal at some time' },
)
export type Head = Static<typeof Head>

/** One line of a file of heads: a head and its signature by ssh-keygen -Y sign, namespace upkeep-head. */
export const SignedHead = closed(
  {
    head: Head,
    signature: Type.String({
      pattern: '^-----BEGIN SSH SIGNATURE-----\\n[A-Za-z0-9+/=\\n]+-----END SSH SIGNATURE-----\\n?$',
      maxLength: 16384,
      description: 'Armoured signature of the canonical JSON of the head, no newline after it',
    }),
  },
  { title: 'Upkeep head', description: 'A signed head of a journal, as it is kept elsewhere' },
)
export type SignedHead = Static<typeof SignedHead>
