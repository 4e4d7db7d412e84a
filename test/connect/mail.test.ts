import assert from 'node:assert/strict'
import { test } from 'node:test'

import { sendMail } from '../../connect/mail.ts'
import { mailServer } from './mail-server.ts'

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

// Fault 20, hosts: what a host says is hostile to mails.
// Outcome: no header, no other reader, nothing that a terminal obeys.
test('no word of a host becomes a header, another reader, or something that a terminal obeys', async () => {
  const { server, seen, port } = await mailServer(() => '250 ok')
  const hostile = 'x\r\nBcc: all@example.org\u2028\u001b]0;owned\u0007\u202e'
  const sent = await sendMail({
    ...mail,
    smtp: `smtp://127.0.0.1:${port}`,
    to: ['owner@example.org,all@example.org'],
    subject: hostile,
    text: `${hostile}\r\n.\r\nMAIL FROM:<all@example.org>`,
  })
  server.close()
  assert.ok(sent.ok || sent.problems[0]?.code === 'mail/refused')
  const text = seen.join('\n')
  assert.doesNotMatch(text.split('\n\n')[0] ?? '', /^Bcc:/m)
  assert.deepEqual(
    seen.filter((line) => /^RCPT TO:<all@/.test(line)),
    [],
  )
  assert.deepEqual(
    seen.filter((line) => /^\.+$/.test(line)),
    ['..', '.'],
    'a dot in the text does not end the mail',
  )
  assert.doesNotMatch(text, /[\u001b\u0007\u202e\u2028]|=1B|=E2=80=AE/)
})
