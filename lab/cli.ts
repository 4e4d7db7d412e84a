import { join } from 'node:path'
import { labBackup } from './backup.ts'
import { labDown } from './down.ts'
import { labExec } from './exec.ts'
import { labHosts } from './hosts.ts'
import { labPaths } from './layout.ts'
import { startMachine, stopMachine } from './machine.ts'
import { labOffer, labOffers, labWithdraw, shelfOf, type LabOffer } from './repository.ts'
import { serveRepository } from './repository-server.ts'
import { labReset } from './reset.ts'
import { labStatus } from './status.ts'
import { labUp } from './up.ts'

const usage = `usage: node lab/cli.ts up | down [--packages] [--keep-cache] | status | reset [HOST...]
       | exec HOST COMMAND | offer NAME | withdraw [NAME] | backup | cloud up | cloud down
offers: ${labOffers.join(', ')}`

const started = Date.now()
const dir = process.env['UPKEEP_LAB_DIR']
const where = dir === undefined ? {} : { dir }

function report(line: string): void {
  console.log(`${((Date.now() - started) / 1000).toFixed(1).padStart(6)} s  ${line}`)
}

const [verb, ...args] = process.argv.slice(2)

switch (verb) {
  case 'up': {
    const result = await labUp({ report, ...where })
    report(result.up ? 'the lab is up' : result.why)
    process.exitCode = result.up ? 0 : 1
    break
  }
  case 'down': {
    const [packages, keepCache] = ['--packages', '--keep-cache'].map((flag) => args.includes(flag))
    const { toolsLeft } = await labDown({
      report,
      ...where,
      packages: packages === true,
      keepCache: keepCache === true,
    })
    report('the lab is gone')
    if (toolsLeft.length > 0) console.log(`packages that it installed: ${toolsLeft.join(' ')}`)
    break
  }
  case 'status':
    console.log(JSON.stringify(await labStatus(dir), null, 2))
    break
  case 'reset': {
    if (args.length === 0) await labWithdraw(undefined, dir)
    const names = await labReset(args.length > 0 ? args : labHosts.map(({ name }) => name), dir)
    report(`reset: ${names.join(' ')}`)
    break
  }
  case 'exec': {
    const [host = '', ...words] = args
    const ran = await labExec(host, words.join(' '), where)
    process.stdout.write(ran.stdout)
    process.stderr.write(ran.stderr)
    process.exitCode = ran.code ?? 1
    break
  }
  case 'offer':
    console.log((await labOffer(offerNamed(args[0]), dir)).join(' '))
    break
  case 'withdraw':
    console.log((await labWithdraw(args[0] === undefined ? undefined : offerNamed(args[0]), dir)).join(' '))
    break
  case 'backup':
    console.log(JSON.stringify(await labBackup(dir)))
    break
  case 'cloud': {
    // Needs neither root nor hosts.
    const { cloudDown, cloudUp } = await import('./cloud/up.ts')
    if (args[0] === 'down') {
      await cloudDown(labPaths(dir))
      break
    }
    const way = process.env['UPKEEP_LAB_ENGINE'] === 'built' ? 'built' : 'official, else built'
    const result = await cloudUp(labPaths(dir), { report, way })
    report(result.up ? 'the cloud is up' : result.why)
    process.exitCode = result.up ? 0 : 1
    break
  }
  case 'machine': {
    const [place = '', order, name = ''] = args
    if (order === 'stop') await stopMachine(labPaths(place), name, 'cleanly')
    else if (order === 'start') await startMachine(labPaths(place), name)
    else process.exitCode = 64
    break
  }
  case 'serve-repository': {
    const [directory = '', address = '', port = ''] = args
    serveRepository((client) => join(directory, shelfOf(client)), address, Number(port))
    break
  }
  default:
    console.error(usage)
    process.exitCode = 64
}

function offerNamed(name: string | undefined): LabOffer {
  const found = labOffers.find((one) => one === name)
  if (found === undefined) throw new Error(`no such offer: ${name ?? ''}; one of ${labOffers.join(', ')}`)
  return found
}
