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
import { ratioOf, type Spread } from './figures.ts'
import type { Goal } from './goal.ts'
import { opensshOptions, writeInventory } from './inventory.ts'
import { loopbackUp } from './loopback.ts'
import { doneByAnsible, doneByPyinfra } from './peers.ts'
import { tableLines } from './table.ts'

/** Connections at the same time, for everybody who can be told so. */
const atOnce = 50

/** One command on many hosts, each over a connection of its own, by everybody. */
export async function fleetCase(world: CaseWorld): Promise<CaseFound> {
  const { end, repeats, slowRepeats, hosts } = world
  const peers = await world.peers()
  const loopback = await loopbackUp(hosts, end)
  const files = writeInventory({ ...loopback, user: 'root' })
  const ssh = ['ssh', ...opensshOptions(loopback), '-p', String(loopback.port), '-l', 'root', '{}', 'true']
  const counted = ({ stdout }: { readonly stdout: string }) => (/"done":(\d+)/.exec(stdout) ?? [])[1]
  const ownDone = (ran: { readonly stdout: string }) => Number(counted(ran) ?? 0)
  const ansible = [peers.ansible, 'all', '-i', files.ansible, '-f', String(atOnce), '-m', 'raw', '-a', 'true']
  const pyinfra = [peers.pyinfra, '--parallel', String(atOnce), '-y', files.pyinfra, 'exec', '--', 'true']
  const contenders: readonly Contender[] = [
    {
      name: 'floor: ssh2 alone',
      argv: ownProgram('fleet-floor.ts', files.json, String(atOnce)),
      done: ownDone,
      repeats,
    },
    { name: 'Upkeep', argv: ownProgram('fleet-upkeep.ts', files.json), done: ownDone, repeats },
    {
      name: 'OpenSSH',
      argv: ['xargs', '-a', files.addresses, '-P', String(atOnce), '-I', '{}', ...ssh],
      done: ({ code }) => (code === 0 ? hosts : 0),
      repeats: slowRepeats,
    },
    {
      name: 'pyinfra',
      argv: pyinfra,
      done: ({ stdout, stderr }) => doneByPyinfra(stdout + stderr),
      repeats: slowRepeats,
    },
    {
      name: 'Ansible',
      argv: ansible,
      env: files.ansibleEnv,
      done: ({ stdout }) => doneByAnsible(stdout),
      repeats: slowRepeats,
    },
  ]
  const inside = contenders.map((one) => ({ ...one, argv: [...loopback.inside, ...one.argv] }))
  const standings = await inTurns(inside, { hosts, processor: loopback.processor }, world)
  return {
    says: [
      `One command (true) on ${hosts} hosts (one sshd on loopback, a connection each), ${atOnce} at`,
      'once; Upkeep makes as many hand-shakes at once as it does in a rollout, checks every',
      'host key, and keeps all connections open to the end, as a rollout does. The floor and',
      'OpenSSH (by xargs) close theirs. Ansible: module raw, with pipelining. All with the key exchange curve25519.',
      columnsSaid,
    ],
    table: tableLines(standingHeading, standings.map(standingRow)),
    goals: fleetGoals(standings),
  }
}

/** The goals of the case, from what each contender came to. */
export function fleetGoals(standings: readonly Standing[]): readonly Goal[] {
  const of = (name: string) => standings.find((one) => one.name.startsWith(name))
  const upkeep = of('Upkeep')
  const ratio = (one: Spread | undefined, other: Spread | undefined) =>
    one === undefined || other === undefined ? undefined : ratioOf(one, other)
  const processor = (name: string) => ratio(upkeep?.processor, of(name)?.processor)
  return [
    {
      says: 'Upkeep: wall to the floor',
      found: ratio(upkeep?.wall, of('floor')?.wall),
      limit: 1.1,
      unit: 'x',
    },
    { says: "Upkeep: processor to pyinfra's", found: processor('pyinfra'), limit: 1 / 2, unit: 'x' },
    { says: "Upkeep: processor to Ansible's", found: processor('Ansible'), limit: 1 / 8, unit: 'x' },
    { says: 'Upkeep: memory', found: upkeep?.largestMb?.median, limit: 200, unit: 'MB' },
  ]
}
