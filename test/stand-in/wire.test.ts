import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { credentials, type ServiceError } from '@grpc/grpc-js'
import struct from 'google-protobuf/google/protobuf/struct_pb.js'
import service from '@pulumi/pulumi/proto/provider_grpc_pb.js'
import type { ResourceProviderClient } from '@pulumi/pulumi/proto/provider_grpc_pb.js'
import messages from '@pulumi/pulumi/proto/provider_pb.js'
import { standIn } from '../../lab/stand-in/provider.ts'
import { serveProvider, type Served } from '../../lab/stand-in/wire.ts'

// The protocol of providers as the engine speaks it, with a client of its own; nothing here needs a cloud.

const bucket = 'urn:pulumi:backup::upkeep::upkeep:backup:OffsiteStore$aws:s3/bucket:Bucket::offsite-core'
const inputs = { bucket: 'acme-core', region: 'ap-southeast-1', objectLockEnabled: true, tags: { a: 'b' } }
const structOf = (value: object) => struct.Struct.fromJavaScript(value as Record<string, string>)

describe('the stand-in on the wire', () => {
  let served: Served
  let client: ResourceProviderClient
  before(async () => {
    const access = { url: 'http://127.0.0.1:9', accessKeyId: 'a', secretAccessKey: 'b' }
    served = await serveProvider(standIn(access), '7.46.0')
    client = new service.ResourceProviderClient(`127.0.0.1:${served.port}`, credentials.createInsecure())
  })
  after(() => {
    client.close()
    served.stop()
  })

  /** The answer to a call, or why it was refused. */
  function answer<T>(ask: (done: (cause: ServiceError | null, response: T) => void) => unknown): Promise<T> {
    return new Promise((resolve, reject) => {
      ask((cause, response) => (cause === null ? resolve(response) : reject(new Error(cause.details))))
    })
  }

  test('a check gives the inputs back, and each complaint with its property', async () => {
    const request = new messages.CheckRequest()
      .setUrn(bucket)
      .setNews(structOf({ ...inputs, acl: 'private' }))
    const checked = await answer<InstanceType<typeof messages.CheckResponse>>((done) =>
      client.check(request, done),
    )
    assert.deepEqual(
      checked.getFailuresList().map((one) => one.getProperty()),
      ['acl'],
    )
    assert.deepEqual(checked.getInputs()?.toJavaScript(), { ...inputs, acl: 'private' })
  })

  test('a difference says what replaces, and leaves out what the program wants ignored', async () => {
    const request = new messages.DiffRequest()
      .setUrn(bucket)
      .setOldInputs(structOf(inputs))
      .setNews(structOf({ ...inputs, objectLockEnabled: false, tags: {} }))
      .setIgnorechangesList(['tags'])
    const diff = await answer<InstanceType<typeof messages.DiffResponse>>((done) =>
      client.diff(request, done),
    )
    assert.deepEqual(diff.getReplacesList(), ['objectLockEnabled'])
    assert.deepEqual(diff.getDiffsList(), ['objectLockEnabled'])
    assert.equal(diff.getDeletebeforereplace(), true)
    const detail = diff.getDetaileddiffMap().get('objectLockEnabled')
    assert.equal(detail?.getKind(), messages.PropertyDiff.Kind.UPDATE_REPLACE)
  })

  test('a preview of a creation reaches no cloud, and marks what is not known', async () => {
    const request = new messages.CreateRequest()
      .setUrn(bucket)
      .setProperties(structOf(inputs))
      .setPreview(true)
    const created = await answer<InstanceType<typeof messages.CreateResponse>>((done) =>
      client.create(request, done),
    )
    assert.equal(created.getId(), '')
    const state = created.getProperties()?.toJavaScript() ?? {}
    assert.equal(state['arn'], '04da6b54-80e4-46f7-96ec-b56ff0331ba9')
    assert.equal(state['bucket'], 'acme-core')
  })

  test('what is refused comes as one sentence', async () => {
    const request = new messages.CheckRequest().setUrn('urn:pulumi:s::p::aws:ec2/eip:Eip::x')
    await assert.rejects(
      answer((done) => client.check(request, done)),
      /^Error: the lab's stand-in for AWS does not have aws:ec2\/eip:Eip$/,
    )
  })

  test('a cloud that does not answer is an error of the call, not the end of the provider', async () => {
    const args = structOf({ region: 'ap-southeast-1' })
    const request = new messages.ConfigureRequest().setArgs(args)
    await assert.rejects(answer((done) => client.configure(request, done)))
    const again = new messages.CheckRequest().setUrn(bucket).setNews(structOf(inputs))
    await answer((done) => client.check(again, done))
  })
})
