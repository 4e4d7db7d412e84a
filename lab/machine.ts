import { existsSync, mkdirSync, openSync, readFileSync, rmSync, writeFileSync, closeSync } from 'node:fs'
import { join } from 'node:path'
import { sanitise } from '../connect/text.ts'
import { local, type LocalResult } from '../connect/local.ts'
import { network, type LabPaths } from './layout.ts'
import { must, until } from './must.ts'

/**
 * Each machine is a systemd-nspawn of its own session, so that it outlives whoever started it. Where process 1 of this
 * machine is not systemd, nobody makes a cgroup for it, and all machines would share one: the script does it. And there
 * systemd-nspawn ends when its machine reboots: a keeper starts it again for as long as the machine is wanted.
 */
const start = `
set -u
name=$1 root=$2 bridge=$3 wanted=$4 cgroup=$5 pid_file=$6
echo $$ > "$pid_file" # by itself: whoever started it may be killed at any time, and the next one must find it
keep=
if [ ! -d /run/systemd/system ]; then
  keep=--keep-unit
  for top in /sys/fs/cgroup /sys/fs/cgroup/systemd /sys/fs/cgroup/unified /sys/fs/cgroup/memory \
             /sys/fs/cgroup/cpu /sys/fs/cgroup/cpuacct /sys/fs/cgroup/pids /sys/fs/cgroup/blkio; do
    [ -f "$top/cgroup.procs" ] || continue
    mkdir -p "$top/$cgroup/$name" && echo $$ > "$top/$cgroup/$name/cgroup.procs"
  done
fi
exec setsid sh -c '
  wanted=$1 veth=$2 && shift 2
  while [ -e "$wanted" ]; do
    ip link delete "$veth" 2>/dev/null
    "$@"
    sleep 0.2
  done
' upkeep-lab-keeper "$wanted" "vb-$name" systemd-nspawn --quiet --settings=no --directory="$root" --machine="$name" --boot \
  --network-bridge="$bridge" --register=no $keep --link-journal=no --resolv-conf=off --timezone=off
`

/** Starts the machine whose root is the subvolume `hosts/name`; running already is fine. */
export async function startMachine(paths: LabPaths, name: string): Promise<void> {
  if (keeperPid(paths, name) !== undefined) return
  mkdirSync(paths.run, { recursive: true })
  mkdirSync(paths.log, { recursive: true })
  const root = join(paths.hosts, name)
  const log = join(paths.log, `${name}.log`)
  closeSync(openSync(log, 'a', 0o600))
  const wanted = wantedFile(paths, name)
  writeFileSync(wanted, '')
  const background = 'script=$1 log=$2; shift 2; sh -c "$script" sh "$@" </dev/null >>"$log" 2>&1 &'
  await must([
    'sh',
    '-c',
    background,
    'sh',
    start,
    log,
    name,
    root,
    network.bridge,
    wanted,
    paths.cgroup,
    join(paths.run, `${name}.pid`),
  ])
  const begun = async () => leaderPid(paths, name) !== undefined
  if (!(await until(begun, 30_000, 30))) {
    const said = readFileSync(log, 'utf8').trim().split('\n').at(-1) ?? ''
    throw new Error(`the machine ${name} does not start: ${sanitise(said, 200)} (all of it: ${log})`)
  }
}

function wantedFile(paths: LabPaths, name: string): string {
  return join(paths.run, `${name}.wanted`)
}

/** Process id of what keeps a machine running; a recycled id of something else is not it. */
function keeperPid(paths: LabPaths, name: string): number | undefined {
  const file = join(paths.run, `${name}.pid`)
  if (!existsSync(file)) return undefined
  const pid = Number(readFileSync(file, 'utf8'))
  if (!Number.isInteger(pid) || pid < 2) return undefined
  const command = readProc(`/proc/${pid}/cmdline`)
  return command?.includes(name) && command.includes(paths.hosts) ? pid : undefined
}

/** Process id, seen from here, of the machine's own process 1; undefined while it is not running. */
export function leaderPid(paths: LabPaths, name: string): number | undefined {
  const nspawn = childOf(keeperPid(paths, name))
  return nspawn !== undefined && readProc(`/proc/${nspawn}/comm`)?.trim() === 'systemd-nspawn'
    ? childOf(nspawn)
    : undefined
}

function childOf(pid: number | undefined): number | undefined {
  if (pid === undefined) return undefined
  const child = readProc(`/proc/${pid}/task/${pid}/children`)?.trim().split(' ')[0]
  return child === undefined || child === '' ? undefined : Number(child)
}

/** Stops a machine: `cleanly` as by `poweroff`, else as when the power is cut; returns when it is gone. */
export async function stopMachine(paths: LabPaths, name: string, how: 'cleanly' | 'at once'): Promise<void> {
  const keeper = keeperPid(paths, name)
  rmSync(wantedFile(paths, name), { force: true })
  const gone = async () => keeperPid(paths, name) === undefined
  const leader = leaderPid(paths, name)
  const signalOfPowerOff = '-37' // SIGRTMIN+3, which systemd takes as process 1
  if (leader !== undefined && how === 'cleanly') {
    await local(['kill', signalOfPowerOff, String(leader)])
    await until(gone, 45_000, 100)
  }
  if (!(await gone())) {
    const victims = [leaderPid(paths, name), childOf(keeper), keeper].filter((pid) => pid !== undefined)
    for (const victim of victims) {
      await local(['kill', '-9', String(victim)])
      if (await until(gone, 3_000, 50)) break
    }
    if (!(await gone())) throw new Error(`the machine ${name} does not stop`)
  }
  rmSync(join(paths.run, `${name}.pid`), { force: true })
}

/** Runs a POSIX sh script as root on a machine, from outside and without SSH. */
export async function execMachine(
  paths: LabPaths,
  name: string,
  script: string,
  timeoutMs = 120_000,
): Promise<LocalResult> {
  const leader = leaderPid(paths, name)
  if (leader === undefined) throw new Error(`the machine ${name} is not running`)
  const clean = [
    'env',
    '-i',
    'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
    'HOME=/root',
  ]
  const enter = ['nsenter', `--target=${leader}`, '--all', '--root', '--wd', '--', '/bin/sh', '-s']
  return local([...clean, 'LANG=C.UTF-8', ...enter], { input: script, timeoutMs })
}

function readProc(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return undefined // the process ended meanwhile
  }
}
