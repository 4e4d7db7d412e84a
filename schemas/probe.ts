import { type Static, Type } from 'typebox'
import { ArgumentList, closed, Duration, Line, OneOf, Prose, Secret, WebUrl } from './words.ts'

const Port = (description: string) => Type.Integer({ minimum: 1, maximum: 65535, description })
// Both go into what is sent as they are.
const siteName = '^[A-Za-z0-9._:[\\]-]+$'
const dialled = '^[A-Za-z0-9:][A-Za-z0-9.:%-]*$'

const httpExpectation = closed(
  {
    status: Type.Optional(
      Type.Integer({ minimum: 100, maximum: 599, description: 'Status code; default 200' }),
    ),
    contains: Type.Optional(Line('Text that the body must hold')),
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
            WebUrl('Asked from the controller: http:// or https://, without user and password'),
          ),
          port: Type.Optional(Port("Asked on the host's loopback, instead of url")),
          path: Type.Optional(Type.String({ pattern: '^/\\S*$', description: 'Beside port; default /' })),
          hostHeader: Type.Optional(
            Type.String({
              pattern: siteName,
              description: 'Host header, where the server has several sites: a host name, perhaps :port',
            }),
          ),
          expect: Type.Optional(httpExpectation),
        },
        { description: 'A web address that must answer; either url or port' },
      ),
    ),
    tcp: Type.Optional(
      closed(
        {
          port: Port('Port that must accept a connection'),
          address: Type.Optional(
            Type.String({
              pattern: dialled,
              description: 'Host name or IP address, asked from the controller; absent: on the host itself',
            }),
          ),
        },
        { description: 'A port that must accept a connection' },
      ),
    ),
    sql: Type.Optional(
      closed(
        {
          database: Line('Name of the database in its engine'),
          port: Type.Optional(Port('Port of the engine; default 5432')),
          query: Prose('A query that returns one value; run in a read-only transaction'),
          expect: Prose('The only value of the only row'),
        },
        { description: 'A query that must give a value' },
      ),
    ),
    command: Type.Optional(
      closed(
        {
          run: ArgumentList('Argument list; good is exit code 0'),
          root: Type.Optional(Type.Boolean({ description: 'Run as root; default false' })),
        },
        { description: 'A command on the host that must succeed' },
      ),
    ),
    tryton: Type.Optional(
      closed(
        {
          url: WebUrl('Address of the Tryton server: http:// or https://, without user and password'),
          database: Line('Name of the Tryton database'),
          user: Line('Log-in name'),
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
