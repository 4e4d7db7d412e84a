import { type Lease, takeLease } from '../../../core/lease/lease.ts'
import type { Result } from '../../../schemas/problem.ts'

/** What the parent asks: contend at a time, as a process of this number, taking one other for dead; or give back. */
export type Ask = { readonly now: number; readonly pid: number; readonly dead: number } | 'release'

/** What a contender answers: its token, or why it got none. */
export type Answer = { readonly token?: number; readonly code?: string | undefined }

const dir = process.argv[2] ?? ''
let lease: Result<Lease> | undefined

async function answer(ask: Ask): Promise<Answer> {
  if (ask === 'release') {
    if (lease?.ok) await lease.value.release()
    return {}
  }
  const holder = { host: 'ops-1', pid: ask.pid, bootId: 'b', user: 'ada' }
  lease = await takeLease({
    dir,
    holder,
    ttlMs: 1000,
    now: () => ask.now,
    alive: ({ pid }) => pid !== ask.dead,
  })
  return lease.ok ? { token: lease.value.token } : { code: lease.problems[0]?.code }
}

process.on('message', (ask: Ask) => void answer(ask).then((answer) => process.send?.(answer)))
process.send?.({})
