import assert from 'node:assert/strict'
import { type AddressInfo, createServer, type Server } from 'node:net'
import { test } from 'node:test'

import { sendMail } from '../../connect/mail.ts'

// As much of SMTP as one mail needs; the lab has a real server.
function mailServer(
  answer: (line: string) => string,
): Promise<{ server: Server; seen: string[]; port: number }> {
  const seen: string[] = []
  const server = createServer((socket) => {
    let data = false
    socket.write('220 test\r\n')
    socket.on('error', () => {})
    socket.on('data', (chunk) => {
      for (const line of chunk.toString().split('\r\n').slice(0, -1)) {
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

const mail = {
  from: 'upkeep@example.org',
  to: ['owner@example.org', 'liaison@example.org'],
  subject: '升级完成\nBcc: x',
  text: 'Good.',
  messageId: '<run-1@upkeep>',
}

test('a mail is handed over with its own id, and its subject stays one line', async () => {
  const { server, seen, port } = await mailServer(() => '250 ok')
  const sent = await sendMail({ ...mail, smtp: `smtp://127.0.0.1:${port}` })
  assert.deepEqual(sent, { ok: true, value: { refused: [] } })
  assert.ok(seen.includes('Message-ID: <run-1@upkeep>'))
  assert.deepEqual(
    seen.filter((line) => line.startsWith('RCPT')),
    ['RCPT TO:<owner@example.org>', 'RCPT TO:<liaison@example.org>'],
  )
  assert.ok(!seen.some((line) => line.startsWith('Bcc')))
  server.close()
})

test('whoever is refused is named, and a refused mail is a problem without the password', async () => {
  const one = await mailServer((line) => (line.includes('liaison') ? '550 no such user' : '250 ok'))
  const partly = await sendMail({ ...mail, smtp: `smtp://127.0.0.1:${one.port}` })
  assert.deepEqual(partly, { ok: true, value: { refused: ['liaison@example.org'] } })
  one.server.close()
  const gone = await sendMail({ ...mail, smtp: 'smtp://me:geheim@127.0.0.1:1' })
  assert.ok(!gone.ok)
  assert.equal(gone.problems[0]?.code, 'mail/refused')
  assert.doesNotMatch(JSON.stringify(gone), /geheim/)
})
