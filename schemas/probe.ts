import { type Static, Type } from 'typebox'
import { closed, Duration, OneOf, Secret } from './words.ts'

// No `user:password@` in any address: a secret stands in the estate by reference only.
const Url = (description: string) =>
  Type.String({ pattern: '^https?://[^\\s/?#@]+([/?#]\\S*)?$', description })
const Port = (description: string) => Type.Integer({ minimum: 1, maximum: 65535, description })
const Text = (description: string) => Type.String({ minLength: 1, description })

const httpExpectation = closed(
  {
    status: Type.Optional(
      Type.Integer({ minimum: 100, maximum: 599, description: 'Status code; default 200' }),
    ),
    contains: Type.Optional(Text('Text that the body must hold')),
  },
  { description: 'What a good answer is' },
)

/** A question whose answer shows that a host or a business function works; exactly one kind. */
export const Probe = closed(
  {
    http: Type.Optional(
      closed(
        {
          url: Type.Optional(
            Url('Asked from the controller: http:// or https://, without user and password'),
          ),
          port: Type.Optional(Port("Asked on the host's loopback, instead of url")),
          path: Type.Optional(Type.String({ pattern: '^/\\S*$', description: 'Beside port; default /' })),
          hostHeader: Type.Optional(Text('Host header, where the server has several sites')),
          expect: Type.Optional(httpExpectation),
        },
        { description: 'A web address that must answer; either url or port' },
      ),
    ),
    tcp: Type.Optional(
      closed(
        {
          port: Port('Port that must accept a connection'),
          address: Type.Optional(Text('Asked from the controller; absent: on the host itself')),
        },
        { description: 'A port that must accept a connection' },
      ),
    ),
    sql: Type.Optional(
      closed(
        {
          database: Text('Name of the database in its engine'),
          port: Type.Optional(Port('Port of the engine; default 5432')),
          query: Text('A query that returns one value; run in a read-only transaction'),
          expect: Type.String({ description: 'The only value of the only row' }),
        },
        { description: 'A query that must give a value' },
      ),
    ),
    command: Type.Optional(
      closed(
        {
          run: Type.Array(Type.String(), { minItems: 1, description: 'Argument list; good is exit code 0' }),
          root: Type.Optional(Type.Boolean({ description: 'Run as root; default false' })),
        },
        { description: 'A command on the host that must succeed' },
      ),
    ),
    tryton: Type.Optional(
      closed(
        {
          url: Url('Address of the Tryton server: http:// or https://, without user and password'),
          database: Text('Name of the Tryton database'),
          user: Text('Log-in name'),
          password: Secret,
          do: OneOf(['log-in', 'order-entry', 'new-customer'], 'The business function that is exercised'),
        },
        { description: "A business function over Tryton's JSON-RPC" },
      ),
    ),
    within: Type.Optional(Duration('Slower than this is bad; default 2s')),
  },
  { description: 'Exactly one of http, tcp, sql, command, tryton; beside it within' },
)
export type Probe = Static<typeof Probe>
