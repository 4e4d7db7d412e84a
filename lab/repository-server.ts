import { createReadStream, statSync } from 'node:fs'
import { createServer } from 'node:http'
import { join, normalize } from 'node:path'

/**
 * Serves files, read only, at one address; what is not a file is 404. `directoryOf` tells under which directory they lie
 * for a client of that address.
 */
export function serveRepository(
  directoryOf: (client: string) => string,
  address: string,
  port: number,
): void {
  const server = createServer((request, response) => {
    const path = normalize(decodeURIComponent(new URL(request.url ?? '/', 'http://lab').pathname))
    const file = join(directoryOf(request.socket.remoteAddress ?? ''), path)
    const found = statSync(file, { throwIfNoEntry: false })
    if (found === undefined || !found.isFile() || !['GET', 'HEAD'].includes(request.method ?? '')) {
      response.writeHead(404).end()
      return
    }
    response.writeHead(200, {
      'content-length': found.size,
      'content-type': 'application/octet-stream',
      'last-modified': found.mtime.toUTCString(),
    })
    if (request.method === 'HEAD') response.end()
    else
      createReadStream(file)
        .on('error', () => response.destroy())
        .pipe(response)
  })
  server.listen(port, address)
}
