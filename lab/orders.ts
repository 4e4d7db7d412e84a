import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { erpParts } from './hosts.ts'
import { labPaths } from './layout.ts'
import { execMachine } from './machine.ts'
import { callTryton, logIn, type TrytonAnswer, type TrytonDoor } from './tryton.ts'

/** One attempt to enter an order. `refused`: the ERP said that it is closed; `failed`: anything else but a yes. */
export type Order = {
  readonly reference: string
  readonly outcome: 'acknowledged' | 'refused' | 'failed'
  readonly said: string
  readonly startedAt: number
  readonly ms: number
}

/** A client at work: its orders so far, and its end. */
export type OrderClient = {
  readonly orders: readonly Order[]
  readonly stop: () => Promise<readonly Order[]>
}

export type OrderOptions = {
  readonly ring: 'test' | 'production'
  readonly perSecond: number
  /** Milliseconds since 1970. */
  readonly now: () => number
  readonly dir?: string
  /** Bounds of a client that nobody stops. */
  readonly maxOrders?: number
  readonly maxMs?: number
  readonly timeoutMs?: number
  readonly onOrder?: (order: Order) => void
}

type Shop = { readonly party: number; readonly company: number; readonly currency: number }
type Till = { readonly door: TrytonDoor; readonly session: string; readonly shop: Shop }

/** Logs in through the balancer and enters orders one after another, each with a reference that is used once. */
export async function startOrders(options: OrderOptions): Promise<OrderClient> {
  const { now, perSecond, maxOrders = 10_000, maxMs = 30 * 60_000 } = options
  let till = await openTill(options)
  const orders: Order[] = []
  const begun = now()
  const prefix = `ORDER-${begun.toString(36)}`
  let stopped = false
  const work = (async () => {
    while (!stopped && orders.length < maxOrders && now() - begun < maxMs) {
      const startedAt = now()
      const reference = `${prefix}-${String(orders.length + 1).padStart(5, '0')}`
      const answer = await enter(till, reference)
      const order = { reference, ...judge(answer), startedAt, ms: now() - startedAt }
      orders.push(order)
      options.onOrder?.(order)
      // A database that went back does not know the session any more.
      if (/HTTP 40[13]/.test(order.said)) till = await openTill(options).catch(() => till)
      await pause(Math.max(0, 1000 / perSecond - (now() - startedAt)))
    }
  })()
  return {
    orders,
    async stop() {
      stopped = true
      await work
      return orders
    },
  }
}

/** How often each reference that starts with `prefix` is in the database of a ring, as PostgreSQL says. */
export async function countOrders(
  ring: 'test' | 'production',
  options: { readonly prefix?: string; readonly dir?: string } = {},
): Promise<ReadonlyMap<string, number>> {
  const prefix = options.prefix ?? 'ORDER-'
  if (!/^[A-Za-z0-9-]+$/.test(prefix)) throw new Error(`not a prefix of references: ${prefix}`)
  const query = `select reference, count(*) from sale_sale where reference like '${prefix}%' group by reference`
  const script = `runuser -u postgres -- psql -XAt -F ' ' -p 5432 -d erp -c "${query}"`
  const ran = await execMachine(labPaths(options.dir), erpParts[ring].databaseHost, script)
  if (ran.code !== 0) throw new Error(`the orders can not be counted: ${ran.stderr.trim()}`)
  const rows = ran.stdout.split('\n').filter(Boolean)
  return new Map(
    rows.map((row) => row.split(' ')).map(([reference = '', count]) => [reference, Number(count)]),
  )
}

async function openTill({ ring, dir, timeoutMs = 15_000 }: OrderOptions): Promise<Till> {
  const password = readFileSync(join(labPaths(dir).secrets, 'erp-admin'), 'utf8').trim()
  const door = { url: `http://${erpParts[ring].balancer}/erp/`, user: 'admin', password, timeoutMs }
  const entered = await logIn(door)
  if (!('session' in entered)) throw new Error(`no log-in to the ERP of ${ring}: ${entered.said}`)
  const { session } = entered
  const ask = async (model: string, domain: unknown, fields: readonly string[]) => {
    const answer = await callTryton(
      door,
      `model.${model}.search_read`,
      [domain, 0, 1, null, fields, {}],
      session,
    )
    if (!('result' in answer)) throw new Error(`the ERP of ${ring} does not answer: ${answer.said}`)
    const [first] = answer.result as readonly Readonly<Record<string, number>>[]
    if (first === undefined) throw new Error(`the ERP of ${ring} has no ${model}`)
    return first
  }
  const company = await ask('company.company', [], ['currency'])
  const party = await ask('party.party', [['name', 'like', 'Customer %']], ['name'])
  const shop = { party: party['id'] ?? 0, company: company['id'] ?? 0, currency: company['currency'] ?? 0 }
  return { door, session, shop }
}

async function enter({ door, session, shop }: Till, reference: string): Promise<TrytonAnswer> {
  const line = {
    type: 'line',
    description: 'Widget',
    quantity: 1,
    unit_price: { __class__: 'Decimal', decimal: '9.90' },
  }
  const order = { ...shop, reference, lines: [['create', [line]]] }
  return callTryton(door, 'model.sale.sale.create', [[order], { company: shop.company }], session)
}

function judge(answer: TrytonAnswer): Pick<Order, 'outcome' | 'said'> {
  if (!('result' in answer)) return { outcome: answer.closed ? 'refused' : 'failed', said: answer.said }
  const [id] = Array.isArray(answer.result) ? (answer.result as unknown[]) : []
  return typeof id === 'number'
    ? { outcome: 'acknowledged', said: `sale ${id}` }
    : { outcome: 'failed', said: JSON.stringify(answer.result).slice(0, 200) }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}
