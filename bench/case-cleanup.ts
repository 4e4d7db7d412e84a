import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, rmSync, statfsSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { cleanupProgram, cleanupScript } from '../playbooks/facts/cleanup/program.ts'
import type { CaseFound, CaseWorld } from './case.ts'
import { ownProgram } from './contender.ts'
import { ratioOf, type Spread, spreadOf, spreadText } from './figures.ts'
import { measured, type Measured } from './measured.ts'
import { tableLines } from './table.ts'

const count = 1_000_000
const files = `${count / 1e6} million files`

/** One way to clean up: a command, what has to be done before it (not measured), and whether all files go by it. */
type Way = {
  readonly name: string
  readonly argv: readonly string[]
  readonly before?: readonly string[]
  readonly removes: boolean
  /** How many files it says; some are spared, since the number of a mapped file's inode says nothing of its disk. */
  readonly says?: RegExp
}

/** Files of 30 days, a thousand in a directory, in an ext4 of their own; a fresh copy of it for each run. */
function disk(dir: string, images: string, end: CaseWorld['end']) {
  const pristine = join(images, 'pristine.img')
  const mount = join(dir, 'mount')
  let copies = 0
  const copy = () => join(images, `work-${copies}.img`)
  mkdirSync(mount)
  const mounted = (file: string) => execFileSync('mount', ['-o', 'loop,noatime', file, mount])
  const unmount = () => {
    if (spawnSync('mountpoint', ['-q', mount]).status === 0) execFileSync('umount', [mount])
  }
  end.add(unmount)
  execFileSync('truncate', ['-s', '4G', pristine])
  execFileSync('mkfs.ext4', ['-q', '-F', '-N', String(count + 100_000), pristine])
  mounted(pristine)
  const fill = `
import os, sys
os.makedirs(sys.argv[1] + "/home", 0o700)
then = __import__("time").time() - 30 * 86400
for n in range(${count}):
    below = "%s/where/d%d" % (sys.argv[1], n // 1000)
    if n % 1000 == 0: os.makedirs(below)
    name = "%s/session-%d.csv" % (below, n)
    os.close(os.open(name, os.O_CREAT | os.O_WRONLY))
    os.utime(name, (then, then))`
  execFileSync('python3', ['-c', fill, mount])
  unmount()
  return {
    where: join(mount, 'where'),
    home: join(mount, 'home'),
    fresh() {
      unmount()
      rmSync(copy(), { force: true })
      // Of another name each time: a loop device that is let go of slowly would show the file it had.
      copies += 1
      execFileSync('cp', ['--sparse=always', pristine, copy()])
      mounted(copy())
    },
    left() {
      const { files: all, ffree } = statfsSync(mount)
      return all - ffree
    },
  }
}

