import assert from 'node:assert/strict'
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { signText, verifyTexts } from '../../connect/sign.ts'
import { signingKey } from './signing-key.ts'

const dir = mkdtempSync(join(tmpdir(), 'upkeep-sign-'))
after(() => rmSync(dir, { recursive: true, force: true }))
const ada = signingKey(dir, 'ada')
const eve = signingKey(dir, 'eve')
const text = '{"note":"升级 $(id) \'\\" `id` \\\\n"}'
const time = '2026-11-21T08:30:00.000Z'

function signers(lines: string): string {
  const path = join(dir, `signers-${Math.random().toString(36).slice(2)}`)
  writeFileSync(path, lines)
  return path
}

async function signed(key = ada.path, namespace = 'upkeep-head', what = text): Promise<string> {
  const signature = await signText(what, { key, namespace })
  assert.ok(signature.ok)
  return signature.value
}

async function judge(allowed: string, signature: string, what = text, at = time) {
  const judged = await verifyTexts([{ text: what, signature, time: at }], {
    allowedSigners: signers(allowed),
    signer: 'upkeep',
    namespace: 'upkeep-head',
  })
  assert.ok(judged.ok)
  assert.equal(judged.value.length, 1)
  const [one] = judged.value
  return one?.good === true ? 'good' : (one?.why ?? '')
}

test('a signature is good for its text, signer and namespace, and for nothing else', async () => {
  const allowed = `upkeep namespaces="upkeep-head" ${ada.publicKey}\n`
  assert.equal(await judge(allowed, await signed()), 'good')
  assert.match(await judge(allowed, await signed(), `${text} `), /incorrect signature/i)
  assert.match(await judge(allowed, await signed(ada.path, 'approval')), /namespace/i)
  assert.notEqual(await judge(allowed, await signed(eve.path)), 'good')
  assert.notEqual(await judge(`someone ${ada.publicKey}\n`, await signed()), 'good')
  assert.notEqual(await judge(`upkeep namespaces="approval" ${ada.publicKey}\n`, await signed()), 'good')
  assert.notEqual(await judge(allowed, 'EOF\n$(touch /tmp/never)'), 'good')
  assert.notEqual(await judge('', await signed()), 'good')
})

test('the signer must have been allowed when it signed, to the second, in UTC', async () => {
  const until = `upkeep valid-before="20261121083000Z" ${ada.publicKey}\n`
  const signature = await signed()
  assert.equal(await judge(until, signature, text, '2026-11-21T08:29:59.000Z'), 'good')
  assert.match(await judge(until, signature, text, '2026-11-21T08:30:01.000Z'), /expired|verify/i)
  const from = `upkeep valid-after="20261121083000Z" ${ada.publicKey}\n`
  assert.notEqual(await judge(from, signature, text, '2026-11-21T08:29:59.000Z'), 'good')
  assert.equal(await judge(from, signature, text, '2026-11-21T08:30:01.000Z'), 'good')
})

test('many are judged in the order in which they came', async () => {
  const good = await signed()
  const bad = await signed(eve.path)
  const texts = Array.from({ length: 120 }, (_, index) => ({
    text,
    signature: index % 7 === 0 ? bad : good,
    time,
  }))
  const judged = await verifyTexts(texts, {
    allowedSigners: signers(`upkeep ${ada.publicKey}\n`),
    signer: 'upkeep',
    namespace: 'upkeep-head',
  })
  assert.ok(judged.ok)
  assert.deepEqual(
    judged.value.map(({ good: isGood }) => isGood),
    texts.map((_, index) => index % 7 !== 0),
  )
})

test('without a file of allowed signers nothing is judged', async () => {
  const o = { allowedSigners: join(dir, 'nowhere'), signer: 'upkeep', namespace: 'upkeep-head' }
  const judged = await verifyTexts([{ text, signature: await signed(), time }], o)
  assert.equal(judged.ok ? '' : judged.problems[0]?.code, 'sign/no-answer')
})

test('a key that is not there, or wants a passphrase, is a problem at once', async () => {
  execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', 'secret', '-f', join(dir, 'locked')])
  for (const key of [join(dir, 'nowhere'), join(dir, 'locked')]) {
    const signature = await signText(text, { key, namespace: 'upkeep-head' })
    assert.equal(signature.ok ? '' : signature.problems[0]?.code, 'sign/failed')
  }
})

test('a public key is signed for by the agent', async (context) => {
  const socket = join(dir, 'agent')
  const agent = spawn('ssh-agent', ['-D', '-a', socket], { stdio: ['ignore', 'pipe', 'inherit'] })
  const ended = once(agent, 'exit')
  const before = process.env['SSH_AUTH_SOCK']
  context.after(async () => {
    if (before === undefined) delete process.env['SSH_AUTH_SOCK']
    else process.env['SSH_AUTH_SOCK'] = before
    agent.kill()
    await ended
  })
  await once(agent.stdout, 'data')
  process.env['SSH_AUTH_SOCK'] = socket
  const grace = signingKey(dir, 'grace')
  execFileSync('ssh-add', ['-q', grace.path])
  rmSync(grace.path)
  assert.equal(
    await judge(`upkeep ${grace.publicKey}\n`, await signed(`${grace.path}.pub`)),
    'good',
    readFileSync(`${grace.path}.pub`, 'utf8'),
  )
})
