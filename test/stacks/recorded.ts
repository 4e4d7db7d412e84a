import * as pulumi from '@pulumi/pulumi'

/** What a program asked the engine for: a resource with its inputs, as they were registered. */
export type Recorded = {
  readonly type: string
  readonly name: string
  readonly inputs: Readonly<Record<string, unknown>>
  readonly protect: boolean
  readonly retainOnDelete: boolean
  readonly deleteBeforeReplace: boolean
}

type Monitor = {
  registerResource: (
    request: {
      readonly getProtect: () => boolean
      readonly getRetainondelete: () => boolean
      readonly getDeletebeforereplace: () => boolean
    },
    callback: unknown,
  ) => void
}

/** Has every resource of this process recorded, and answers as AWS would with ARN and name. */
export function recording(stack = 'backup'): readonly Recorded[] {
  const recorded: Recorded[] = []
  let options = { protect: false, retainOnDelete: false, deleteBeforeReplace: false }
  void pulumi.runtime.setMocks(
    {
      newResource({ type, name, inputs }) {
        const state = inputs as Readonly<Record<string, unknown>>
        recorded.push({ type, name, inputs: state, ...options })
        return answer(type, name, state)
      },
      call: ({ inputs }) => inputs as Record<string, unknown>,
    },
    'upkeep',
    stack,
  )
  const monitor = pulumi.runtime.getMonitor() as unknown as Monitor
  const register = monitor.registerResource.bind(monitor)
  // Mocks are not told of options: they are read from the request, right before newResource is called with it.
  monitor.registerResource = (request, callback) => {
    options = {
      protect: request.getProtect(),
      retainOnDelete: request.getRetainondelete(),
      deleteBeforeReplace: request.getDeletebeforereplace(),
    }
    register(request, callback)
  }
  return recorded
}

function answer(type: string, name: string, state: Readonly<Record<string, unknown>>) {
  switch (type) {
    case 'aws:s3/bucket:Bucket':
      return { id: String(state['bucket']), state }
    case 'aws:kms/key:Key':
      return { id: 'k1', state: { ...state, arn: `arn:aws:kms:ap-southeast-1:123456789012:key/${name}` } }
    case 'aws:sns/topic:Topic':
      return {
        id: name,
        state: { ...state, arn: `arn:aws:sns:ap-northeast-1:123456789012:${String(state['name'])}` },
      }
    case 'aws:ebs/volume:Volume':
      return { id: 'vol-0123456789abcdef0', state }
    case 'aws:iam/role:Role':
    case 'aws:iam/instanceProfile:InstanceProfile':
      return { id: name, state: { ...state, name } }
    case 'aws:iam/accessKey:AccessKey':
      return { id: 'AKIAEXAMPLE', state: { ...state, secret: 'correct-horse' } }
    default:
      return { id: `${name}-id`, state }
  }
}

/** The value of an output, and whether it is a secret. */
export async function settled<T>(output: pulumi.Output<T>): Promise<{ value: T; secret: boolean }> {
  const value = await new Promise<T>((resolve) => void output.apply((known) => resolve(known)))
  return { value, secret: await pulumi.isSecret(output) }
}
