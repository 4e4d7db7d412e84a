import { type Static, Type } from 'typebox'
import { JumpHost } from './connection.ts'
import { closed, Name, Named } from './words.ts'

const File = Type.String({
  pattern: '^/[A-Za-z0-9/._-]+$',
  description: 'Absolute path of a file there; each head is one more line of it',
})

/** A place that keeps heads and that the controller can not rewrite: a host of the estate, a log-in elsewhere, a command. */
export const HeadPlace = closed(
  {
    host: Type.Optional(
      closed(
        { name: Name('Name of a host of this estate'), file: File },
        { description: 'A host of this estate; the log-in user appends, not root' },
      ),
    ),
    ssh: Type.Optional(
      closed(
        { ...JumpHost.properties, file: Type.Optional(File) },
        {
          description:
            'A machine outside the estate; without a file, the head is standard input of the one command that its key may run there',
        },
      ),
    ),
    command: Type.Optional(
      Type.Array(Type.String(), {
        minItems: 1,
        description: 'Argument list, run on the controller; the head is its standard input, 0 means kept',
      }),
    ),
  },
  { minProperties: 1, maxProperties: 1, description: 'Exactly one of host, ssh, command' },
)
export type HeadPlace = Static<typeof HeadPlace>

/** Who signs the heads of the journal, who checks them, and where they are kept. */
export const Heads = closed(
  {
    key: Type.String({
      minLength: 1,
      description:
        'Path of the private key that signs (or of a public key whose private half the agent has), from the estate file or ~/',
    }),
    allowedSigners: Type.String({
      minLength: 1,
      description: 'File of allowed signers of ssh-keygen, from the estate file or ~/',
    }),
    signer: Type.Optional(
      Type.String({
        pattern: '^[A-Za-z0-9][A-Za-z0-9._@-]{0,99}$',
        description: 'Name of the signer in allowedSigners; default upkeep',
      }),
    ),
    required: Type.Optional(
      Type.Boolean({
        description: 'true: no production host starts unless some place has kept the newest head',
      }),
    ),
    to: Named('Place', HeadPlace, 'Where heads are kept, by a short name'),
  },
  { description: 'Signed heads of the journal, kept where the controller can not rewrite them' },
)
export type Heads = Static<typeof Heads>
