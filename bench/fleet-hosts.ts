import { appendFileSync, copyFileSync, existsSync, mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { AtEnd } from './at-end.ts'
import { labDown } from '../lab/down.ts'
import { fleetDown, fleetUp } from '../lab/fleet.ts'
import type { LabHost } from '../lab/hosts.ts'
import { labPaths } from '../lab/layout.ts'
import { execMachine, leaderPid } from '../lab/machine.ts'
import {
  labIndexAsItWas,
  labOffer,
  labSupply,
  labWholeIndex,
  labWithdraw,
  offered,
} from '../lab/repository.ts'
import { labUp } from '../lab/up.ts'

/** Real hosts of the lab that can be put back to the old version of one small package. */
export type FleetHosts = {
  readonly hosts: readonly LabHost[]
  /** Path of a private key that lets root in, for peers; the lab's own. */
  readonly key: string
  readonly knownHosts: string
  /** Puts the package back to 1.0 on every host. */
  readonly putBack: () => Promise<void>
  /** Hosts on which dpkg says that 1.1 is installed whole. */
  readonly patched: () => Promise<number>
  /** Connections that were let in, and commands that were begun, by the hosts' own logs so far. */
  readonly counted: () => Promise<{ readonly connections: number; readonly commands: number }>
  /** Processor seconds of all hosts so far, by their control groups. */
  readonly processor: () => Promise<number>
}

const offer = 'oa-portal-1.1'

/** Brings the hosts up, with what the peers need on them; the lab too if it is down, and then it goes down at the end. */
export async function fleetHostsUp(
  count: number,
  end: AtEnd,
  tell: (line: string) => void,
  dir?: string,
): Promise<FleetHosts> {
  const paths = labPaths(dir)
  const where = dir === undefined ? {} : { dir }
  const wasUp = leaderPid(paths, 'ops') !== undefined
  const up = await labUp({ report: tell, ...where })
  if (!up.up) throw new Error(up.why)
  if (!wasUp) end.add(() => labDown({ report: tell, ...where, packages: false, keepCache: true }))
  const wasOffered = offered(paths).includes(offer)
  if (!wasOffered) end.add(() => labWithdraw(offer, dir))
  await labOffer(offer, dir)
  await labSupply('python3-apt', dir)
  // A host of the lab knows some hundred packages; one with a way out knows all of Debian's, and apt reads them each time.
  await labWholeIndex(dir)
  end.add(() => labIndexAsItWas(dir))
  end.add(() => fleetDown(dir))
  tell(`Booting ${count} hosts and installing Python on them, for Ansible`)
  const hosts = await fleetUp(count, dir)
  const key = join(paths.keys, 'upkeep')
  const everywhere = (script: string, timeoutMs?: number) =>
    Promise.all(
      hosts.map(async ({ name }) => {
        const ran = await execMachine(paths, name, script, timeoutMs)
        if (ran.code !== 0) throw new Error(`${name}: ${ran.stdout}${ran.stderr}`.slice(-600))
        return ran.stdout.trim()
      }),
    )
  for (const { name } of hosts) {
    const root = join(paths.hosts, name, 'root')
    mkdirSync(join(root, '.ssh'), { recursive: true, mode: 0o700 })
    appendFileSync(join(root, '.ssh/authorized_keys'), readFileSync(`${key}.pub`), { mode: 0o600 })
    copyFileSync(join(paths.built, 'oa-portal_1.0_all.deb'), join(root, 'old.deb'))
  }
  await everywhere(
    `printf 'PermitRootLogin prohibit-password\\nAllowUsers upkeep root\\nLogLevel VERBOSE\\n' >/etc/ssh/sshd_config.d/00-bench.conf
     sed -i '/^AllowUsers/d' /etc/ssh/sshd_config.d/upkeep.conf && systemctl reload ssh
     export DEBIAN_FRONTEND=noninteractive; apt-get -q update && apt-get -q -y --no-install-recommends install python3-apt`,
    300_000,
  )
  return {
    hosts,
    key,
    knownHosts: paths.knownHosts,
    // apt knows its cache by the second in which dpkg's state was last written, and by its size: what is put back within that
    // second is at 1.1 still for whoever comes next.
    putBack: async () =>
      void (await everywhere(
        'sleep 1.1; dpkg --force-downgrade --force-confnew -i /root/old.deb; sleep 1.1',
      )),
    async patched() {
      const said = await everywhere(`dpkg-query -W -f '\${Status} \${Version}' oa-portal`)
      return said.filter((text) => text === 'install ok installed 1.1').length
    },
    async counted() {
      const said = await everywhere(
        `journalctl -q -o cat -t sshd -t sshd-session | awk '/^Accepted publickey/ { c++ } /^Starting session: / { s++ } END { print c + 0, s + 0 }'`,
      )
      const sum = (at: number) => said.reduce((all, text) => all + Number(text.split(' ')[at]), 0)
      return { connections: sum(0), commands: sum(1) }
    },
    processor: async () =>
      hosts.reduce((sum, { name }) => sum + processorOfGroup(leaderPid(paths, name), name), 0),
  }
}

// Version 1 counts nanoseconds in a file of its own, version 2 microseconds among other figures.
function processorOfGroup(pid: number | undefined, name: string): number {
  const groups = pid === undefined ? '' : readFileSync(`/proc/${pid}/cgroup`, 'utf8')
  const pathOf = (controller: string) => {
    const path = new RegExp(`^\\d+:(?:[^:]*,)?${controller}(?:,[^:]*)?:(.*)$`, 'm').exec(groups)?.[1] ?? ''
    const at = path.indexOf(`/${name}`)
    return at < 0 ? path : path.slice(0, at + name.length + 1)
  }
  const first = join('/sys/fs/cgroup/cpuacct', pathOf('cpuacct'), 'cpuacct.usage')
  if (existsSync(first)) return Number(readFileSync(first, 'utf8')) / 1e9
  const second = /^0::(.*)$/m.exec(groups)?.[1] ?? '/'
  const stat = readFileSync(join('/sys/fs/cgroup', second, 'cpu.stat'), 'utf8')
  return Number(/^usage_usec (\d+)$/m.exec(stat)?.[1] ?? NaN) / 1e6
}
