import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { local } from '../connect/local.ts'
import { fleetEstate } from '../test/lab/fleet-estate.ts'
import { labDir, type OwnEstate, upkeep, upkeepCommand } from '../test/lab/upkeep.ts'
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
import { fleetHostsUp } from './fleet-hosts.ts'
import type { Goal } from './goal.ts'
import { opensshOptions, writeInventory } from './inventory.ts'
import { doneByAnsible, doneByPyinfra } from './peers.ts'
import { tableLines } from './table.ts'

const count = 8
const wanted = 'oa-portal=1.1'

/** The same small package on real hosts at once, by everybody; put back between the runs. */
export async function applyCase(world: CaseWorld): Promise<CaseFound> {
  const { end, repeats, slowRepeats, tell } = world
  const peers = await world.peers()
  const fleet = await fleetHostsUp(count, end, tell, labDir)
  const dir = mkdtempSync(join(tmpdir(), 'upkeep-bench-'))
  end.add(() => rmSync(dir, { recursive: true, force: true }))
  const files = writeInventory({ ...fleet, dir, port: 22, user: 'root' })
  const deploy = join(dir, 'deploy.py')
  writeFileSync(deploy, `from pyinfra.operations import apt\n\napt.packages(packages=["${wanted}"])\n`)
  const estate = await fleetEstate(fleet.hosts, allAtOnce)
  end.add(() => estate.remove())
  const plan = join(estate.dir, 'plan.json')
  const planned = await upkeep(['patch', 'plan', '--system', 'fleet', '--out', plan], { estate: estate.path })
  if (planned.code !== 0) throw new Error(planned.stdout + planned.stderr)

  const install = `DEBIAN_FRONTEND=noninteractive apt-get install -q -y ${wanted}`
  const ssh = ['ssh', ...opensshOptions(fleet), '-l', 'root', '{}', install]
  const round = roundPlans(plan)
  const own = (name: string, wish: 'install' | 'all', before?: () => Promise<void>): Contender => ({
    name,
    argv: ownProgram('apply-upkeep.ts', estate.path, round.path, wish),
    ...(before === undefined ? {} : { before }),
    done: ({ stdout }) => Number(/"done":(\d+)/.exec(stdout)?.[1] ?? 0),
    repeats,
  })
  async function record(): Promise<void> {
    const [program = '', ...words] = ownProgram('apply-upkeep.ts', estate.path, round.path, 'record')
    const ran = await local([program, ...words], { timeoutMs: 120_000 })
    if (ran.code !== 0) throw new Error(ran.stdout + ran.stderr)
  }
  const contenders: readonly Contender[] = [
    {
      name: 'plain ssh',
      argv: ['xargs', '-a', files.addresses, '-P', String(count), '-I', '{}', ...ssh],
      done: ({ code }) => (code === 0 ? count : 0),
      repeats,
    },
    own('Upkeep, install', 'install', record),
    own('Upkeep, and record', 'all'),
    {
      name: 'pyinfra',
      argv: [peers.pyinfra, '-y', files.pyinfra, deploy],
      done: ({ stdout, stderr }) => doneByPyinfra(stdout + stderr),
      repeats: slowRepeats,
    },
    {
      name: 'Ansible',
      argv: [
        peers.ansible,
        'all',
        '-i',
        files.ansible,
        '-f',
        String(count),
        '-m',
        'apt',
        '-a',
        `name=${wanted}`,
      ],
      env: files.ansibleEnv,
      done: ({ stdout }) => doneByAnsible(stdout),
      repeats: slowRepeats,
    },
  ]
  const around = {
    hosts: count,
    async before() {
      await fleet.putBack()
      round.next()
    },
    after: fleet.patched,
    processor: fleet.processor,
  }
  const standings = await inTurns(contenders, around, world)
  const whole = await inTurns([wholeRollout(estate, plan)], around, world)
  return {
    says: [
      `oa-portal 1.0 to 1.1 (a few kB) on ${count} real hosts (systemd-nspawn, systemd, sshd, sudo) at`,
      "once, from the repository of the lab, its index fresh and as large as Debian's own; put back by dpkg before each",
      'run, and after each run dpkg is asked on every host. ssh (by xargs), pyinfra and',
      'Ansible (module apt, with pipelining) come as root. Upkeep comes as a user with sudo. Its install: the bytes',
      'that were planned are sent and hashed on both sides; apt installs those in a transient',
      'unit, with settings in /etc kept; versions, audit, file faults and units are looked at',
      'after; every step is on disk in the journal before it begins and when it has ended.',
      'In the row below, what is on the host is recorded besides before that, for the way back: all packages, holds,',
      'units, ports and /etc by hash. The whole rollout besides: one test host first, which rehearses the way back by',
      'snapshot, then seven at once; probes, snapshots, updaters, traffic, leftovers, soak',
      'and notice of 1 s. The peers have nothing to set beside it.',
      columnsSaid,
    ],
    table: tableLines(standingHeading, [...standings, ...whole].map(standingRow)),
    goals: applyGoals(standings),
  }
}

/** The goals of the case, from what each contender came to. */
export function applyGoals(standings: readonly Standing[]): readonly Goal[] {
  const of = (name: string) => standings.find((one) => one.name.startsWith(name))
  const ratio = (name: string, figure: (one: Standing) => Spread | undefined): number | undefined => {
    const [upkeep, other] = [of('Upkeep'), of(name)].map((one) => one && figure(one))
    return upkeep === undefined || other === undefined ? undefined : ratioOf(upkeep, other)
  }
  const wall = (name: string) => ratio(name, (one) => one.wall)
  const processor = (name: string) => ratio(name, (one) => one.processor)
  return [
    { says: 'Upkeep: wall to plain ssh', found: wall('plain ssh'), limit: 1.15, unit: 'x' },
    { says: 'Upkeep: wall to pyinfra', found: wall('pyinfra'), limit: 1.15, unit: 'x' },
    { says: 'Upkeep: wall to Ansible', found: wall('Ansible'), limit: 0.6, unit: 'x' },
    { says: "Upkeep: processor to pyinfra's", found: processor('pyinfra'), limit: 1, unit: 'x' },
    { says: "Upkeep: processor to Ansible's", found: processor('Ansible'), limit: 1 / 3, unit: 'x' },
  ]
}

function wholeRollout(estate: OwnEstate, plan: string): Contender {
  const words = (...verb: string[]) => {
    const { program, argv } = upkeepCommand(verb, estate.path)
    return [program, ...argv].map((word) => `'${word.replaceAll("'", `'\\''`)}'`).join(' ')
  }
  // Production is due when soak and notice, a second each, are over.
  const script = `${words('patch', 'run', '--plan', plan)} && sleep 1.1 && ${words('resume')}`
  return {
    name: 'Upkeep, rollout',
    argv: ['sh', '-c', script],
    done: ({ code }) => (code === 0 ? count : 0),
    repeats: 1,
  }
}

// A unit's name stands for the same work for ever, so each round is a rollout of its own.
function roundPlans(plan: string) {
  const path = `${plan}.round.json`
  const text = readFileSync(plan, 'utf8')
  const { id } = JSON.parse(text) as { readonly id: string }
  let round = 0
  return {
    path,
    next() {
      round += 1
      writeFileSync(path, text.replaceAll(id, `${id}-${round}`.slice(-40)))
    },
  }
}

/** All of production at once; who wants that may lose all of it. */
export const allAtOnce = { waves: [count - 1], atOnce: count - 1, failureBudget: count - 1 }
