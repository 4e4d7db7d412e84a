import { GetCallerIdentityCommand } from '@aws-sdk/client-sts'
import { type Cloud, cloudAt, type Access } from './cloud.ts'
import { complaints, differences, type Difference, inputsOf, type Kind, ownsName, withName } from './kind.ts'
import { kindOf } from './kinds.ts'
import { isList, type Properties, same, unknown, type Value } from './values.ts'

/** A resource that was made or changed. */
export type Kept = { readonly id: string; readonly state: Properties }

/** What the provider answers to the engine, without the wire. Refusals are thrown, each one sentence. */
export type Provider = {
  readonly checkConfig: (args: Properties) => readonly Complaint[]
  readonly configDifferences: (from: Properties, to: Properties) => readonly Difference[]
  readonly configure: (args: Properties) => Promise<void>
  readonly check: (type: string, inputs: Properties) => readonly Complaint[]
  /** The inputs with what the provider says by itself: a name, of which `fresh` would be a new one. */
  readonly filled: (type: string, inputs: Properties, before: Properties, fresh: string) => Properties
  readonly diff: (type: string, from: Properties, to: Properties) => Diff
  readonly create: (type: string, inputs: Properties, preview: boolean) => Promise<Kept>
  readonly read: (type: string, id: string, asked: Asked) => Promise<Found | null>
  readonly update: (type: string, id: string, change: Change) => Promise<Properties>
  readonly remove: (type: string, id: string, known: Properties) => Promise<void>
  readonly invoke: (token: string) => Promise<Properties>
}

export type Complaint = { readonly property: string; readonly reason: string }
export type Diff = { readonly differences: readonly Difference[]; readonly deletesFirst: boolean }
export type Asked = { readonly state: Properties; readonly inputs: Properties }
export type Found = { readonly id: string; readonly inputs: Properties; readonly state: Properties }
export type Change = {
  readonly from: Properties
  readonly to: Properties
  readonly state: Properties
  readonly preview: boolean
}

// What the programs of stacks/ say to the provider, and what the engine and the SDK add; all else is refused.
const settings = [
  'region',
  'allowedAccountIds',
  'skipCredentialsValidation',
  'skipRegionValidation',
  'version',
]

/** The stand-in for the AWS provider, for the lab's cloud alone. */
export function standIn(access: Access): Provider {
  let configured: Cloud | undefined
  const cloud = () => {
    if (configured === undefined) throw new Error("the lab's stand-in for AWS was not told its region")
    return configured
  }
  return {
    checkConfig: (args) =>
      Object.keys(args)
        .filter((name) => !settings.includes(name) && !name.startsWith('__'))
        .map((property) => ({
          property,
          reason: `the lab's stand-in for AWS does not know the setting "${property}" of the provider`,
        })),
    // With v7 a resource has its region: another one of the provider replaces nothing by itself (pulumi-aws#5652).
    configDifferences: (from, to) =>
      [...new Set([...Object.keys(from), ...Object.keys(to)])]
        .filter((name) => JSON.stringify(from[name]) !== JSON.stringify(to[name]))
        .map((property) => ({ property, kind: 'updated', replaces: false })),
    async configure(args) {
      const region = args['region']
      if (typeof region !== 'string') throw new Error("the lab's stand-in for AWS wants a region")
      const made = cloudAt(access, region)
      const { Account = '' } = await made.sts.send(new GetCallerIdentityCommand({}))
      const allowed = accountsOf(args['allowedAccountIds'])
      if (allowed.length > 0 && !allowed.includes(Account))
        throw new Error(`AWS account ID not allowed: ${Account}`)
      configured = made
    },
    check: (type, inputs) => complaints(kindOf(type), inputs),
    filled: (type, inputs, before, fresh) => withName(kindOf(type), inputs, before, fresh),
    diff(type, from, to) {
      const kind = kindOf(type)
      const found = differences(kind, from, to)
      const isSaid = kind.name !== undefined && !ownsName(kind, to)
      const staysNamed = isSaid && from[kind.name] === to[kind.name]
      return { differences: found, deletesFirst: staysNamed && found.some(({ replaces }) => replaces) }
    },
    async create(type, inputs, preview) {
      const kind = kindOf(type)
      if (preview) return { id: '', state: { ...inputs, ...notYet(kind) } }
      const { id, once = {} } = await kind.make(cloud(), inputs)
      return { id, state: await stateOf(kind, cloud(), id, { ...inputs, ...once }) }
    },
    async read(type, id, { state, inputs }) {
      const kind = kindOf(type)
      const taken = kind.taken?.(id) ?? { id, known: {} }
      const found = await kind.read(cloud(), taken.id, { ...taken.known, ...state, ...inputs })
      if (found === null) return null
      return { id: taken.id, inputs: inputsOf(kind, found, inputs), state: saidFirst(found, state) }
    },
    async update(type, id, { from, to, state, preview }) {
      const kind = kindOf(type)
      if (preview) return { ...state, ...to }
      await kind.change(cloud(), id, to, from)
      return stateOf(kind, cloud(), id, { ...state, ...to })
    },
    remove: async (type, id, known) => kindOf(type).remove(cloud(), id, known),
    async invoke(token) {
      if (token !== 'aws:index/getCallerIdentity:getCallerIdentity')
        throw new Error(`the lab's stand-in for AWS does not have the function ${token}`)
      const { Account, Arn, UserId } = await cloud().sts.send(new GetCallerIdentityCommand({}))
      return { accountId: Account ?? '', arn: Arn ?? '', userId: UserId ?? '', id: Account ?? '' }
    },
  }
}

async function stateOf(kind: Kind, cloud: Cloud, id: string, known: Properties): Promise<Properties> {
  const found = await kind.read(cloud, id, known)
  if (found === null) throw new Error(`${id} was made and is not there`)
  return saidFirst(found, known)
}

// Where AWS says the same in other words (a policy), the words of the program stay.
function saidFirst(found: Properties, known: Properties): Properties {
  const entries = Object.entries(found).map(([name, value]): [string, Value] => {
    const said = known[name]
    return [name, said !== undefined && same(said, value) ? said : value]
  })
  return Object.fromEntries(entries.filter(([, value]) => value !== null))
}

function notYet(kind: Kind): Properties {
  return Object.fromEntries((kind.computed ?? []).map((name) => [name, unknown]))
}

function accountsOf(value: Value | undefined): readonly Value[] {
  const parsed = typeof value === 'string' ? (JSON.parse(value) as Value) : value
  return isList(parsed) ? parsed : []
}
