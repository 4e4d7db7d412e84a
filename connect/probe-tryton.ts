import { fail, ok, type Result } from '../schemas/problem.ts'
import { exchange } from './probe-net.ts'
import type { Said, StepWatch, TrytonProbe } from './probe.ts'

type Call = (method: string, ...params: readonly unknown[]) => Promise<Result<unknown>>

/** Exercises a business function as a user of Tryton 6.0 would; `mark` names what it makes until it is deleted. */
export async function askTryton(
  probe: TrytonProbe,
  timeoutMs: number,
  mark: string,
  watch: StepWatch,
): Promise<Said> {
  const password = await probe.password()
  if (!password.ok) return { outcome: 'unknown', said: password.problems[0]?.what ?? 'no password' }
  const url = new URL(`${probe.url.replace(/\/+$/, '')}/${encodeURIComponent(probe.database)}/`)
  const timed: Rpc = (method, params, authorization) =>
    step(watch, method, () => rpc(url, timeoutMs, method, params, authorization))
  const login = await timed('common.db.login', [probe.user, { password: password.value }, 'en'])
  if (!login.ok) return bad(login)
  const [user, key] = Array.isArray(login.value) ? (login.value as unknown[]) : []
  if (typeof user !== 'number' || typeof key !== 'string') return { outcome: 'bad', said: 'log-in refused' }

  const session = Buffer.from(`${probe.user}:${user}:${key}`).toString('base64')
  const call: Call = (method, ...params) => timed(method, params, `Session ${session}`)
  const done = await exercise(probe.do, call, mark)
  await call('common.db.logout')
  return done.ok ? { outcome: 'good', said: done.value } : bad(done)
}

type Rpc = (method: string, params: readonly unknown[], authorization?: string) => Promise<Result<unknown>>

/** Does one exchange, and tells the watch: "sale.sale create" of model.sale.sale.create. */
async function step<T>(watch: StepWatch, method: string, does: () => Promise<T>): Promise<T> {
  const name = method.replace(/^(model|common)\./, '').replace(/\.(?=[a-z_]+$)/, ' ')
  const begun = watch.now()
  watch.at = name
  const done = await does()
  watch.ended({ name, ms: Math.round(watch.now() - begun) })
  return done
}

function exercise(what: TrytonProbe['do'], call: Call, mark: string): Promise<Result<string>> {
  switch (what) {
    case 'log-in':
      return preferences(call).then((got) => (got.ok ? ok('logged in') : got))
    case 'new-customer':
      return withCustomer(call, mark, async () => ok('customer made and deleted'))
    case 'order-entry':
      return withCustomer(call, mark, (customer, context) => orderEntry(call, mark, customer, context))
  }
}

async function withCustomer(
  call: Call,
  mark: string,
  use: (customer: number, context: Context) => Promise<Result<string>>,
): Promise<Result<string>> {
  const context = await preferences(call)
  if (!context.ok) return context
  const made = await create(call, 'party.party', { name: mark, addresses: [['create', [{}]]] }, context.value)
  if (!made.ok) return made
  const used = await use(made.value, context.value)
  const deleted = await call('model.party.party.delete', [made.value], context.value)
  return used.ok && !deleted.ok ? deleted : used
}

async function orderEntry(
  call: Call,
  mark: string,
  customer: number,
  context: Context,
): Promise<Result<string>> {
  const company = context['company']
  if (typeof company !== 'number') return fail(trouble('the user has no company'))
  const found = await call('model.company.company.read', [company], ['currency'], context)
  if (!found.ok) return found
  const currency = (found.value as readonly { currency?: number }[])[0]?.currency
  const addresses = await call('model.party.address.search', [['party', '=', customer]], 0, 1, null, context)
  if (!addresses.ok) return addresses
  const address = (addresses.value as readonly number[])[0] ?? null
  const line = {
    type: 'line',
    description: mark,
    quantity: 1,
    unit_price: { __class__: 'Decimal', decimal: '1.00' },
  }
  const order = {
    reference: mark,
    party: customer,
    company,
    currency,
    invoice_address: address,
    shipment_address: address,
    lines: [['create', [line]]],
  }
  const made = await create(call, 'sale.sale', order, context)
  if (!made.ok) return made
  const read = await call('model.sale.sale.read', [made.value], ['lines', 'reference'], context)
  const deleted = await call('model.sale.sale.delete', [made.value], context)
  if (!read.ok) return read
  const sale = (read.value as readonly { lines?: readonly number[]; reference?: string }[])[0]
  if (sale?.reference !== mark || sale.lines?.length !== 1)
    return fail(trouble('the order was not kept as entered'))
  return deleted.ok ? ok('order entered, read and deleted') : deleted
}

type Context = Readonly<Record<string, unknown>>

async function preferences(call: Call): Promise<Result<Context>> {
  const got = await call('model.res.user.get_preferences', true, {})
  if (!got.ok) return got
  return typeof got.value === 'object' && got.value !== null
    ? ok(got.value as Context)
    : fail(trouble('no preferences'))
}

async function create(call: Call, model: string, value: object, context: Context): Promise<Result<number>> {
  const made = await call(`model.${model}.create`, [value], context)
  if (!made.ok) return made
  const id = (made.value as readonly number[])[0]
  return typeof id === 'number' ? ok(id) : fail(trouble(`${model} was not made`))
}

async function rpc(
  url: URL,
  timeoutMs: number,
  method: string,
  params: readonly unknown[],
  authorization?: string,
): Promise<Result<unknown>> {
  const got = await exchange({
    url,
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      ...(authorization === undefined ? {} : { authorization }),
    },
    body: JSON.stringify({ id: 0, method, params }),
    timeoutMs,
  })
  if (!got.ok) return got
  if (got.value.status !== 200) return fail(trouble(`${method}: status ${got.value.status}`))
  try {
    const answer = JSON.parse(got.value.body) as { result?: unknown; error?: unknown }
    return answer.error === undefined
      ? ok(answer.result)
      : fail(trouble(`${method}: ${JSON.stringify(answer.error).slice(0, 200)}`))
  } catch {
    return fail(trouble(`${method}: the answer is not JSON`))
  }
}

function trouble(found: string) {
  return { code: 'probe/tryton', what: 'Tryton did not do it.', found }
}

function bad(result: Result<unknown> & { readonly ok: false }): Said {
  return { outcome: 'bad', said: result.problems[0]?.found ?? '' }
}
