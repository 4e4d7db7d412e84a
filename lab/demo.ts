#!/usr/bin/env -S node --disable-warning=DEP0190
import { existsSync } from 'node:fs'
import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { main } from '../playbooks/main.ts'
import { cleanUpScene, withExportsRule } from './clean-up-scene.ts'
import { labEstate } from './estate.ts'
import { labHosts } from './hosts.ts'
import { defaultLabDir, labPaths } from './layout.ts'
import { countOrders, type OrderClient, startOrders } from './orders.ts'
import { labOffer, labWithdraw } from './repository.ts'
import { labReset } from './reset.ts'
import { missingTools } from './tool-packages.ts'
import { labUp, refusedBy } from './up.ts'

// `npm run demo`: the whole story in one terminal, on real hosts, with a client that never stops entering orders.

const begun = Date.now()
const dir = process.env['UPKEEP_LAB_DIR'] ?? defaultLabDir
const estate = join(dir, 'estate.yaml')
const colour = process.stdout.isTTY && !process.env['NO_COLOR']

function tell(text = ''): void {
  for (const line of text.split('\n')) console.log(line)
}

function chapter(title: string): void {
  const seconds = Math.round((Date.now() - begun) / 1000)
  const clock = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`
  const text = `── ${title} ${'─'.repeat(Math.max(3, 70 - title.length))} ${clock}`
  tell(`\n${colour ? `\u001b[1m${text}\u001b[0m` : text}\n`)
}

/** Says the command as a user would type it, and runs it. */
async function upkeep(...words: readonly string[]): Promise<number> {
  tell(`$ npx upkeep ${words.map((word) => (/[ ]/.test(word) ? `"${word}"` : word)).join(' ')}\n`)
  const code = await main([...words, '--estate', estate])
  tell()
  return code
}

async function rollOut(plan: string, reason: string): Promise<number> {
  await upkeep('patch', 'run', '--plan', plan, '--reason', reason)
  tell('No process lives through a soak. A timer would call this; the soak of the demo is some seconds.\n')
  await sleep(7000)
  return upkeep('resume')
}

async function ordersSoFar(client: OrderClient): Promise<boolean> {
  const orders = [...client.orders]
  const rows = await countOrders('production')
  const of = (outcome: string) => orders.filter((order) => order.outcome === outcome)
  const notOnce = of('acknowledged').filter((order) => rows.get(order.reference) !== 1)
  const slowest = Math.max(0, ...of('acknowledged').map((order) => order.ms))
  tell('The client that enters orders:')
  tell(`  ${of('acknowledged').length} acknowledged, the slowest in ${slowest} ms`)
  tell(`  ${of('refused').length} refused by the maintenance page, while the database was closed`)
  tell(`  ${of('failed').length} failed`)
  tell(`  ${notOnce.length} acknowledged orders are not in the database exactly once`)
  return notOnce.length === 0
}

const refusal = refusedBy(labPaths(dir))
if (refusal !== undefined) {
  tell(refusal)
  tell('Without the lab these work: npx upkeep init, check, and every playbook against hosts of your own.')
  process.exit(1)
}

const missing = await missingTools()
tell('Upkeep demo: real patches on real hosts, tried in test first, taken back, then in production.')
tell(
  `\nOn this machine it makes ${labHosts.length} throw-away hosts (systemd-nspawn on a btrfs image) in ${dir},`,
)
tell('and a bridge for them. It needs root, about 6 GB of disk and under 10 minutes on 2 cores.')
tell(
  missing.length === 0
    ? 'It installs no packages: all are here.'
    : `It installs with apt: ${missing.join(' ')}`,
)
tell('`npx upkeep lab down` removes all of it; `--packages` also what it installed.')

chapter('The lab comes up: an ERP with test and production, an OA, backups, mail')
const lines = (line: string) => tell(`  ${line}`)
const up = await labUp({ report: lines, dir })
if (!up.up) {
  tell(up.why)
  process.exit(1)
}
if (existsSync(join(dir, 'state'))) {
  tell('  putting the hosts back to how they were made')
  await labWithdraw(undefined, dir)
  await labReset(
    labHosts.map((host) => host.name),
    dir,
  )
  await rm(join(dir, 'state'), { recursive: true })
}
// From bare in under ten minutes: probes must stay good for a second, not for three as elsewhere in the lab.
const timing = { soak: '5s', notice: '5s', observe: '1s' }
await writeFile(estate, withExportsRule(labEstate(dir, timing)))
const client = await startOrders({ ring: 'production', perSecond: 3, now: Date.now, dir })
tell('  from now on a client enters orders through the balancer, three a second')

chapter('1. What would be done: security updates of the distribution, as a plan')
const plan = join(dir, 'security.json')
let failures = 0
if ((await upkeep('patch', 'plan', '--system', 'erp', '--out', plan)) !== 0) failures += 1

chapter('2. Test hosts: patched, taken back both ways, proven equal, patched again')
if ((await rollOut(plan, 'security updates of November')) !== 0) failures += 1
if (!(await ordersSoFar(client))) failures += 1

chapter('3. A patch that works in test and breaks the ERP in production')
await labOffer('erp-orders-1.3', dir)
const broken = join(dir, 'broken.json')
if ((await upkeep('patch', 'plan', '--system', 'erp', '--out', broken)) !== 0) failures += 1
const stopped = await rollOut(broken, 'new release of the vendor')
if (stopped !== 20) failures += 1
tell('The second application host was never touched; the first one is back on its old package.')
await client.stop()
if (!(await ordersSoFar(client))) failures += 1

chapter('4. Old files: what would go, tried on a test host, and brought back')
failures += await cleanUpScene({ dir, tell, upkeep })

chapter('The record')
if ((await upkeep('journal', 'verify')) !== 0) failures += 1
tell(`Everything that was done: npx upkeep journal show --estate ${estate}`)
tell(`The hosts are still up:   npx upkeep lab status`)
tell('Remove all of it:         npx upkeep lab down')
tell(
  failures === 0
    ? '\nThe story went as promised.'
    : `\n${failures} things did not go as promised: see above.`,
)
process.exit(failures === 0 ? 0 : 1)
