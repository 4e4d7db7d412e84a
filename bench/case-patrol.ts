import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { labDir } from '../test/lab/upkeep.ts'
import { type AtEnd, atEnd } from './at-end.ts'
import type { CaseFound, CaseWorld } from './case.ts'
import {
  columnsSaid,
  type Contender,
  inTurns,
  type Standing,
  standingHeading,
  standingRow,
} from './contender.ts'
import { ratioOf } from './figures.ts'
import { fleetHostsUp } from './fleet-hosts.ts'
import type { Goal } from './goal.ts'
import { type Inventory, writeInventory } from './inventory.ts'
import { loopbackUp } from './loopback.ts'
import { atOnce, patrolContenders } from './patrol-contenders.ts'
import { answersScript, patrolEstate, patrolScript } from './patrol-estate.ts'
import type { Peers } from './peers.ts'
import { tableLines } from './table.ts'

/** Ansible's facts of more hosts take many minutes, so a tenth of the hosts is measured as well, with Ansible. */
const share = 10
/** Real hosts. */
const real = 8

/** By the server's own log. */
type Asked = { readonly connections: number; readonly commands: number }

/** An inspection of many hosts, each over a connection of its own, by everybody; all of Upkeep's verb, with what it keeps. */
export async function patrolCase(world: CaseWorld): Promise<CaseFound> {
  const peers = await world.peers()
  const few = Math.max(1, Math.floor(world.hosts / share))
  // First, for they are what may not come up.
  const eight = await standings(world, peers, (dir, end) => realPlace(dir, world, end))
  const many = await standings(world, peers, (dir, end) => loopbackPlace(world.hosts, dir, end))
  const some = await standings(world, peers, (dir, end) => loopbackPlace(few, dir, end))
  return {
    says: [
      `An inspection of ${world.hosts} and of ${few} hosts (one sshd on loopback, a connection each), ${atOnce} at once.`,
      'They answer the script at once, with what a good host said: what is measured is the controller. Besides, one of',
      `${real} real hosts (systemd-nspawn, systemd, sshd), which run it; it sleeps 2 s between two looks. Upkeep is the whole`,
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
      '',
      `${real} real hosts`,
      ...tableLines(standingHeading, eight.found.map(standingRow)),
    ],
    goals: patrolGoals(many, some, eight),
  }
}

/** Hosts of one table: where they are, how they are counted, and what was begun for them. */
type Place = {
  readonly inventory: Inventory
  /** Words before a command that let it run where these hosts are. */
  readonly inside: readonly string[]
  readonly counted: () => Promise<Asked>
  readonly processor: () => Promise<number>
}

/** A table of the case: what all came to, and what Upkeep asked of the hosts in its last run. */
type Round = {
  readonly hosts: number
  readonly found: readonly Standing[]
  readonly asked: Asked | undefined
}

/** Hosts that are one sshd on loopback and answer at once. */
async function loopbackPlace(hosts: number, dir: string, end: AtEnd): Promise<Place> {
  const loopback = await loopbackUp(hosts, end, { answers: answersScript(dir) })
  const { inside, processor } = loopback
  const inventory = { ...loopback, user: 'root' }
  return { inventory, inside, counted: async () => loopback.counted(), processor }
}

/** Real hosts of the lab, which run the script. */
async function realPlace(dir: string, { tell }: CaseWorld, end: AtEnd): Promise<Place> {
  const fleet = await fleetHostsUp(real, end, tell, labDir)
  const { counted, processor } = fleet
  return { inventory: { ...fleet, dir, port: 22, user: 'root' }, inside: [], counted, processor }
}

async function standings(
  world: CaseWorld,
  peers: Peers,
  up: (dir: string, end: AtEnd) => Promise<Place>,
): Promise<Round> {
  const end = atEnd(world.tell)
  world.end.add(() => end.run())
  const dir = mkdtempSync(join(tmpdir(), 'upkeep-bench-patrol-'))
  end.add(() => rmSync(dir, { recursive: true, force: true }))
  const { inventory, inside, counted, processor } = await up(dir, end)
  const hosts = inventory.hosts.length
  const script = join(dir, 'script')
  writeFileSync(script, await patrolScript())
  const { repeats, slowRepeats } = world
  const contenders = patrolContenders({
    ...{ peers, inventory, script, repeats, slowRepeats },
    files: writeInventory(inventory),
    estate: patrolEstate(inventory),
  })
  let last = ''
  let before: Asked = await counted()
  let asked: Asked | undefined
  const watched = contenders.map((one): Contender => ({
    ...one,
    argv: [...inside, ...one.argv],
    done(ran) {
      last = one.name
      return one.done(ran)
    },
  }))
  const around = {
    hosts,
    async before() {
      before = await counted()
    },
    async after() {
      const now = await counted()
      if (last === 'Upkeep')
        asked = {
          connections: now.connections - before.connections,
          commands: now.commands - before.commands,
        }
      return hosts
    },
    processor,
  }
  const found = await inTurns(watched, around, { ...world, end })
  await end.run()
  return { hosts, found, asked }
}

/** The goals of the case: at many hosts, at a tenth of them, and at real ones. */
export function patrolGoals(many: Round, few: Round, eight: Round): readonly Goal[] {
  const of = ({ found }: Round, name: string) => found.find((one) => one.name.startsWith(name))
  const wall = (round: Round, name: string) => {
    const [one, other] = [of(round, 'Upkeep')?.wall, of(round, name)?.wall]
    return one === undefined || other === undefined ? undefined : ratioOf(one, other)
  }
  const each = ({ asked, hosts }: Round, what: keyof Asked) =>
    asked === undefined ? undefined : asked[what] / hosts
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
    ...[many, eight].flatMap((round) => {
      const where = round === eight ? 'real hosts' : at(round.hosts)
      return (['connections', 'commands'] as const).map((what) => ({
        says: `Upkeep ${where}: ${what} a host`,
        found: each(round, what),
        limit: 1,
        unit: '',
      }))
    }),
  ]
}