/** Deleting what is old among a million files, beside find, tmpreaper and systemd-tmpfiles. */
export async function cleanupCase({ repeats, end, tell }: CaseWorld): Promise<CaseFound> {
  const dir = mkdtempSync(join(tmpdir(), 'upkeep-bench-'))
  // In memory where there is room: the disk of this machine is another one an hour later.
  const images = hasRoom('/dev/shm') ? mkdtempSync('/dev/shm/upkeep-bench-') : dir
  end.add(() => {
    for (const one of [dir, images]) rmSync(one, { recursive: true, force: true })
  })
  tell(`  making ${files} ...`)
  const d = disk(dir, images, end)
  const [script, program] = await Promise.all([cleanupScript(), cleanupProgram()])
  const rule = {
    ...{
      name: 'sessions',
      where: [d.where],
      what: ['**/*'],
      not: [],
      olderThanS: 7 * 86_400,
      ageBy: 'mtime',
    },
    ...{ keepNewest: 0, capBytes: null, onlyAbove: null, budget: { files: 2 * count, bytes: 1e15 } },
    ...{
      do: 'delete',
      keepTail: null,
      kernels: false,
      regenerable: false,
      rotatesJournal: false,
      mount: true,
    },
  }
  // Processes of their own, as a host has them: what is in use there is asked of few, here as by the peers of nobody.
  const apart = ['unshare', '--pid', '--mount', '--fork', '--kill-child', '--mount-proc']
  const upkeep = (verb: string, changes: object = {}, quarantineS = 86_400) => [
    ...[...apart, 'sh', '-c', `set -- "$1" "$2"\n${script}`, 'sh', program],
    JSON.stringify({ verb, home: d.home, id: 'bench', quarantineS, rules: [{ ...rule, ...changes }] }),
  ]
  const find = ['find', d.where, '-xdev', '-type', 'f', '-mtime', '+7']
  const config = join(dir, 'tmpfiles.conf')
  writeFileSync(config, `e ${d.where} - - - m:7d\n`)
  const tmpreaper = reaperIn(dir)
  const ways: readonly Way[] = [
    { name: 'find, walk only', argv: [...apart, ...find], removes: false },
    { name: 'find -delete', argv: [...apart, ...find, '-delete'], removes: true },
    { name: 'Upkeep, plan', argv: upkeep('scan'), removes: false, says: /"files": (\d+)/ },
    {
      name: 'Upkeep, at once',
      argv: upkeep('clean', { regenerable: true }),
      removes: true,
      says: /"takenFiles": (\d+)/,
    },
    { name: 'Upkeep, rename', argv: upkeep('clean'), removes: false, says: /"takenFiles": (\d+)/ },
    { name: 'Upkeep, purge', argv: upkeep('purge'), before: upkeep('clean', {}, -86_400), removes: true },
    {
      name: 'Upkeep, controller',
      argv: ownProgram('cleanup-controller.ts', ...upkeep('scan')),
      removes: false,
      says: /^(\d+) files/,
    },
    { name: 'systemd-tmpfiles', argv: [...apart, 'systemd-tmpfiles', '--clean', config], removes: true },
    ...(tmpreaper === undefined
      ? []
      : [
          {
            name: 'tmpreaper',
            argv: [...apart, tmpreaper, '--mtime', '--runtime=0', '7d', d.where],
            removes: true,
          },
        ]),
  ]
  const ran = new Map<string, Measured[]>()
  for (let round = 0; round < repeats; round += 1) {
    for (const { name, argv, before, removes, says } of ways) {
      d.fresh()
      if (before !== undefined) await measured(before, end, { timeoutMs: 900_000 })
      const one = await measured(argv, end, { timeoutMs: 900_000 })
      const isDone =
        one.code === 0 &&
        d.left() < count / 100 === removes &&
        (says === undefined || isMost(says.exec(one.stdout)?.[1]))
      tell(
        `  ${name.padEnd(22)} ${one.wall.toFixed(1)} s${isDone ? '' : `  FAILED: exit ${one.code}, ${d.left()} left, ${one.stderr.slice(-200)}`}`,
      )
      if (isDone) ran.set(name, [...(ran.get(name) ?? []), one])
    }
  }
  const spread = (name: string, figure: (one: Measured) => number): Spread | undefined => {
    const good = ran.get(name) ?? []
    return good.length === 0 ? undefined : spreadOf(good.map(figure))
  }
  const text = (found: Spread | undefined) => (found === undefined ? '-' : spreadText(found))
  const rows = ways.map(({ name }) => [
    name,
    String(ran.get(name)?.length ?? 0),
    text(spread(name, ({ wall }) => wall)),
    text(spread(name, ({ processor }) => processor)),
    text(spread(name, ({ largest }) => largest / 1e6)),
  ])
  const [own, peer] = ['Upkeep, at once', 'find -delete'].map((name) => spread(name, ({ wall }) => wall))
  const megabytes = (name: string) => spread(name, ({ largest }) => largest / 1e6)?.median
  return {
    says: [
      `${files} of 30 days, empty, a thousand in a directory, on an ext4 of their own (loop), mounted anew`,
      'for each run, so that names and inodes are read anew, from an image that is in memory. Age by',
      'mtime, as by the peers. "At once" is a rule that is regenerable: a walk that counts, then each file',
      'is looked at again and deleted. "Rename" moves them into the quarantine, "purge" empties it.',
      '"Controller" is the process that reads the answer of a plan. n: good runs. MB: the largest process.',
      ...(tmpreaper === undefined ? ['tmpreaper could not be had.'] : []),
    ],
    table: tableLines(['what', 'n', 'wall s', 'CPU s', 'MB'], rows),
    goals: [
      {
        says: 'deleted at once: wall to find -delete',
        found: own === undefined || peer === undefined ? undefined : ratioOf(own, peer),
        limit: 1.5,
        unit: 'x',
      },
      { says: 'program on the host: memory', found: megabytes('Upkeep, at once'), limit: 100, unit: 'MB' },
      { says: 'controller: memory', found: megabytes('Upkeep, controller'), limit: 150, unit: 'MB' },
    ],
  }
}

/** Whether a number of files is nearly all of them. */
function isMost(said: string | undefined): boolean {
  return Number(said) > 0.99 * count
}

/** Whether a directory has the room for two images (bytes that are really written: 1 GB each). */
function hasRoom(path: string): boolean {
  return existsSync(path) && statfsSync(path).bavail * statfsSync(path).bsize > 3e9
}

/** tmpreaper of this machine, or out of its package, which is not installed for it; undefined when neither is to be had. */
function reaperIn(dir: string): string | undefined {
  try {
    return execFileSync('sh', ['-c', 'command -v tmpreaper'], { encoding: 'utf8' }).trim()
  } catch {
    try {
      const cwd = join(dir, 'tmpreaper')
      mkdirSync(cwd)
      execFileSync('apt-get', ['-q', 'download', 'tmpreaper'], { cwd, stdio: 'ignore' })
      execFileSync('sh', ['-c', 'dpkg-deb -x tmpreaper_*.deb .'], { cwd })
      return join(cwd, 'usr/sbin/tmpreaper')
    } catch {
      return undefined
    }
  }
}
