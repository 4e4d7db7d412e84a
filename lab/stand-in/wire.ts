import { createHash } from 'node:crypto'
import {
  type sendUnaryData,
  Server,
  ServerCredentials,
  type ServerUnaryCall,
  status,
  type UntypedServiceImplementation,
} from '@grpc/grpc-js'
import empty from 'google-protobuf/google/protobuf/empty_pb.js'
import struct from 'google-protobuf/google/protobuf/struct_pb.js'
import type { Struct } from 'google-protobuf/google/protobuf/struct_pb.js'
import plugin from '@pulumi/pulumi/proto/plugin_pb.js'
import service from '@pulumi/pulumi/proto/provider_grpc_pb.js'
import messages from '@pulumi/pulumi/proto/provider_pb.js'
import type * as Messages from '@pulumi/pulumi/proto/provider_pb.js'
import type { Difference } from './kind.ts'
import type { Complaint, Provider } from './provider.ts'
import type { Properties } from './values.ts'

// The provider protocol of Pulumi (pulumi/provider.proto) on a port of this machine. The SDK's own server for providers
// is not used: it hands no configuration on, and announces no preview.

type Answer<Request, Response> = (request: Request) => Response | Promise<Response>

/** A provider that is served. */
export type Served = { readonly port: number; readonly stop: () => void }

/** Serves a provider on a free port of 127.0.0.1. */
export async function serveProvider(provider: Provider, version: string): Promise<Served> {
  const server = new Server()
  server.addService(service.ResourceProviderService, answers(provider, version))
  return new Promise((resolve, reject) => {
    const credentials = ServerCredentials.createInsecure()
    server.bindAsync('127.0.0.1:0', credentials, (cause, port) =>
      cause === null ? resolve({ port, stop: () => server.forceShutdown() }) : reject(cause),
    )
  })
}

function answers(provider: Provider, version: string): UntypedServiceImplementation {
  return {
    getPluginInfo: answering(() => new plugin.PluginInfo().setVersion(version)),
    cancel: answering(() => new empty.Empty()),
    checkConfig: answering((request: Messages.CheckRequest) =>
      checked(request, provider.checkConfig(propertiesOf(request.getNews()))),
    ),
    diffConfig: answering((request: Messages.DiffRequest) => {
      const from = propertiesOf(request.getOldInputs() ?? request.getOlds())
      return diffOf(provider.configDifferences(from, propertiesOf(request.getNews())), false)
    }),
    configure: answering(async (request: Messages.ConfigureRequest) => {
      await provider.configure(propertiesOf(request.getArgs()))
      // Secrets stay the engine's business: it marks again what was marked, and takes marks from us.
      return new messages.ConfigureResponse().setSupportspreview(true).setAcceptsecrets(false)
    }),
    check: answering((request: Messages.CheckRequest) => {
      const type = typeOf(request.getUrn())
      const said = propertiesOf(request.getNews())
      const fresh = `${nameOf(request.getUrn())}-${wordOf(request.getRandomseed_asU8())}`
      const filled = provider.filled(type, said, propertiesOf(request.getOlds()), fresh)
      return checked(request.setNews(structOf(filled)), provider.check(type, filled))
    }),
    diff: answering((request: Messages.DiffRequest) => {
      const [from, to] = [propertiesOf(request.getOldInputs()), propertiesOf(request.getNews())]
      const { differences, deletesFirst } = provider.diff(typeOf(request.getUrn()), from, to)
      const ignored = request.getIgnorechangesList()
      return diffOf(
        differences.filter(({ property }) => !ignored.includes(property)),
        deletesFirst,
      )
    }),
    create: answering(async (request: Messages.CreateRequest) => {
      const inputs = propertiesOf(request.getProperties())
      const { id, state } = await provider.create(typeOf(request.getUrn()), inputs, request.getPreview())
      return new messages.CreateResponse().setId(id).setProperties(structOf(state))
    }),
    read: answering(async (request: Messages.ReadRequest) => {
      const found = await provider.read(typeOf(request.getUrn()), request.getId(), {
        state: propertiesOf(request.getProperties()),
        inputs: propertiesOf(request.getInputs()),
      })
      if (found === null) return new messages.ReadResponse()
      const read = new messages.ReadResponse().setId(found.id)
      return read.setProperties(structOf(found.state)).setInputs(structOf(found.inputs))
    }),
    update: answering(async (request: Messages.UpdateRequest) => {
      const state = await provider.update(typeOf(request.getUrn()), request.getId(), {
        from: propertiesOf(request.getOldInputs()),
        to: propertiesOf(request.getNews()),
        state: propertiesOf(request.getOlds()),
        preview: request.getPreview(),
      })
      return new messages.UpdateResponse().setProperties(structOf(state))
    }),
    delete: answering(async (request: Messages.DeleteRequest) => {
      const known = { ...propertiesOf(request.getProperties()), ...propertiesOf(request.getOldInputs()) }
      await provider.remove(typeOf(request.getUrn()), request.getId(), known)
      return new empty.Empty()
    }),
    invoke: answering(async (request: Messages.InvokeRequest) =>
      new messages.InvokeResponse().setReturn(structOf(await provider.invoke(request.getTok()))),
    ),
  }
}

