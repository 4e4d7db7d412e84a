import { type AddressInfo, createServer, type Server } from 'node:net'

/** As much of SMTP as one mail needs; the lab has a real server. `answer` is what it says to each line of a command. */
export function mailServer(
  answer: (line: string) => string,
): Promise<{ readonly server: Server; readonly seen: string[]; readonly port: number }> {
  const seen: string[] = []
  const server = createServer((socket) => {
    let data = false
    let rest = ''
    socket.write('220 test\r\n')
    socket.on('error', () => {})
    socket.on('data', (chunk) => {
      const lines = (rest + chunk.toString('latin1')).split('\r\n')
      // A long mail comes in pieces, which end anywhere.
      rest = lines.pop() ?? ''
      for (const line of lines) {
        seen.push(line)
        if (data && line !== '.') continue
        if (data) socket.write('250 taken\r\n')
        else socket.write(`${line === 'DATA' ? '354 go on' : answer(line)}\r\n`)
        data = line === 'DATA'
      }
    })
  })
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      resolve({ server, seen, port: (server.address() as AddressInfo).port })
    })
  })
}
