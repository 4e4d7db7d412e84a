import { type Static, Type } from 'typebox'
import { closed, Duration, Secret } from './words.ts'

const expectation = Type.Optional(
  closed({ status: Type.Optional(Type.Integer()), contains: Type.Optional(Type.String()) }),
)

/** A question whose answer shows that a host or a business function works; exactly one kind. */
export const Probe = closed(
  {
    http: Type.Optional(
      closed({
        url: Type.Optional(Type.String({ pattern: '^https?://', description: 'Asked from the controller' })),
        port: Type.Optional(
          Type.Integer({ minimum: 1, maximum: 65535, description: "Asked on the host's loopback" }),
        ),
        path: Type.Optional(Type.String({ pattern: '^/' })),
        hostHeader: Type.Optional(Type.String()),
        expect: expectation,
      }),
    ),
    tcp: Type.Optional(
      closed({
        port: Type.Integer({ minimum: 1, maximum: 65535 }),
        address: Type.Optional(
          Type.String({ description: 'From the controller; absent: on the host itself' }),
        ),
      }),
    ),
    sql: Type.Optional(
      closed({
        database: Type.String(),
        port: Type.Optional(Type.Integer()),
        query: Type.String(),
        expect: Type.String({ description: 'The only value of the only row' }),
      }),
    ),
    command: Type.Optional(
      closed({ run: Type.Array(Type.String(), { minItems: 1 }), root: Type.Optional(Type.Boolean()) }),
    ),
    tryton: Type.Optional(
      closed({
        url: Type.String({ pattern: '^https?://' }),
        database: Type.String(),
        user: Type.String(),
        password: Secret,
        do: Type.Union([Type.Literal('log-in'), Type.Literal('order-entry'), Type.Literal('new-customer')]),
      }),
    ),
    within: Type.Optional(Duration('Slower than this is bad; default 2s')),
  },
  { description: 'Exactly one of http, tcp, sql, command, tryton, and within' },
)
export type Probe = Static<typeof Probe>
