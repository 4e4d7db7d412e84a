import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { nodeFlags } from '../playbooks/node-flags.ts'
import type { PatrolOutput } from '../schemas/patrol-output.ts'
import type { CaseWorld } from './case.ts'
import { type Contender, ownProgram } from './contender.ts'
import { type Inventory, type InventoryFiles, opensshOptions } from './inventory.ts'
import type { Measured } from './measured.ts'
import { doneByAnsible, doneByPyinfra, factsByPyinfra, type Peers } from './peers.ts'

/** Hosts at the same time, for everybody: as many as Upkeep asks. */
export const atOnce = 32
/** Ansible's facts of more hosts take many minutes. */
const fewEnough = 100

const main = join(import.meta.dirname, '../playbooks/upkeep.js')
const pyinfraFacts = [
  ...['server.Kernel', 'server.LinuxDistribution', 'server.Mounts', 'server.LoadAverage'],
  ...['hardware.Cpus', 'hardware.Memory'],
]

/** What the contenders of an inspection are told; `script` and `estate` are paths. */
export type PatrolWorld = {
  readonly peers: Peers
  readonly inventory: Inventory
  readonly files: InventoryFiles
  readonly script: string
  readonly estate: string
} & Pick<CaseWorld, 'repeats' | 'slowRepeats'>

/** Everybody; Ansible only where hosts are few. */
export function patrolContenders(o: PatrolWorld): readonly Contender[] {
  const { peers, files, script, inventory, repeats, slowRepeats } = o
  const many = String(atOnce)
  const ownDone = ({ stdout }: Measured) => Number((/"done":(\d+)/.exec(stdout) ?? [])[1] ?? 0)
  const ssh = [...opensshOptions(inventory), '-p', String(inventory.port), '-l', inventory.user].join(' ')
  const pyinfra = [peers.pyinfra, '--parallel', many, '-y', files.pyinfra]
  const ansible = [peers.ansible, 'all', '-i', files.ansible, '-f', many, '-m']
  const text = readFileSync(script, 'utf8')
  const contenders: readonly Contender[] = [
    {
      name: 'floor: ssh2, script',
      argv: ownProgram('patrol-floor.ts', files.json, script, many),
      done: ownDone,
      repeats,
    },
    {
      name: 'Upkeep',
      argv: [process.execPath, ...nodeFlags, main, 'patrol', '--json', '--estate', o.estate],
      done: ({ stdout }) => inspected(stdout),
      repeats,
    },
    {
      name: 'parallel-ssh, script',
      argv: [peers.python, join(import.meta.dirname, 'contenders/patrol-pssh.py'), files.json, script, many],
      done: ownDone,
      repeats,
    },
    {
      name: 'OpenSSH, script',
      argv: [
        ...['xargs', '-a', files.addresses, '-P', many, '-I', '{}'],
        ...['sh', '-c', `exec ssh ${ssh} {} 'exec /bin/sh -s' <'${script}'`],
      ],
      done: ({ stdout }) => stdout.match(/^@end \d+$/gm)?.length ?? 0,
      repeats: slowRepeats,
    },
    {
      name: 'pyinfra, script',
      argv: [...pyinfra, 'exec', '--', text],
      done: ({ stdout, stderr }) => doneByPyinfra(stdout + stderr),
      repeats: slowRepeats,
    },
    {
      name: 'pyinfra, facts',
      argv: [...pyinfra, 'fact', ...pyinfraFacts],
      done: ({ stdout, stderr }) => factsByPyinfra(stdout + stderr),
      repeats: slowRepeats,
    },
  ]
  if (inventory.hosts.length > fewEnough) return contenders
  return [
    ...contenders,
    {
      name: 'Ansible, script',
      // As JSON, for it takes words with = in a text apart; {# in the script would begin a comment of its templates.
      argv: [...ansible, 'raw', '-a', JSON.stringify({ _raw_params: `{% raw %}${text}{% endraw %}` })],
      env: files.ansibleEnv,
      done: ({ stdout }) => doneByAnsible(stdout),
      repeats: slowRepeats,
    },
    {
      name: 'Ansible, facts',
      argv: [...ansible, 'setup'],
      env: files.ansibleEnv,
      done: ({ stdout }) => doneByAnsible(stdout),
      repeats: slowRepeats,
    },
  ]
}

/** Hosts of an inspection in JSON of which figures are there. */
export function inspected(stdout: string): number {
  const told = JSON.parse(stdout === '' ? '{"systems":[]}' : stdout) as Pick<PatrolOutput, 'systems'>
  return told.systems.flatMap(({ hosts }) => hosts).filter(({ figures }) => figures.length > 30).length
}
