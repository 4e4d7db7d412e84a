import type { Host } from '../../connect/ssh.ts'
import type { Store } from '../../core/store/store.ts'
import { ok, type Problem, type Result } from '../../schemas/problem.ts'
import type { HostFile } from './package-files.ts'

/** When files were fetched (ISO 8601 in UTC) and how long one may take. */
export type ReceiveOptions = { readonly fetchedAt: string; readonly timeoutMs: number }

/**
 * Streams package files from a host into the content store, which keeps only bytes of the expected digest; what it has
 * already is left out. Gives the bytes that travelled. Problems: `host/receive`,
 * `host/receive-too-long`, `host/lost`, `store/*`.
 */
export async function receiveInto(
  host: Host,
  files: readonly HostFile[],
  store: Store,
  o: ReceiveOptions,
): Promise<Result<{ readonly bytes: number }>> {
  let bytes = 0
  for (const file of files) {
    if (await store.has(file.sha256)) continue
    const received = await receiveOne(host, file, store, o)
    if (!received.ok) return received
    bytes += file.bytes
  }
  return ok({ bytes })
}

async function receiveOne(
  host: Host,
  file: HostFile,
  store: Store,
  o: ReceiveOptions,
): Promise<Result<unknown>> {
  const writer = await store.writer()
  if (!writer.ok) return writer
  let trouble: readonly Problem[] = []
  let written = Promise.resolve()
  const received = await host.receive(
    file.path,
    (chunk) => {
      // The sink can not wait, so the writes queue up behind one another.
      written = written.then(async () => {
        if (trouble.length > 0) return
        const piece = await writer.value.write(chunk)
        if (!piece.ok) trouble = piece.problems
      })
    },
    { timeoutMs: o.timeoutMs, maxBytes: file.bytes },
  )
  await written
  if (trouble.length > 0) return { ok: false, problems: trouble }
  if (!received.ok) {
    await writer.value.abort()
    return received
  }
  const { name, version, architecture, source } = file
  const content = { name, version, architecture, source, host: host.name, fetchedAt: o.fetchedAt }
  return writer.value.finish(content, file.sha256)
}
