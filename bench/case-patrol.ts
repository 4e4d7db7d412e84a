import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { PatrolOutput } from '../schemas/patrol-output.ts'
import { atEnd } from './at-end.ts'
import type { CaseFound, CaseWorld } from './case.ts'
import {
  columnsSaid,
  type Contender,
  inTurns,
  ownProgram,
  type Standing,
  standingHeading,
  standingRow,
} from './contender.ts'
import { ratioOf } from './figures.ts'
import type { Goal } from './goal.ts'
import { type InventoryFiles, opensshOptions, writeInventory } from './inventory.ts'
import { type Loopback, loopbackUp } from './loopback.ts'
import type { Measured } from './measured.ts'
import { answersScript, patrolEstate, patrolScript } from './patrol-estate.ts'
import { doneByAnsible, doneByPyinfra, factsByPyinfra, type Peers } from './peers.ts'
import { tableLines } from './table.ts'

/** Hosts at the same time, for everybody: as many as Upkeep asks. */
const atOnce = 32
/** Ansible's facts of more hosts take many minutes, so a tenth of the hosts is measured as well, with Ansible. */
const share = 10
const fewEnough = 100

/** By the server's own log. */
type Asked = ReturnType<Loopback['counted']>

const main = join(import.meta.dirname, '../playbooks/upkeep.js')
const pyinfraFacts = [
  ...['server.Kernel', 'server.LinuxDistribution', 'server.Mounts', 'server.LoadAverage'],
  ...['hardware.Cpus', 'hardware.Memory'],
]

/** An inspection of many hosts, each over a connection of its own, by everybody; all of Upkeep's verb, with what it keeps. */
export async function patrolCase(world: CaseWorld): Promise<CaseFound> {
  const peers = await world.peers()
  const few = Math.max(1, Math.floor(world.hosts / share))
  const many = await standings(world, peers, world.hosts)
  const some = await standings(world, peers, few)
  return {
    says: [
      `An inspection of ${world.hosts} and of ${few} hosts (one sshd on loopback, a connection each), ${atOnce} at once.`,
      'Hosts answer the script at once, with what a good host said: what is measured is the controller. Upkeep is the whole',
      'verb, with its estate, figures, findings and forecasts, and what it keeps; it checks every host key. "script" is the',
      "same script by others, its answer in memory and not read; facts are the peers' own: Ansible's setup, and of pyinfra",
      'kernel, distribution, mounts, processors, memory and load. OpenSSH is run by xargs.',
      columnsSaid,
    ],
    table: [
      `${world.hosts} hosts`,
      ...tableLines(standingHeading, many.found.map(standingRow)),
      '',
      `${few} hosts`,
      ...tableLines(standingHeading, some.found.map(standingRow)),
    ],
    goals: patrolGoals(many, some),
  }
}

/** A size of the case: what all came to, and what Upkeep asked of the hosts in its last run. */
type Round = {
  readonly hosts: number
  readonly found: readonly Standing[]
  readonly asked: Asked | undefined
}

async function standings(world: CaseWorld, peers: Peers, hosts: number): Promise<Round> {
  const end = atEnd(world.tell)
  world.end.add(() => end.run())
  const dir = mkdtempSync(join(tmpdir(), 'upkeep-bench-answer-'))
  end.add(() => rmSync(dir, { recursive: true, force: true }))
  const loopback = await loopbackUp(hosts, end, { answers: answersScript(dir) })
  const inventory = { ...loopback, user: 'root' }
  const files = writeInventory(inventory)
  const script = join(dir, 'script')
  writeFileSync(script, await patrolScript())
  let before: Asked = loopback.counted()
  let asked: Asked | undefined
  const contenders = contendersOf({
    peers,
    files,
    script,
    loopback,
    world,
    hosts,
    estate: patrolEstate(inventory),
  })
  const inside = contenders.map((one): Contender => ({
    ...one,
    argv: [...loopback.inside, ...one.argv],
    done(ran) {
      const now = loopback.counted()
      if (one.name === 'Upkeep')
        asked = {
          connections: now.connections - before.connections,
          commands: now.commands - before.commands,
        }
      return one.done(ran)
    },
  }))
  const around = {
    hosts,
    async before() {
      before = loopback.counted()
    },
    processor: loopback.processor,
  }
  const found = await inTurns(inside, around, { ...world, end })
  await end.run()
  return { hosts, found, asked }
}

/** Everybody; Ansible only where hosts are few. */
function contendersOf(o: {
  readonly peers: Peers
  readonly files: InventoryFiles
  readonly script: string
  readonly loopback: Loopback
  readonly world: CaseWorld
  readonly hosts: number
  readonly estate: string
}): readonly Contender[] {
  const { peers, files, script, loopback, world, hosts } = o
  const { repeats, slowRepeats } = world
  const many = String(atOnce)
  const ownDone = ({ stdout }: Measured) => Number((/"done":(\d+)/.exec(stdout) ?? [])[1] ?? 0)
  const ssh = [...opensshOptions(loopback), '-p', String(loopback.port), '-l', 'root'].join(' ')
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
      argv: [process.execPath, '--disable-warning=DEP0190', main, 'patrol', '--json', '--estate', o.estate],
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
  if (hosts > fewEnough) return contenders
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

/** The goals of the case: at many hosts and at a tenth of them. */
export function patrolGoals(many: Round, few: Round): readonly Goal[] {
  const of = ({ found }: Round, name: string) => found.find((one) => one.name.startsWith(name))
  const wall = (round: Round, name: string) => {
    const [one, other] = [of(round, 'Upkeep')?.wall, of(round, name)?.wall]
    return one === undefined || other === undefined ? undefined : ratioOf(one, other)
  }
  const each = (count: number | undefined) => (count === undefined ? undefined : count / many.hosts)
  const at = (hosts: number) => `at ${hosts}`
  return [
    {
      says: `Upkeep ${at(many.hosts)}: wall to the floor`,
      found: wall(many, 'floor'),
      limit: 1.15,
      unit: 'x',
    },
    {
      says: `Upkeep ${at(many.hosts)}: wall to pyinfra's facts`,
      found: wall(many, 'pyinfra, facts'),
      limit: 1 / 2.5,
      unit: 'x',
    },
    {
      says: `Upkeep ${at(many.hosts)}: memory`,
      found: of(many, 'Upkeep')?.largestMb?.median,
      limit: 250,
      unit: 'MB',
    },
    {
      says: `Upkeep ${at(few.hosts)}: wall to Ansible's facts`,
      found: wall(few, 'Ansible, facts'),
      limit: 1 / 10,
      unit: 'x',
    },
    { says: 'Upkeep: connections a host', found: each(many.asked?.connections), limit: 1, unit: '' },
    { says: 'Upkeep: commands a host', found: each(many.asked?.commands), limit: 1, unit: '' },
  ]
}
