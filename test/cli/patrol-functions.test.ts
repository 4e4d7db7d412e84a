import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { join } from 'node:path'
import { describe, test, type TestContext } from 'node:test'
import { startMark } from '../../connect/script.ts'
import { commandLine } from '../../playbooks/command-line.ts'
import { conforms } from '../../schemas/load.ts'
import { PatrolOutput } from '../../schemas/patrol-output.ts'
import { framed } from '../facts/patrol-answer.ts'
import { onlyDocument } from './document.ts'
import { hostThatSays } from './host-that-says.ts'
import { recorded } from './upkeep.ts'

const secret = 'the-password-of-the-probe'

type Answers = (method: string) => unknown

/** A server that speaks as Tryton does, as far as an order goes; `answers` may say something else, or wait. */
async function tryton(context: TestContext, answers: Answers = () => undefined) {
  const methods: string[] = []
  const server = createServer((asked, answer) => {
    let text = ''
    asked.on('data', (chunk: Buffer) => (text += chunk.toString()))
    asked.on('end', () => {
      if (asked.method !== 'POST') return void answer.writeHead(404).end()
      const { method, params } = JSON.parse(text) as { method: string; params: unknown[] }
      methods.push(method)
      const known: Record<string, unknown> = {
        'common.db.login': [1, 'key'],
        'model.res.user.get_preferences': { company: 1 },
        'model.company.company.read': [{ currency: 1 }],
        'model.party.address.search': [4],
        'model.party.party.create': [7],
        'model.sale.sale.create': [8],
        'model.sale.sale.read': [{ lines: [1], reference: mark(params) }],
      }
      if (method === 'model.party.party.create') made = (params as [[{ name: string }]])[0][0].name
      void Promise.resolve(answers(method)).then((other) =>
        answer.end(JSON.stringify(other ?? { result: known[method] ?? null })),
      )
    })
  })
  let made = ''
  const mark = (_: unknown[]) => made
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  context.after(() => {
    server.closeAllConnections()
    server.close()
  })
  const { port } = server.address() as { port: number }
  return { url: `http://127.0.0.1:${port}/`, methods }
}

async function estateWith(context: TestContext, url: string, within = '8s') {
  const script = ({ dir }: { dir: string }) =>
    `cat >/dev/null; echo ${startMark}; sed "s|TIME|$(date +%s%3N | base64 -w0)|" '${dir}/answer'`
  const { cwd, server } = await hostThatSays(context, { script, name: 'db', tier: 'office' })
  const indexes = `${Math.floor(Date.now() / 1000) - 3600}\n`
  writeFileSync(join(server.dir, 'answer'), framed({ indexes }).replace(/^@time \S+ 0$/m, '@time TIME 0'))
  writeFileSync(join(cwd, 'password'), `${secret}\n`, { mode: 0o600 })
  const probes = `    probes:
      test:
        order-entry: { tryton: { url: '${url}', database: erp, user: probe, password: { file: ${cwd}/password }, do: order-entry }, within: ${within} }
        page: { http: { url: '${url}', expect: { status: 404 } } }
`
  const path = join(cwd, 'estate.yaml')
  writeFileSync(path, readFileSync(path, 'utf8').trimEnd() + `\n${probes}`)
  return cwd
}

async function patrol(cwd: string) {
  const { outside, out, err } = recorded({ cwd, now: Date.now })
  const code = await commandLine(outside, ['patrol', '--estate', join(cwd, 'estate.yaml'), '--json'])
  const told: unknown = onlyDocument(out())
  assert.ok(conforms(PatrolOutput, told), out() + err())
  const [system] = told.systems
  assert.ok(system)
  const [ring] = system.functions
  return { code, system, ring, text: out() + err() }
}

describe('business functions', () => {
  test('are exercised from the controller, with the time of each step', async (context) => {
    const { url, methods } = await tryton(context)
    const { ring, system } = await patrol(await estateWith(context, url))
    assert.equal(ring?.ring, 'test')
    const of = (item: string) => (ring?.figures ?? []).filter((one) => one.item === item)
    assert.deepEqual(
      of('functions').map(({ of: name, value }) => [name, value]),
      [
        ['order-entry', 0],
        ['page', 0],
      ],
    )
    const steps = of('stepTimes').map(({ of: name }) => name)
    for (const name of ['db login', 'party.party create', 'sale.sale create', 'sale.sale delete'])
      assert.ok(steps.includes(`order-entry: ${name}`), `${name} in ${steps.join(', ')}`)
    assert.equal(methods.filter((one) => one.endsWith('.delete')).length, 2)
    assert.deepEqual(system.findings, [])
  })

  test('that fail are critical, and the step is named; the password is not', async (context) => {
    const { url } = await tryton(context, (method) =>
      method === 'model.sale.sale.create' ? { error: ['UserError', [`no right, ${secret}`, '']] } : undefined,
    )
    const { system, text } = await patrol(await estateWith(context, url))
    const [finding] = system.findings.filter(({ of }) => of === 'order-entry')
    assert.equal(finding?.level, 'critical')
    assert.match(finding.said, /model\.sale\.sale\.create: .*no right/)
    assert.ok(!text.includes(secret), text)
  })

  test('that are slow in one step are told of that step, and one that hangs of where', async (context) => {
    const slow = await tryton(context, (method) =>
      method === 'model.sale.sale.create'
        ? new Promise((resolve) => setTimeout(() => resolve(undefined), 2_300))
        : undefined,
    )
    const { system } = await patrol(await estateWith(context, slow.url))
    assert.deepEqual(
      system.findings.filter(({ item }) => item === 'stepTimes').map(({ of, level }) => `${level} ${of}`),
      ['warning order-entry: sale.sale create'],
    )
    const hung = await tryton(context, (method) =>
      method === 'model.party.party.create' ? new Promise(() => {}) : undefined,
    )
    const none = await patrol(await estateWith(context, hung.url, '1s'))
    const [finding] = none.system.findings.filter(({ of }) => of === 'order-entry')
    assert.equal(finding?.said, 'no answer within 1000 ms, at party.party create')
  })

  test('that are not there are critical while hosts are inspected as ever', async (context) => {
    const { system, code } = await patrol(await estateWith(context, 'http://127.0.0.1:1/'))
    assert.equal(code, 10)
    assert.deepEqual(
      system.findings.map(({ level, host, item }) => `${level} ${host} ${item}`),
      ['critical erp/test functions', 'critical erp/test functions'],
    )
    assert.equal(system.hosts[0]?.level, 'ok')
  })
})
