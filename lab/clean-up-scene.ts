import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parse, stringify } from 'yaml'
import type { Estate } from '../schemas/estate.ts'
import { labExec } from './exec.ts'

const exports = '/srv/erp/exports'
const hosts = ['erp-test-web', 'erp-app1']

/** An estate of the lab with a rule of clean-up, for exports of the ERP that nobody fetches any more. */
export function withExportsRule(text: string): string {
  const estate = parse(text) as Estate
  const erp = estate.systems['erp']
  if (erp === undefined) throw new Error('the lab has no ERP')
  const rule = {
    where: [exports],
    what: ['*.csv'],
    olderThan: '30d',
    ageBy: 'mtime' as const,
    roles: ['app'],
  }
  return stringify({
    ...estate,
    systems: { ...estate.systems, erp: { ...erp, cleanup: { rules: { exports: rule } } } },
  })
}

/** Old exports on a test host and in production: planned, taken on the test host, brought back. Gives how much went wrong. */
export async function cleanUpScene(o: {
  readonly dir: string
  readonly tell: (text: string) => void
  readonly upkeep: (...words: readonly string[]) => Promise<number>
}): Promise<number> {
  const make = `mkdir -p ${exports} && cd ${exports} && for n in $(seq 40); do head -c 200000 /dev/zero >orders-$n.csv
touch -d '60 days ago' orders-$n.csv; done; echo today >orders-today.csv`
  const on = async (host: string, script: string): Promise<string> => {
    const ran = await labExec(host, script, { dir: o.dir })
    if (ran.code !== 0) throw new Error(`${host}: ${ran.stderr}`)
    return ran.stdout.trim()
  }
  const count = () => on('erp-test-web', `ls ${exports} | wc -l`)
  for (const host of hosts) await on(host, make)
  const file = join(o.dir, 'cleanup.json')
  let failures = 0
  if ((await o.upkeep('cleanup', 'plan', '--system', 'erp', '--out', file)) !== 0) failures += 1
  // A new rule is tried on test hosts, and waits for a person before production: exit code 4.
  if ((await o.upkeep('cleanup', 'run', '--plan', file, '--reason', 'old exports')) !== 4) failures += 1
  if ((await count()) !== '1') failures += 1
  const { id } = JSON.parse(await readFile(file, 'utf8')) as { readonly id: string }
  if ((await o.upkeep('cleanup', 'undo', '--cleanup', id, '--reason', 'still needed')) !== 0) failures += 1
  if ((await count()) !== '41') failures += 1
  o.tell('Of production nothing was touched: the rule is new, and a person has to let it go there.')
  return failures
}
