import { type Static, Type } from 'typebox'
import { closed, FilePath, Name, Secret } from './words.ts'

// The first character may not be a dash: ssh would read `-oProxyCommand=...` as an option.
const Address = Type.String({
  pattern: '^[A-Za-z0-9][A-Za-z0-9.:-]{0,252}$',
  description: 'Host name or IP address: letters, digits, dots, colons and dashes, no dash first',
})

const Sudo = closed(
  {
    wrapper: Type.Optional(
      Type.String({
        pattern: '^/[A-Za-z0-9/._-]+$',
        description: 'Absolute path of a wrapper that sudo runs without a password',
      }),
    ),
    password: Type.Optional(Secret),
    none: Type.Optional(Type.Literal(true, { description: 'true: the log-in user is root already' })),
  },
  {
    minProperties: 1,
    maxProperties: 1,
    description: 'Exactly one way to become root; absent: sudo without a password',
  },
)

const login = {
  port: Type.Optional(Type.Integer({ minimum: 1, maximum: 65535, description: 'Port of sshd; default 22' })),
  user: Type.Optional(
    Type.String({
      pattern: '^[a-z_][a-z0-9_-]{0,31}$',
      description: 'Log-in name: lower case letters, digits, dashes, underscores, at most 32',
    }),
  ),
  key: Type.Optional(FilePath('Path of a private key, from the estate file or ~/')),
  agent: Type.Optional(
    Type.Literal(true, { description: 'true: use the SSH agent (SSH_AUTH_SOCK) instead of a key' }),
  ),
  jump: Type.Optional(Name('Name of an entry in jumpHosts')),
  sudo: Type.Optional(Sudo),
}

/** How to log in to one machine. */
export const Connection = closed(
  { ...login, address: Type.Optional(Address) },
  { description: "How to log in; address is the host's name when absent" },
)
export type Connection = Static<typeof Connection>

/** What many machines share of how to log in; a host's own values come before its system's, those before the estate's. */
export const SharedConnection = closed(login, { description: 'How to log in, for every host beneath' })
export type SharedConnection = Static<typeof SharedConnection>

/** A machine that stands between the controller and hosts. */
export const JumpHost = closed(
  {
    address: Address,
    port: login.port,
    user: login.user,
    key: login.key,
    agent: login.agent,
    jump: Type.Optional(Name('Name of another entry in jumpHosts, which stands before this one')),
  },
  { description: 'A machine between the controller and hosts; user, key and agent as in connection' },
)
export type JumpHost = Static<typeof JumpHost>
