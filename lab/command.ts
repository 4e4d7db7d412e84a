import { existsSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { ExitName } from '../core/exit.ts'
import type { Shell } from '../playbooks/command.ts'
import { labDown } from './down.ts'
import { labEstate } from './estate.ts'
import { defaultLabDir, labPaths } from './layout.ts'
import { labStatus } from './status.ts'
import { labUp } from './up.ts'

/** Brings the lab up or down, or says what there is of it. */
export async function run(shell: Shell): Promise<ExitName> {
  const dir = shell.env['UPKEEP_LAB_DIR'] ?? defaultLabDir
  switch (shell.argv[1]) {
    case 'up':
      return up(shell, dir)
    case 'down':
      return down(shell, dir)
    default:
      return status(shell, dir)
  }
}

async function up(shell: Shell, dir: string): Promise<ExitName> {
  const report = reporter(shell)
  const result = await labUp({ report, dir })
  if (!result.up) {
    shell.note(result.why)
    return 'refused'
  }
  const isCloud = shell.options['cloud'] === true
  if (isCloud) {
    const { cloudUp } = await import('./cloud/up.ts')
    const way = shell.env['UPKEEP_LAB_ENGINE'] === 'built' ? 'built' : 'official, else built'
    const came = await cloudUp(labPaths(dir), { report, way })
    if (!came.up) {
      shell.note(came.why)
      return 'refused'
    }
  }
  const estate = join(dir, 'estate.yaml')
  if (!existsSync(estate)) await writeFile(estate, labEstate(dir))
  if (shell.json) shell.out(JSON.stringify({ messageType: 'lab', schemaVersion: 1, up: true, dir, estate }))
  else {
    shell.out(`The lab is up. Its estate: ${estate}`)
    shell.out(`Next: upkeep patch plan --estate ${estate} --system oa`)
    if (isCloud) shell.out(`Or: upkeep stack preview --estate ${estate} --stack backup`)
    shell.out('Remove it: upkeep lab down')
  }
  return 'ok'
}

async function down(shell: Shell, dir: string): Promise<ExitName> {
  const { toolsLeft } = await labDown({
    report: reporter(shell),
    dir,
    packages: shell.options['packages'] === true,
    keepCache: shell.options['keep-cache'] === true,
  })
  if (shell.json)
    shell.out(JSON.stringify({ messageType: 'lab', schemaVersion: 1, up: false, packagesLeft: toolsLeft }))
  else {
    shell.out('The lab is gone.')
    if (toolsLeft.length > 0) {
      shell.out(`Packages that it installed and left: ${toolsLeft.join(' ')}`)
      shell.out('Remove them too: upkeep lab down --packages')
    }
  }
  return 'ok'
}

async function status(shell: Shell, dir: string): Promise<ExitName> {
  const found = await labStatus(dir)
  if (shell.json) {
    shell.out(JSON.stringify({ messageType: 'lab', schemaVersion: 1, up: found.complete, ...found }))
    return 'ok'
  }
  if (!found.complete) shell.out('There is no lab, or only a part of one. Next: upkeep lab up')
  for (const host of found.hosts) {
    const state = host.running ? (host.ssh ? 'answers' : 'runs, no answer') : 'stopped'
    const down = host.down.length === 0 ? '' : `  down: ${host.down.join(', ')}`
    shell.out(`  ${host.name.padEnd(14)} ${host.address.padEnd(12)} ${state}${down}`)
  }
  const { engine, moto } = found.cloud
  if (moto !== null) shell.out(`  cloud          ${moto}  engine: ${engine ?? 'that of this machine'}`)
  if (found.complete) shell.out(`Log in: ssh -F ${join(dir, 'ssh_config')} HOST`)
  return 'ok'
}

function reporter(shell: Shell): (line: string) => void {
  const started = shell.now()
  return (line) => shell.note(`${((shell.now() - started) / 1000).toFixed(1).padStart(6)} s  ${line}`)
}