/** One method: what it throws goes to the engine as one line. */
function answering<Request, Response>(answer: Answer<Request, Response>) {
  return (call: ServerUnaryCall<Request, Response>, done: sendUnaryData<Response>): void => {
    Promise.resolve()
      .then(() => answer(call.request))
      .then(
        (response) => done(null, response),
        (cause: unknown) => done({ code: status.UNKNOWN, details: sentence(cause) }),
      )
  }
}

function sentence(cause: unknown): string {
  if (!(cause instanceof Error)) return String(cause)
  const text = cause.message.replaceAll(/\s+/g, ' ').trim()
  return cause.name === 'Error' ? text : `${cause.name}: ${text}`
}

function checked(request: Messages.CheckRequest, found: readonly Complaint[]): Messages.CheckResponse {
  const failures = found.map(({ property, reason }) =>
    new messages.CheckFailure().setProperty(property).setReason(reason),
  )
  return new messages.CheckResponse().setInputs(request.getNews()).setFailuresList(failures)
}

function diffOf(found: readonly Difference[], deletesFirst: boolean): Messages.DiffResponse {
  const { DIFF_SOME, DIFF_NONE } = messages.DiffResponse.DiffChanges
  const response = new messages.DiffResponse()
    .setChanges(found.length > 0 ? DIFF_SOME : DIFF_NONE)
    .setDiffsList(found.map(({ property }) => property))
    .setReplacesList(found.filter(({ replaces }) => replaces).map(({ property }) => property))
    .setDeletebeforereplace(deletesFirst)
    .setHasdetaileddiff(true)
  for (const one of found) response.getDetaileddiffMap().set(one.property, detailOf(one))
  return response
}

function detailOf({ kind, replaces }: Difference): Messages.PropertyDiff {
  const { ADD, ADD_REPLACE, DELETE, DELETE_REPLACE, UPDATE, UPDATE_REPLACE } = messages.PropertyDiff.Kind
  const of = {
    added: replaces ? ADD_REPLACE : ADD,
    deleted: replaces ? DELETE_REPLACE : DELETE,
    updated: replaces ? UPDATE_REPLACE : UPDATE,
  }
  return new messages.PropertyDiff().setKind(of[kind]).setInputdiff(true)
}

/** The type of a resource: the last of those in its URN, `urn:pulumi:STACK::PROJECT::PARENTS$TYPE::NAME`. */
function typeOf(urn: string): string {
  return urn.split('::')[2]?.split('$').at(-1) ?? ''
}

function nameOf(urn: string): string {
  return urn.split('::')[3] ?? ''
}

/** Seven digits that nobody else has: of the engine's own random seed, so that what it planned comes true. */
function wordOf(seed: Uint8Array): string {
  return createHash('sha256').update(seed).digest('hex').slice(0, 7)
}

function propertiesOf(given: Struct | undefined): Properties {
  return given?.toJavaScript() ?? {}
}

function structOf(properties: Properties): Struct {
  // The types of protobuf know no read-only values.
  return struct.Struct.fromJavaScript(properties)
}
